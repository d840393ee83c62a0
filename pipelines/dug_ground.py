"""One mine's cube, results and regions in, reasons and signature of its dug ground out.

Runs on a worker. Imagery is read slot by slot, and only where a window holds dug ground.
"""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr
from shapely.geometry.base import BaseGeometry

from analysis.baseline import Baseline
from analysis.detection import DetectionSettings
from analysis.index_distributions import Distributions
from analysis.reasons import Reasons
from analysis.regions import Regions
from cube.contract import Window
from pipelines.evidence.chips import Frame
from pipelines.evidence.imagery import Slots, window_record
from pipelines.evidence.undisturbed import undisturbed
from pipelines.region_reasons import regions_asked
from pipelines.spectral_signature import DUG, UNTOUCHED, dug_places, merged, window_signature


def dug_ground(
    found: Regions,
    cube: xr.Dataset,
    results: xr.Dataset,
    windows: Sequence[Window],
    outline: BaseGeometry,
    detection: DetectionSettings,
    detector: str = "confirmation",
    baselines: Sequence[Baseline | None] = (),
    slots: Sequence[Slots] = (),
) -> tuple[dict[str, Reasons], dict[str, Distributions]]:
    """Reasons of every region that stands at the end, by id, and how dug ground looks by kind.

    Parameters
    ----------
    found : the mine's regions
    cube : raw, not loaded, one entry along `mine` per window
    results : loaded, with the cube's `quality`, in the same order as `windows`
    outline : the mine's, EPSG:4326
    detection : the rules of the core
    detector : whose results they are
    baselines : by window, as the results carry them; without one it is measured anew
    slots : by window, what reads its imagery faster than `cube` does
    """
    reasons: dict[str, Reasons] = {}
    kinds: dict[str, Distributions] = {}
    for position, asked in enumerate(regions_asked(found, windows)):
        one, window = results.isel(mine=position), asked.window
        wanted = asked.wanted()
        dug = dug_places(one)
        if dug[0].size:
            wanted[DUG] = dug
        if not wanted:
            continue
        wanted[UNTOUCHED] = undisturbed(one, window, Frame(window.x0, window.y0, window.size))
        record = window_record(
            cube.isel(mine=position),
            window,
            outline,
            detection.baseline,
            wanted,
            baselines[position] if baselines else None,
            hashed=False,
            rescue=detection.rescue,
            levelled=False,
            slots=slots[position] if slots else None,
        )
        reasons |= asked.reasons(record, one, detection, detector)
        kinds = merged(kinds, window_signature(record, one))
    return {name: reasons[name] for name in found.ids if name in reasons}, kinds
