"""A mine with alerts in, the evidence behind each out: read from the repository, on a worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr

from analysis.confirmation_rule import ConfirmationRule
from analysis.detection import DetectionSettings
from analysis.evidence import evidence
from analysis.kernels.evidence import SCORE, SCORE_STEPS
from analysis.local_law import law_around
from analysis.lookalikes import Lookalike, lookalikes
from analysis.signature import LookalikeRule
from cube.contract import CORE_BANDS, Window
from pipelines.evidence.case import Case, Law, places_in
from pipelines.evidence.chips import (
    FALSE_COLOUR,
    TRUE_COLOUR,
    Frame,
    before_and_after,
    chip,
    clear_share,
    frame_around,
    frame_over,
    strip_slots,
)
from pipelines.evidence.imagery import Places, Sampled, WindowRecord, read_bands, window_record
from pipelines.evidence.undisturbed import comparable, undisturbed


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that one pack says, in numbers and pixels.

    Attributes
    ----------
    case : Case
    window : Window
        The one that holds most of the alert's ground; series and dates are its own.
    in_window : (k,) int64
        Which of the case's pixels lie in it.
    imagery : dict of str
        SHA-256 of every window of the mine, by its key.
    ground, around : what was seen of the alert's ground, and of undisturbed ground nearby
    similar : bool
        Whether `around` was once as green as the alert's ground.
    score : (time, k) float32
        Evidence as the detector counted it, NaN where not seen.
    alternatives : list of Lookalike
    frame, overview : Frame of the chips, and of the whole mine
    before, after, strip : slots of the pictures
    chips : (y, x, 3) float32 by (slot, composite): "false"; "true" where the cube holds the
        bands of it; "overview" of the whole mine
    clear : (2, time) float64
        Share of the alert's ground, and of the frame, that every slot saw clear.
    acquired : (time,) datetime64[D]
        Of `window`; NaT where nothing was acquired.
    items : list of list of dict
        What stands behind every slot of `window`.
    law : Law
        Over the whole mine, for the overview.
    """

    case: Case
    window: Window
    in_window: np.ndarray
    imagery: dict[str, str]
    results: str
    history_end: np.datetime64
    ground: Sampled
    around: Sampled | None
    similar: bool
    score: np.ndarray
    alternatives: list[Lookalike]
    frame: Frame
    overview: Frame
    before: int
    after: int
    strip: list[int]
    chips: dict[tuple[int, str], np.ndarray]
    clear: np.ndarray
    acquired: np.ndarray
    items: list[list[dict[str, Any]]]
    law: Law
    detection: DetectionSettings


def mine_evidence(
    found: Sequence[Case],
    cube: xr.Dataset,
    results: xr.Dataset,
    results_sha256: str,
    windows: Sequence[Window],
    outline: shapely.Geometry,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    detection: DetectionSettings,
) -> list[Evidence]:
    """The evidence behind every alert of one mine; each window is read once.

    cube : raw, not loaded, one entry along `mine` per window; results : loaded, with `quality`
    """
    home = [_home(case, windows) for case in found]
    frames = [frame_around(case.bounds) for case in found]
    wanted: list[dict[str, Places]] = [{} for _ in windows]
    for number, (case, i, frame) in enumerate(zip(found, home, frames, strict=True)):
        _, rows, columns = _own_places(case, windows[i])
        wanted[i][f"ground {number}"] = rows, columns
        wanted[i][f"around {number}"] = undisturbed(results.isel(mine=i), windows[i], frame)
    records = [
        window_record(
            cube.isel(mine=i),
            window,
            outline,
            detection.baseline,
            wanted[i],
            rescue=detection.rescue,
        )
        for i, window in enumerate(windows)
    ]
    imagery = {window.key: record.sha256 for window, record in zip(windows, records, strict=True)}
    return [
        _evidence(
            case, number, home[number], records[home[number]], frames[number], cube, results,
            windows, imagery, results_sha256, zones, leases, detection,
        )
        for number, case in enumerate(found)
    ]  # fmt: skip


def _evidence(
    case: Case,
    number: int,
    home: int,
    record: WindowRecord,
    frame: Frame,
    cube: xr.Dataset,
    results: xr.Dataset,
    windows: Sequence[Window],
    imagery: dict[str, str],
    results_sha256: str,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    detection: DetectionSettings,
) -> Evidence:
    window, which = windows[home], _own_places(case, windows[home])[0]
    ground = record.sampled[f"ground {number}"]
    around, similar = comparable(record.sampled[f"around {number}"], ground)
    ground_clear = np.mean(~np.isnan(ground.series.ndvi), axis=1)
    frame_clear = clear_share(results["quality"], windows, frame)
    onset = case.ground.onset[which]
    before, after = before_and_after(record.acquired, ground_clear, frame_clear, case.first_onset)
    strip = strip_slots(record.acquired, ground_clear, frame_clear, before, after)
    read = len(read_bands(cube))
    composites = {"false": (FALSE_COLOUR, {before, after, *strip})}
    if set(TRUE_COLOUR) <= set(ground.bands):
        composites["true"] = (TRUE_COLOUR, {before, after})
    chips = {
        (slot, name): chip(cube, windows, frame, slot, bands, read)
        for name, (bands, slots) in composites.items()
        for slot in slots
    }
    overview = frame_over(case.law.outline.bounds, frame)
    left, right, bottom, top = overview.extent
    corners = (left, bottom, right, top)
    law = Law(
        law_around(zones, window.epsg, corners),
        law_around(leases, window.epsg, corners),
        case.law.outline,
    )
    chips[after, "overview"] = chip(cube, windows, overview, after, FALSE_COLOUR, read)
    driest, level = ground.baseline.driest[0], ground.baseline.open_level
    confirmation = detection.confirmation
    told = cube["source_items"].isel(mine=home).values.tolist()
    return Evidence(
        case=case,
        window=window,
        in_window=which,
        imagery=imagery,
        results=results_sha256,
        history_end=record.history_end,
        ground=ground,
        around=around,
        similar=similar,
        score=_score(ground, confirmation),
        alternatives=lookalikes(
            ground.series,
            onset,
            driest,
            level,
            around.series if around else None,
            around.baseline.driest[0] if around else None,
            LookalikeRule(
                wet_mndwi=confirmation.wet_mndwi,
                wet_ndvi=confirmation.wet_ndvi,
                bright_blue=confirmation.bright_blue,
            ),
        ),
        frame=frame,
        overview=overview,
        before=before,
        after=after,
        strip=strip,
        chips=chips,
        clear=np.stack([ground_clear, frame_clear]),
        acquired=record.acquired,
        items=[json.loads(text) if text else [] for text in told],
        law=law,
        detection=detection,
    )


def _home(case: Case, windows: Sequence[Window]) -> int:
    """The window that holds most of the alert's ground."""
    held = [len(_own_places(case, window)[0]) for window in windows]
    return int(np.argmax(held))


def _own_places(case: Case, window: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which pixels of the mine's ground are the alert's and lie in a window; rows, columns."""
    which, rows, columns = places_in(case.ground, window)
    own = np.isin(which, case.pixels)
    return which[own], rows[own], columns[own]


def _score(ground: Sampled, rule: ConfirmationRule) -> np.ndarray:
    """(time, n) float32: the evidence as the detector counts it, NaN where not seen."""
    found = evidence(ground.looks(), ground.baseline, rule, shifts=ground.shifts)
    trajectory = found[:, 0]
    score = ((trajectory & SCORE) / np.float32(SCORE_STEPS)).astype(np.float32)
    score[np.isnan(ground.series.ndvi)] = np.nan
    return score


def spectra(sampled: Sampled, where: np.ndarray) -> np.ndarray:
    """(3, band) quartiles over pixels of the median reflectance of the looks in `where`."""
    bands = [band for band in CORE_BANDS if band in sampled.bands]
    out = np.full((3, len(bands)), np.nan)
    for i, band in enumerate(bands):
        values = np.where(where, sampled.series.bands[band], np.nan)
        seen = ~np.isnan(values).all(axis=0)
        if seen.any():
            out[:, i] = np.nanquantile(np.nanmedian(values[:, seen], axis=0), (0.25, 0.5, 0.75))
    return out
