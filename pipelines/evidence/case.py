"""One alert and its mine's ground in, everything the pack says of it in numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr

from analysis.compliance import NO_VIOLATION, Compliance, ComplianceRule, compliance
from analysis.envelope import MONTH_DAYS, record_end
from analysis.jurisdiction import NO_GO_RULE, Part, jurisdiction
from analysis.local_law import law_around, valid_on
from analysis.mosaic import PIXEL_HA, Ground
from analysis.outlines import outline
from analysis.projection import LONLAT, transformer
from analysis.regions import Regions
from analysis.severity import Severity, severity
from analysis.zones import leases_of
from cube.contract import PIXEL_M, CubeError, Window

SHIFTS_M = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0)
"""Position errors of the imagery for which the pack says what would be left [m]."""

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


def cases(
    alerts: Sequence[dict[str, Any]],
    regions: Regions,
    results: xr.Dataset,
    windows: Sequence[Window],
    outline_lonlat: shapely.Geometry,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule,
) -> list[Case]:
    """The alerts of one mine, each found again in its results.

    Raises
    ------
    CubeError
        If a violation is no longer there, or is another than the alert on disk says.
    """
    ground = regions.ground
    found = compliance(regions, outline_lonlat, zones, leases, rule)
    bounds = ground.x.min(), ground.y.min(), ground.x.max(), ground.y.max()
    near = law_around(zones, ground.epsg, bounds), law_around(leases, ground.epsg, bounds)
    spoken = bool(leases_of(ground.mine_id, outline_lonlat, ground.epsg, leases))
    divided = {
        error: jurisdiction(ground, *near, spoken, error)
        for error in sorted({*SHIFTS_M, rule.geolocation_m})
    }
    shape = shapely.transform(
        outline_lonlat,
        lambda xy: np.column_stack(transformer(LONLAT, ground.epsg).transform(xy[:, 0], xy[:, 1])),
    )
    law = Law(*near, shape)
    detected = _sampled_days(results["detected"], ground, windows)
    return [
        _case(_found_again(alert, found), ground, divided, law, detected, rule) for alert in alerts
    ]


def _found_again(alert: dict[str, Any], found: Compliance) -> dict[str, Any]:
    """The violation as it is now; refused where the alert on disk says otherwise."""
    rows = found.findings[found.findings["alert_id"] == alert["alert_id"]]
    if rows.empty or rows.iloc[0]["state"] == NO_VIOLATION:
        raise CubeError(
            f"alert {alert['alert_id']} of {found.mine_id} is not in the results any more: the "
            "alerts on disk are of another run. Run the step enforce again."
        )
    now = {str(name): value for name, value in rows.iloc[0].drop("geometry").items()}
    if now["reason"] != alert["reason"]:
        raise CubeError(
            f"alert {alert['alert_id']} of {found.mine_id}: on disk it says {alert['reason']!r}, "
            f"the results say {now['reason']!r}. Run the step enforce again."
        )
    return now | {"state": alert["state"]}


def _case(
    alert: dict[str, Any],
    ground: Ground,
    divided: dict[float, list[Part]],
    law: Law,
    detected: np.ndarray,
    rule: ComplianceRule,
) -> Case:
    def own(error: float) -> Part:
        wanted = (alert["rule"], alert["zone_id"], alert["zone_type"])
        return next(
            part for part in divided[error] if (part.rule, part.zone_id, part.zone_type) == wanted
        )

    part = own(rule.geolocation_m)
    left = tuple((m, float(own(m).sure.sum()) * PIXEL_HA) for m in SHIFTS_M)
    if part.rule == NO_GO_RULE:
        governing = law.zones[law.zones["zone_id"] == part.zone_id]
    else:
        governing = law.leases
    accuracy = governing["accuracy_m"].fillna(0.0).max() if len(governing) else 0.0
    grave = severity(
        alert["area_ha"],
        alert["growth_ha_per_month"],
        alert["zone_type"],
        alert["confidence"],
        rule.severity,
    )
    return Case(
        alert=alert,
        ground=ground,
        parts=divided[rule.geolocation_m],
        part=part,
        pixels=np.flatnonzero(part.share > 0),
        detected=detected,
        law=law,
        governing=governing,
        line_error_m=float(np.hypot(rule.geolocation_m, accuracy)),
        left_ha=left,
        standing=_standing(ground, part.sure, rule),
        severity=grave,
        rule=rule,
    )


def _standing(ground: Ground, sure: np.ndarray, rule: ComplianceRule) -> np.ndarray:
    """(time,) float64: share of the sure ground seen open in every slot after it was reached."""
    share = np.full(ground.times.size, np.nan)
    area = np.bincount(ground.since, sure, minlength=ground.times.size).cumsum() * PIXEL_HA
    enough = area >= rule.min_area_ha - SLACK_HA
    if enough.any():
        slot = int(enough.argmax())
        weight = np.where(ground.since <= slot, sure, 0.0)
        share[slot + 1 :] = ground.standing[slot + 1 :] @ weight / weight.sum()
    return share


def places_in(ground: Ground, window: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which pixels of the ground (k,) lie in a window, and their rows and columns there."""
    row = np.rint((window.y0 - ground.y) / PIXEL_M).astype(np.int64)
    column = np.rint((ground.x - window.x0) / PIXEL_M).astype(np.int64)
    inside = (row >= 0) & (row < window.size) & (column >= 0) & (column < window.size)
    return np.flatnonzero(inside), row[inside], column[inside]


def _sampled_days(dates: xr.DataArray, ground: Ground, windows: Sequence[Window]) -> np.ndarray:
    """Dates (mine, y, x) at every pixel of the ground, datetime64[D]."""
    days = np.full(len(ground), np.datetime64("NaT", "D"))
    for values, window in zip(dates.values, windows, strict=True):
        which, rows, columns = places_in(ground, window)
        days[which] = values[rows, columns].astype("datetime64[D]")
    return days


def in_force(law: gpd.GeoDataFrame, day: np.datetime64) -> np.ndarray:
    """Which polygons were valid on a day."""
    return valid_on(law, day)
