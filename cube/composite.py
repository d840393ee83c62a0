"""The scenes of one slot in, the slot's pixels out, with what they are worth and where from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from pyproj import Transformer

from cube.acquisition import Acquisition, Reading, acquisition, outlook
from cube.contract import NO_MEASUREMENT, Quality, Scene, Window
from cube.footprint import covered
from cube.slots import SlotSettings, clear_median
from cube.sources import ReadFailure

SECONDS_PER_DEGREE = 240
"""The sun's clock runs four minutes per degree of longitude [s]."""


@dataclass(frozen=True)
class Composite:
    """One slot of one window, as `cube.acquire.AcquiredSlots` describes it."""

    reflectance: np.ndarray
    quality: np.ndarray
    acquired: np.datetime64
    source_items: str
    failed_reads: int


@dataclass
class _Day:
    """The scenes of one solar day with their SCL, its quality so far, its pixels once read."""

    scenes: list[Scene]
    classes: list[np.ndarray]
    quality: np.ndarray
    pixels: Acquisition | None = None

    def read(self, reading: Reading) -> Acquisition:
        if self.pixels is None:
            self.pixels = acquisition(self.scenes, self.classes, reading)
            self.quality = self.pixels.quality
        return self.pixels


def composite(scenes: Sequence[Scene], reading: Reading, settings: SlotSettings) -> Composite:
    """One slot: its clearest day, or the median of its clear days.

    Days are solar days. The clearest is the one with most clear pixels; of equals the one that
    measured most, then the earliest. Ground its swath missed is taken from the day that sees
    that part clearest, and so on (`SlotSettings.fill_share`). With "median", ground that any
    day saw clearly gets the median of those days instead. Ground that nothing measured under
    the footprint of a scene that could not be read is READ_FAILED.

    Parameters
    ----------
    scenes : Scene
        Of one slot, all reaching the window; at least one.
    reading : Reading
    settings : SlotSettings
    """
    days, failures = _days(scenes, reading)
    size = reading.window.size
    reflectance = np.zeros((len(reading.bands), size, size), np.uint16)
    quality = np.full((size, size), Quality.OUTSIDE_SWATH, np.uint8)
    shares: list[tuple[Acquisition, np.ndarray]] = []
    rest, least = list(days), 1
    while (day := _clearest(rest, quality == Quality.OUTSIDE_SWATH, least, reading)) is not None:
        rest.remove(day)
        pixels = day.read(reading)
        taken = (quality == Quality.OUTSIDE_SWATH) & (pixels.quality != Quality.OUTSIDE_SWATH)
        taken |= ~reflectance.any(axis=0) & (pixels.origin >= 0)
        np.copyto(reflectance, pixels.reflectance, where=taken)
        np.copyto(quality, pixels.quality, where=taken)
        shares.append((pixels, taken))
        least = max(1, round(settings.fill_share * size * size))
    acquired = _acquired(shares)
    if settings.composite == "median":
        shares = _median(days, reading, reflectance, quality, shares)
    failures += [failure for day in days if day.pixels for failure in day.pixels.failures]
    lost = {failure.item_id for failure in failures}
    for scene in scenes:
        if scene.item_id in lost and (quality == Quality.OUTSIDE_SWATH).any():
            under = covered(scene, reading.window) & (quality == Quality.OUTSIDE_SWATH)
            quality[under] = Quality.READ_FAILED
    return Composite(reflectance, quality, acquired, _sources(shares, failures), len(lost))


def solar_day(scene: Scene, window: Window) -> np.datetime64:
    """The day of an acquisition by the sun over the window, datetime64[D]."""
    middle = window.size / 2 * 10.0
    to_degrees = Transformer.from_crs(window.epsg, 4326, always_xy=True)
    longitude, _ = to_degrees.transform(window.x0 + middle, window.y0 - middle)
    shift = np.timedelta64(round(longitude * SECONDS_PER_DEGREE), "s")
    return (scene.acquired + shift).astype("datetime64[D]")


def _days(scenes: Sequence[Scene], reading: Reading) -> tuple[list[_Day], list[ReadFailure]]:
    """The days of a slot, earliest first, their SCL read; and the scenes without one."""
    ordered = sorted(scenes, key=lambda s: (s.acquired, s.item_id))
    read = list(zip(ordered, reading.load(ordered, ("scl",)), strict=True))
    failures = [scl for _, scl in read if isinstance(scl, ReadFailure)]
    whole = [(s, _classes(scl[0])) for s, scl in read if not isinstance(scl, ReadFailure)]
    days = []
    for _, group in groupby(whole, key=lambda pair: solar_day(pair[0], reading.window)):
        together, classes = (list(part) for part in zip(*group, strict=True))
        days.append(_Day(together, classes, outlook(together, classes, reading)))
    return days, failures


def _classes(scl: np.ndarray) -> np.ndarray:
    """(y, x) uint8; a number that is no class stays none."""
    return np.minimum(scl, 255).astype(np.uint8)


def _clearest(
    days: Sequence[_Day], missing: np.ndarray, least: int, reading: Reading
) -> _Day | None:
    """The day that sees the missing pixels clearest; None if no day adds `least` of them.

    Days are judged by their SCL until one comes out first; it is read, judged by what it truly
    holds, and stays first or makes room.
    """
    while True:
        best, most = None, (-1, -1)
        for day in days:
            measured = int((missing & (day.quality != Quality.OUTSIDE_SWATH)).sum())
            clear = int((missing & (day.quality == Quality.CLEAR)).sum())
            if measured >= least and (clear, measured) > most:
                best, most = day, (clear, measured)
        if best is None or best.pixels is not None:
            return best
        best.read(reading)


def _median(
    days: Sequence[_Day],
    reading: Reading,
    reflectance: np.ndarray,
    quality: np.ndarray,
    shares: list[tuple[Acquisition, np.ndarray]],
) -> list[tuple[Acquisition, np.ndarray]]:
    """Lays the median of the clear days over the composite; which day gave which pixels."""
    seen = [day.read(reading) for day in days if (day.quality == Quality.CLEAR).any()]
    clear = [pixels.quality == Quality.CLEAR for pixels in seen]
    if not seen:
        return shares
    any_clear = np.logical_or.reduce(clear)
    reflectance[:, any_clear] = NO_MEASUREMENT  # also in bands that no clear day has
    clear_median(
        np.stack([pixels.reflectance for pixels in seen]),
        np.stack([pixels.quality for pixels in seen]),
        reflectance,
    )
    quality[any_clear] = Quality.CLEAR
    return [*zip(seen, clear, strict=True), *((p, taken & ~any_clear) for p, taken in shares)]


def _acquired(shares: Sequence[tuple[Acquisition, np.ndarray]]) -> np.datetime64:
    """Earliest scene that gave pixels to the first, clearest day; NaT without one."""
    if not shares:
        return np.datetime64("NaT", "s")
    pixels, taken = shares[0]
    gave = np.unique(pixels.origin[taken])
    return min(pixels.scenes[number].acquired for number in gave).astype("datetime64[s]")


def _sources(
    shares: Sequence[tuple[Acquisition, np.ndarray]], failures: Sequence[ReadFailure]
) -> str:
    """Compact JSON: the items behind the pixels in the order they were used, then the failed."""
    entries: dict[str, dict[str, Any]] = {}
    for pixels, taken in shares:
        counts = np.bincount(pixels.origin[taken], minlength=len(pixels.scenes))
        for scene, offset, note, count in zip(
            pixels.scenes, pixels.offsets, pixels.notes, counts, strict=True
        ):
            if count == 0:
                continue
            entry = entries.setdefault(
                scene.item_id,
                {
                    "id": scene.item_id,
                    "acquired": str(scene.acquired),
                    "baseline": scene.baseline,
                    "offset": offset,
                    "href": next(a.href for a in scene.assets.values()).split("?")[0],
                    "pixels": 0,
                    **({"note": note} if note else {}),
                },
            )
            entry["pixels"] += int(count)
    failed = {failure.item_id: failure.reason for failure in failures}
    lost = [{"id": item_id, "error": failed[item_id]} for item_id in sorted(failed)]
    return json.dumps([*entries.values(), *lost], separators=(",", ":"))
