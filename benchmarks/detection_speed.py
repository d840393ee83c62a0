"""Nanoseconds per pixel-date of detection, step by step and beside its peers.

`python -m benchmarks.detection_speed`, three minutes on an idle core, `--quick` in a tenth of it;
figures to results/detection_speed.json. One thread, processor time, all in turns, medians. Imagery
is simulated: three years of ten-day slots and one of 36, 512 x 512 pixels. A step's floor is what
it has to read and write, at the speed at which this machine reads memory in the same run.

Peers as they come: nrt's monitors on the same pixels (fit and monitor one index, which is computed
for them), pyxccd's COLD on a few of them, and our steps in NumPy on a quarter or less of them: four
indices, candidate change, evidence.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.baseline import baseline
from analysis.carried import Carried, PixelState
from analysis.change import candidate_change, look_noise
from analysis.confirmation import states
from analysis.detection import DetectionSettings, detect_block, excavation_at
from analysis.detectors import Block
from analysis.evidence import evidence
from analysis.forward import BLOCK_SLOTS, advanced, begun, slots_of
from analysis.looks import LOOK_BYTES, Looks, looks, room_for_looks
from analysis.planes import empty_planes
from analysis.rescue import rescued
from analysis.scene import scene_shifts
from benchmarks.measuring import Measured, kept, printed, side_by_side
from cube.contract import BANDS, CORE_BANDS, Quality
from cube.simulate import SiteSettings, simulated
from pipelines.evaluate.peers.xccd import Xccd
from tests.analysis.test_change import change_in_numpy
from tests.analysis.test_confirmation import evidence_in_numpy
from tests.analysis.test_looks import looks_in_numpy

RULES = DetectionSettings()
SITE = 256
"""Pixels of the simulated site, laid side by side to fill the block."""
SHORT = slice(30, 66)
"""36 slots, as many as the benchmark of scale has."""
XCCD_PIXELS = 16
"""COLD takes 17 us per pixel-date: a square of so many pixels to a side."""

READ, WRITTEN = 2 * len(CORE_BANDS) + 1, 3
"""Bytes of a pixel-date that come in, and that go out: change, state, excavated."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="256 pixels and one round")
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    rounds = 1 if told.quick else told.rounds
    numbers, quality, dates = imagery(1 if told.quick else 2)
    memory = side_by_side({"read": partial(_read, numbers)}, rounds)["read"]
    ns_per_byte = min(memory.processor_s) / numbers.nbytes * 1e9
    record: dict[str, Any] = {
        "shape": numbers.shape,
        "ns_per_byte_read": float(f"{ns_per_byte:.3g}"),
        "read_limit_ns": float(f"{ns_per_byte * READ:.3g}"),
        "clear_share": float(f"{(quality == Quality.CLEAR).mean():.3g}"),
    }
    steps = step_rows(numbers, quality, dates, rounds, ns_per_byte)
    printed(f"{numbers.shape} uint16: ns per pixel-date of processor time", steps)
    record["steps"] = steps
    peers = peer_rows(numbers, quality, dates, rounds)
    printed("peers, in the same run", peers)
    record["peers"] = peers
    ours = next(row["ns"] for row in peers if row["way"].startswith("ours, whole"))
    record["times_as_fast"] = {
        row["way"]: round(row["ns"] / ours, 2) for row in peers if not row["way"].startswith("ours")
    }
    print(f"times as fast as: {record['times_as_fast']}; read limit {record['read_limit_ns']} ns")
    name = "detection_speed_quick" if told.quick else "detection_speed"
    if not told.quick:
        print(f"kept in {kept(name, record, 'numba', 'numpy', 'nrt', 'pyxccd', 'xarray')}")


def imagery(tiles: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A block of core bands as stored, its quality, and its dates."""
    reflectance, scl, dates, _ = simulated(1, SiteSettings(size=SITE))
    core = [BANDS.index(band) for band in CORE_BANDS]
    numbers = np.ascontiguousarray(np.tile(reflectance[:, core], (1, 1, tiles, tiles)))
    clear = np.tile(np.isin(scl, (4, 5, 6, 7)), (1, tiles, tiles))
    return numbers, np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8), dates


def step_rows(
    numbers: np.ndarray, quality: np.ndarray, dates: np.ndarray, rounds: int, ns_per_byte: float
) -> list[dict[str, Any]]:
    """Every step of detection on one block: what it takes, its floor, and their ratio."""
    days = dates.astype("datetime64[D]").astype(np.int64)
    whole = looks(numbers, quality)
    carried = begun([whole], days, RULES.baseline)
    past = carried.history / len(days)
    after, found = advanced(carried, [whole], days, RULES.change, RULES.confirmation)
    trajectory = evidence(whole, carried.baseline, RULES.confirmation)
    changed = np.empty(quality.shape, np.bool_)
    noise = (carried.ndvi_noise, carried.bsi_noise)
    early = [whole.ndvi[: carried.history]]
    ways: dict[str, tuple[Callable[[], object], float]] = {
        "looks: four indices, blue, level": (
            partial(looks, numbers, quality, CORE_BANDS, room_for_looks(quality.shape)),
            READ + LOOK_BYTES,
        ),
        "noise": (partial(_noise, whole, early), 4 * past),
        "baseline": (partial(baseline, [whole], days, RULES.baseline), 12 * past),
        "levels of scenes after the history": (partial(_shifts, whole, carried), 8 * (1 - past)),
        "cloud mask overruled": (partial(_rescued, whole), 4),
        "candidate change": (
            partial(candidate_change, whole, *noise, RULES.change, None, changed),
            5,
        ),
        "evidence": (
            partial(evidence, whole, carried.baseline, RULES.confirmation, into=trajectory),
            11,
        ),
        "confirmation": (partial(_states, whole, trajectory, carried, days), 4),
        "envelope, dates, confidence": (partial(excavation_at, after, found, RULES), 1),
    }
    measured = side_by_side({name: work for name, (work, _) in ways.items()}, rounds)
    rows = [
        _step(name, measured[name], quality.size, moved * ns_per_byte)
        for name, (_, moved) in ways.items()
    ]
    total = sum(row["ns"] for row in rows)
    return [*rows, {"step": "sum", "ns": float(f"{total:.4g}"), "least": "", "most": "",
                    "floor": float(f"{(READ + WRITTEN) * ns_per_byte:.3g}"),
                    "ratio": float(f"{total / ((READ + WRITTEN) * ns_per_byte):.3g}")}]  # fmt: skip


def _step(name: str, measured: Measured, looked: int, floor: float) -> dict[str, Any]:
    figures = measured.figures(looked, "ns")
    return {
        "step": name,
        "ns": figures["processor_ns"],
        "least": figures["processor_least_ns"],
        "most": figures["processor_most_ns"],
        "floor": float(f"{floor:.3g}"),
        "ratio": float(f"{figures['processor_ns'] / floor:.3g}"),
    }


def _read(numbers: np.ndarray) -> int:
    """All of the memory, once."""
    return int(np.bitwise_or.reduce(numbers.reshape(-1).view(np.uint64)))


def _noise(whole: Looks, early: list[np.ndarray]) -> None:
    look_noise(early)
    look_noise([whole.bsi[: len(early[0])]], early)


def _blocks(whole: Looks) -> list[list[Looks]]:
    """The looks as the forward pass takes them."""
    return [
        slots_of([whole], slice(first, first + BLOCK_SLOTS))
        for first in range(0, len(whole.ndvi), BLOCK_SLOTS)
    ]


def _shifts(whole: Looks, carried: Carried) -> None:
    least, land = int(carried.baseline.reference_pixels), carried.baseline.reference
    for parts in _blocks(slots_of([whole], slice(carried.history, None))[0]):
        scene_shifts(parts, [land], least)


def _rescued(whole: Looks) -> None:
    pixels = empty_planes(PixelState, whole.ndvi.shape[1:])
    for parts in _blocks(whole):
        rescued(parts, pixels, RULES.rescue)


def _states(whole: Looks, trajectory: np.ndarray, carried: Carried, days: np.ndarray) -> None:
    fresh = Carried(**{**vars(carried), "pixels": empty_planes(PixelState, trajectory.shape[1:])})
    states([whole], trajectory, trajectory[0], fresh, days, RULES.confirmation)


def peer_rows(
    numbers: np.ndarray, quality: np.ndarray, dates: np.ndarray, rounds: int
) -> list[dict[str, Any]]:
    """Whole detection, and what others take for one index or for a part of it."""
    small = (slice(None), slice(SITE), slice(SITE))
    some, clear = np.ascontiguousarray(numbers[:, :, :SITE, :SITE]), quality[small].copy()
    corner = (slice(None), slice(None), slice(XCCD_PIXELS), slice(XCCD_PIXELS))
    acquired = dates.astype("datetime64[s]")
    few = Block(some[corner], clear[:, :XCCD_PIXELS, :XCCD_PIXELS], acquired, CORE_BANDS)
    ndvi = _ndvi(numbers, quality)
    short = (np.ascontiguousarray(numbers[SHORT]), quality[SHORT].copy(), dates[SHORT])
    whole = looks(some, clear)
    days = dates.astype("datetime64[D]").astype(np.int64)
    base = baseline([whole], days, RULES.baseline)
    quarter = Looks(*(plane[:, :32, :32].copy() for plane in vars(whole).values()))
    ways: dict[str, tuple[Callable[[], object], int]] = {
        f"ours, whole detection, {len(dates)} slots": (
            partial(detect_block, numbers, quality, dates),
            quality.size,
        ),
        "NumPy: four indices": (partial(looks_in_numpy, some, clear), clear.size),
        "NumPy: candidate change": (partial(change_in_numpy, quarter, 600, 300), quarter.ndvi.size),
        "NumPy: evidence": (
            partial(evidence_in_numpy, whole, base, RULES.confirmation),
            clear.size,
        ),
        "nrt EWMA, one index": (partial(_nrt, "ewma", "EWMA", ndvi, dates), ndvi.size),
        "nrt CuSum, one index": (partial(_nrt, "cusum", "CuSum", ndvi, dates), ndvi.size),
        "pyxccd COLD, six bands": (partial(Xccd("cold"), few), few.quality.size),
    }
    measured = side_by_side({name: work for name, (work, _) in ways.items()}, rounds)
    # By itself: a thread keeps room for one shape of block, as a worker's windows have.
    alone = f"ours, whole detection, {len(short[2])} slots"
    ways[alone] = (partial(detect_block, *short), short[1].size)
    measured |= side_by_side({alone: ways[alone][0]}, rounds)
    rows = []
    for name, (_, looked) in ways.items():
        figures = measured[name].figures(looked, "ns")
        least, most = figures["processor_least_ns"], figures["processor_most_ns"]
        rows.append({"way": name, "ns": figures["processor_ns"], "least": least, "most": most})
    return rows


def _ndvi(numbers: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """(time, y, x) float32, NaN where not clear: what nrt is given."""
    red, nir = (numbers[:, CORE_BANDS.index(band)].astype(np.float32) for band in ("red", "nir"))
    return np.where(quality == Quality.CLEAR, (nir - red) / (nir + red), np.float32(np.nan))


def _nrt(module: str, name: str, ndvi: np.ndarray, dates: np.ndarray) -> None:
    """Fit on the first year, then monitor date by date; nrt's own defaults throughout."""
    monitor = getattr(import_module(f"nrt.monitor.{module}"), name)()
    history = dates <= dates[0] + np.timedelta64(365, "D")
    rows, columns = ndvi.shape[1:]
    axes = {"y": np.arange(rows, dtype=float), "x": np.arange(columns, dtype=float)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = {"time": dates[history].astype("datetime64[ns]"), **axes}
        monitor.fit(xr.DataArray(ndvi[history], dims=("time", "y", "x"), coords=told))
        for t in np.flatnonzero(~history):
            monitor.monitor(ndvi[t], pd.Timestamp(dates[t]).to_pydatetime())


if __name__ == "__main__":
    main()
