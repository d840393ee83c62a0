"""One alert and its mine's ground in, everything the pack says of it in numbers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from analysis.compliance import ComplianceRule
from analysis.envelope import MONTH_DAYS, record_end
from analysis.local_law import valid_on
from analysis.mosaic import PIXEL_HA, Ground
from analysis.outlines import outline
from analysis.parts import Part
from analysis.projection import LONLAT, transformer
from analysis.rules import LawRule
from analysis.severity import Severity
from cube.contract import PIXEL_M, Window

SLACK_HA = 1e-9
"""For rounding in sums of areas [ha], as in `analysis.compliance`."""


@dataclass(frozen=True, eq=False)
class Law:
    """What the law near a mine says, in its UTM zone."""

    zones: gpd.GeoDataFrame
    leases: gpd.GeoDataFrame
    outline: shapely.Geometry


@dataclass(frozen=True, eq=False)
class Case:
    """An alert, measured again from the results.

    Attributes
    ----------
    alert : dict
        The row of violation_alerts, as a fresh look at the repository gives it.
    ground : Ground, parts : of it under each law, part : the one this alert is about
    pixels : (n,) int64
        Which pixels of the ground are in `part`, wholly or partly.
    detected : (n,) datetime64[D]
        When each pixel of the ground was first flagged; NaT where not known.
    law : Law
    governing : GeoDataFrame
        The zone that was entered, or every lease near the ground.
    line_error_m : float
        How far the line may be off in the imagery [m]: geolocation and the polygon's accuracy.
    left_ha : tuple of (float [m], float [ha])
        Ground beyond the line for sure, by the position error of the imagery.
    standing : (time,) float64
        Share of the sure ground that every slot saw open, NaN up to the slot it was reached in.
    severity : Severity
    rule : ComplianceRule
        As the rule of law asks for it.
    law_rule : LawRule, jurisdiction : str
        What was broken, and whose law it is.
    words, note : str
        Where the ground lies, after "0.5 ha excavated ", and what else there is to say of it.
    boundary : dict
        Its row of boundaries.csv.
    rate : dict, mine_rates : list of dict
        Rows of rates.csv: this alert's, and the mine's.
    fronts : list of dict
        Rows of encroachment.csv of the regions that hold this ground, the first to arrive first,
        then the nearest.
    """

    alert: dict[str, Any]
    ground: Ground
    parts: list[Part]
    part: Part
    pixels: np.ndarray
    detected: np.ndarray
    law: Law
    governing: gpd.GeoDataFrame
    line_error_m: float
    left_ha: tuple[tuple[float, float], ...]
    standing: np.ndarray
    severity: Severity
    rule: ComplianceRule
    law_rule: LawRule
    jurisdiction: str
    words: str
    note: str
    boundary: dict[str, Any]
    rate: dict[str, Any]
    mine_rates: list[dict[str, Any]]
    fronts: list[dict[str, Any]]

    @property
    def sure_ha(self) -> float:
        """Ground beyond the line for sure [ha]."""
        return float(self.part.sure.sum()) * PIXEL_HA

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of the alert's ground [m]."""
        x, y, half = self.ground.x[self.pixels], self.ground.y[self.pixels], PIXEL_M / 2
        return x.min() - half, y.min() - half, x.max() + half, y.max() + half

    @property
    def shape(self) -> shapely.Geometry:
        """Outline of the alert's ground [m]."""
        return outline(self.ground.x[self.pixels], self.ground.y[self.pixels])

    @property
    def centre(self) -> tuple[float, float]:
        """A point on the alert's ground [m]: inside it, whatever its shape."""
        largest = max(shapely.get_parts(self.shape), key=shapely.area)
        point = shapely.point_on_surface(largest)
        return float(point.x), float(point.y)

    @property
    def lonlat(self) -> tuple[float, float]:
        """The same [degree]."""
        return transformer(self.ground.epsg, LONLAT).transform(*self.centre)

    @property
    def first_onset(self) -> np.datetime64:
        """When the first pixel of the alert's ground was opened."""
        return self.ground.onset[self.pixels].min()

    @property
    def half_opened(self) -> np.datetime64:
        """When half of the alert's area had been opened."""
        return reached(self.ground.onset, self.part.share, self.alert["area_ha"] / 2)

    @property
    def detected_date(self) -> np.datetime64:
        """When as much as the rule needs had been flagged; NaT if not known."""
        known = ~np.isnat(self.detected)
        return reached(self.detected[known], self.part.share[known], self.rule.min_area_ha)

    @property
    def months(self) -> float:
        """From the first onset to the end of the record, at least one."""
        days = (record_end(self.ground.times) - self.first_onset) / np.timedelta64(1, "D")
        return max(float(days) / MONTH_DAYS, 1.0)

    def area_by_slot(self, weight: np.ndarray, opened: bool = False) -> np.ndarray:
        """(time,) float64 [ha]: pixels weighted (n,), as confirmed by then, or as opened."""
        ground = self.ground
        slot = ground.since
        if opened:
            slot = np.clip(np.searchsorted(ground.times, ground.onset, side="right") - 1, 0, None)
        return np.bincount(slot, weight, minlength=ground.times.size).cumsum() * PIXEL_HA

    def area_by_law(self) -> dict[str, np.ndarray]:
        """(time,) float64 [ha] of the whole mine as confirmed by then: leased, no_go, ..."""
        areas: dict[str, np.ndarray] = {}
        for part in self.parts:
            curve = self.area_by_slot(part.share)
            areas[part.rule] = areas[part.rule] + curve if part.rule in areas else curve
        return areas

    def standing_slots(self) -> np.ndarray:
        """Slots that count as having seen the ground open after it was reached."""
        return np.flatnonzero(self.standing >= self.rule.min_seen_share - SLACK_HA)


def reached(days: np.ndarray, share: np.ndarray, least_ha: float) -> np.datetime64:
    """Day on which ground added in the order of `days` (n,) adds up to `least_ha`; or NaT."""
    order = np.argsort(days, kind="stable")
    enough = np.cumsum(share[order]) * PIXEL_HA >= least_ha - SLACK_HA
    return days[order][enough.argmax()] if enough.any() else np.datetime64("NaT", "D")


def places_in(ground: Ground, window: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which pixels of the ground (k,) lie in a window, and their rows and columns there."""
    row = np.rint((window.y0 - ground.y) / PIXEL_M).astype(np.int64)
    column = np.rint((ground.x - window.x0) / PIXEL_M).astype(np.int64)
    inside = (row >= 0) & (row < window.size) & (column >= 0) & (column < window.size)
    return np.flatnonzero(inside), row[inside], column[inside]


def in_force(law: gpd.GeoDataFrame, day: np.datetime64) -> np.ndarray:
    """Which polygons were valid on a day."""
    return valid_on(law, day)
