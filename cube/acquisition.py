"""The scenes of one day in, what was seen that day out: offsets removed, overlaps mosaicked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from cube.contract import CORE_BANDS, Scene, Window
from cube.offset import LAND, OffsetSettings, checked_offset, evidence
from cube.quality import QualitySettings, quality_of
from cube.sensors import declaration
from cube.sources import Loader, ReadFailure

NOBODY = -1
"""In `origin`: no scene measured this pixel."""


@dataclass(frozen=True)
class Reading:
    """How pixels of one window are read, and judged."""

    window: Window
    loader: Loader
    bands: tuple[str, ...]
    quality: QualitySettings = field(default_factory=QualitySettings)
    offset: OffsetSettings = field(default_factory=OffsetSettings)

    def load(self, scenes: Sequence[Scene], bands: Sequence[str]) -> list[np.ndarray | ReadFailure]:
        """Raw numbers (band, y, x) uint16 of each scene in order, or why they cannot be had."""
        return self.loader.load(scenes, bands, self.window) if scenes else []


@dataclass(frozen=True)
class Acquisition:
    """What was seen of a window on one day.

    reflectance : (band, y, x) uint16, offset removed, 0 = no measurement.
    quality : (y, x) uint8, CLEAR, CLOUD or OUTSIDE_SWATH.
    origin : (y, x) int16, number of the scene in `scenes`, NOBODY where none measured.
    scenes, offsets, notes : what was read, with the offset added to each and its note.
    failures : reads that failed.
    """

    reflectance: np.ndarray
    quality: np.ndarray
    origin: np.ndarray
    scenes: tuple[Scene, ...]
    offsets: tuple[int, ...]
    notes: tuple[str, ...]
    failures: tuple[ReadFailure, ...] = ()


def acquisition(
    scenes: Sequence[Scene], classes: Sequence[np.ndarray], reading: Reading
) -> Acquisition:
    """Reads the scenes of one day and lays them over each other.

    The first scene that measured a pixel in every band it has gives the pixel, class and all;
    where none did, the first that measured any. Scenes of the window's own zone come first,
    their pixels are the archive's own; then by time and id. A scene's offset is removed before
    it meets another's pixels: numbers of two baselines never mix.

    Parameters
    ----------
    scenes : of one day, in any order
    classes : (y, x) uint8 each
        SCL of each scene, already read.
    reading : Reading
    """
    pairs = sorted(zip(scenes, classes, strict=True), key=lambda pair: rank(pair[0], reading))
    size = reading.window.size
    reflectance = np.zeros((len(reading.bands), size, size), np.uint16)
    classified = np.zeros((size, size), np.uint8)
    complete = np.zeros((size, size), bool)
    origin = np.full((size, size), NOBODY, np.int16)
    read: list[Scene] = []
    offsets, notes, failures = [], [], []
    for scene, scl, numbers in _numbers(pairs, reading):
        if isinstance(numbers, ReadFailure):
            failures.append(numbers)
            continue
        held = np.array([band in scene.assets for band in reading.bands])
        offset, note = _offset(scene, numbers, scl, reading)
        paint(numbers, scl, held, offset, len(read), reflectance, classified, complete, origin)
        read.append(scene)
        offsets.append(offset)
        notes.append(note)
    quality = quality_of(classified, complete, reading.quality)
    return Acquisition(
        reflectance,
        quality,
        origin,
        tuple(read),
        tuple(offsets),
        tuple(notes),
        tuple(failures),
    )


def outlook(scenes: Sequence[Scene], classes: Sequence[np.ndarray], reading: Reading) -> np.ndarray:
    """Quality (y, x) uint8 that a day promises by its SCL alone, before its bands are read."""
    pairs = sorted(zip(scenes, classes, strict=True), key=lambda pair: rank(pair[0], reading))
    classified = np.zeros((reading.window.size,) * 2, np.uint8)
    for _, scl in pairs:
        np.copyto(classified, scl, where=classified == 0)
    return quality_of(classified, classified > 0, reading.quality)


def rank(scene: Scene, reading: Reading) -> tuple[bool, np.datetime64, str]:
    """Whose pixels come first on one day: own zone, then time, then id."""
    return scene.epsg != reading.window.epsg, scene.acquired, scene.item_id


def _numbers(
    pairs: Sequence[tuple[Scene, np.ndarray]], reading: Reading
) -> Iterator[tuple[Scene, np.ndarray, np.ndarray | ReadFailure]]:
    """Scene, class and numbers (band, y, x) uint16 of all bands, 0 in those it does not have."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, (scene, _) in enumerate(pairs):
        held = tuple(band for band in reading.bands if band in scene.assets)
        groups.setdefault(held, []).append(place)
    found: dict[int, np.ndarray | ReadFailure] = {}
    for held, places in groups.items():
        wanted = [pairs[place][0] for place in places]
        loaded = reading.load(wanted, held) if held else [_bandless(s, reading) for s in wanted]
        for place, numbers in zip(places, loaded, strict=True):
            if not isinstance(numbers, ReadFailure) and held != reading.bands:
                whole = np.zeros((len(reading.bands), *numbers.shape[1:]), np.uint16)
                whole[[reading.bands.index(band) for band in held]] = numbers
                numbers = whole
            found[place] = numbers
    for place, (scene, scl) in enumerate(pairs):
        yield scene, scl, found[place]


def _bandless(scene: Scene, reading: Reading) -> ReadFailure:
    return ReadFailure(scene.item_id, f"it has none of the bands {', '.join(reading.bands)}")


def _offset(
    scene: Scene, numbers: np.ndarray, scl: np.ndarray, reading: Reading
) -> tuple[int, str]:
    core = [i for i, b in enumerate(reading.bands) if b in CORE_BANDS and b in scene.assets]
    said = [declaration(scene, b) for b in reading.bands if b in scene.assets]
    offsets = sorted({statement.offset for statement in said})
    contradiction = said[0].contradiction
    if len(offsets) > 1:
        contradiction = f"its bands declare different offsets, {offsets}"
    seen = evidence(numbers[core], (scl == LAND[0]) | (scl == LAND[1]), reading.offset)
    return checked_offset(seen, offsets[0], contradiction, scene.baseline, reading.offset)


@njit(nogil=True, cache=True)
def paint(numbers, scl, held, offset, place, reflectance, classified, complete, origin):
    """Lays one scene under those already there, its offset removed.

    A measurement that falls to 0 or below with the offset becomes 1: 0 means none.

    numbers (band, y, x) uint16; scl (y, x) uint8; held (band,) bool, which bands the scene has;
    the rest is changed in place where this scene is the first to measure: reflectance
    (band, y, x) uint16, classified (y, x) uint8, complete (y, x) bool, origin (y, x) int16.
    """
    bands, rows, columns = numbers.shape
    for y in range(rows):
        for x in range(columns):
            if complete[y, x]:
                continue
            whole = scl[y, x] != 0
            some = False
            for b in range(bands):
                if numbers[b, y, x] != 0:
                    some = True
                elif held[b]:
                    whole = False
            if not some or (not whole and origin[y, x] != -1):
                continue
            for b in range(bands):
                value = np.int64(numbers[b, y, x])
                if value == 0:
                    reflectance[b, y, x] = 0
                elif value + offset < 1:
                    reflectance[b, y, x] = 1
                else:
                    reflectance[b, y, x] = np.uint16(value + offset)
            classified[y, x] = scl[y, x]
            complete[y, x] = whole
            origin[y, x] = place
