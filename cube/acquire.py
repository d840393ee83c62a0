"""A window and its scenes in, its slots out: pixels, their worth, their origin."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from cube.acquisition import Reading
from cube.composite import composite
from cube.contract import ALL_BANDS, BANDS, CubeError, Quality, Scene, Window
from cube.footprint import reaches
from cube.quality import QualitySettings
from cube.slots import SlotAxis, SlotSettings
from cube.sources import Loader, newest


@dataclass(frozen=True)
class AcquiredSlots:
    """Consecutive slots of one window, ready to be written.

    reflectance : (slot, band, y, x) uint16
        Offset removed; 0 means no measurement, and nothing else does.
    quality : (slot, y, x) uint8
        `Quality`.
    acquired : (slot,) datetime64[s]
        UTC time of the slot's clearest day; NaT where no pixel was measured.
    source_items : (slot,) str
        JSON list of the items behind the pixels ({"id", "acquired", "baseline", "offset", "href",
        "pixels"} and perhaps "note") and of those that could not be read ({"id", "error"}).
    failed_reads : (slot,) uint16
        Scenes that could not be read.
    """

    reflectance: np.ndarray
    quality: np.ndarray
    acquired: np.ndarray
    source_items: np.ndarray
    failed_reads: np.ndarray


def acquire(
    window: Window,
    scenes: Sequence[Scene],
    axis: SlotAxis,
    slots: range,
    loader: Loader,
    bands: Sequence[str] = BANDS,
    slot_settings: SlotSettings | None = None,
    quality_settings: QualitySettings | None = None,
) -> AcquiredSlots:
    """Reads the pixels of consecutive slots of one window.

    Scenes elsewhere or outside the slots are passed over; of reprocessed duplicates that reach
    the window the newest is read. The scene classification of every day is read first and the
    bands only of the days a slot is made of. A scene that cannot be read costs itself: where
    nothing else of the slot measured the ground under its footprint, quality is READ_FAILED.

    Parameters
    ----------
    window : Window
    scenes : Scene
        What a search found, in any order.
    axis : SlotAxis
    slots : range
        Which slots of the axis, consecutive.
    loader : Loader
    bands : band names
        In the order they are stored. A band that a scene does not have stays 0.
    slot_settings : SlotSettings
    quality_settings : QualitySettings

    Raises
    ------
    CubeError
        If the slots are not consecutive slots of the axis, or no band is asked for, one twice,
        or one that does not exist.
    """
    settings = slot_settings or SlotSettings()
    if len(slots) == 0 or slots.step != 1 or slots[0] < 0 or slots[-1] >= axis.count:
        raise CubeError(f"{slots} are not consecutive slots of an axis of {axis.count}.")
    if not bands or len(set(bands)) != len(bands):
        raise CubeError(f"Bands {list(bands)}: expected at least one, none twice.")
    for band in bands:
        if band not in ALL_BANDS:
            raise CubeError(f"{band!r} is no band: expected some of {', '.join(ALL_BANDS)}.")
    reading = Reading(window, loader, tuple(bands), quality_settings or QualitySettings())
    by_slot = _by_slot(newest(s for s in scenes if reaches(s, window)), axis, slots)
    size = window.size
    acquired = AcquiredSlots(
        reflectance=np.zeros((len(slots), len(bands), size, size), np.uint16),
        quality=np.full((len(slots), size, size), Quality.NO_ACQUISITION, np.uint8),
        acquired=np.full(len(slots), np.datetime64("NaT"), "datetime64[s]"),
        source_items=np.full(len(slots), "[]", object),
        failed_reads=np.zeros(len(slots), np.uint16),
    )

    def fill(place: int) -> None:
        slot = composite(by_slot[slots[place]], reading, settings)
        acquired.reflectance[place] = slot.reflectance
        acquired.quality[place] = slot.quality
        acquired.acquired[place] = slot.acquired
        acquired.source_items[place] = slot.source_items
        acquired.failed_reads[place] = slot.failed_reads

    places = [place for place, slot in enumerate(slots) if slot in by_slot]
    with ThreadPoolExecutor(settings.slots_at_once) as threads:
        list(threads.map(fill, places))
    return acquired


def _by_slot(scenes: Sequence[Scene], axis: SlotAxis, slots: range) -> dict[int, list[Scene]]:
    """The scenes of each slot."""
    found: dict[int, list[Scene]] = {}
    for scene in scenes:
        slot = int(axis.index(scene.acquired))
        if slot in slots:
            found.setdefault(slot, []).append(scene)
    return found
