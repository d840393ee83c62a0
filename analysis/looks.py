"""Looks: bands and quality in, the indices and the blue that detection remembers out."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.kernels.looks import NOT_SEEN, reduce_to_looks
from cube.contract import CORE_BANDS, CubeError, Quality

LOOK_BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
"""The bands a look is made of, in the order the kernel reads them. Where an archive holds no
green (browser exports), blue stands in: of all ground only water is brighter in it than in SWIR.
Where it holds no swir22, swir16 stands in, and NDTI is 0."""

LOOK_BYTES = 14
"""Bytes of one look in memory, against two per band of the reflectance it came from."""


@dataclass(frozen=True, eq=False)
class Looks:
    """Every slot of a block of pixels, reduced. Arrays are (time, y, x).

    ndvi int16 [1/10000], NOT_SEEN where not clear: it says whether a pixel was seen. bsi, mndwi
    int16 and blue uint16 [1/10000]. What the other channel of evidence reads: ndti (swir16 against
    swir22) and level, the mean of red, nir and swir16, int16 [1/10000].
    hidden int16 [1/10000], NDVI of what was measured under what is called cloud, NOT_SEEN
    elsewhere: persistence may overrule the cloud mask. The others hold what was measured there
    too, NOT_SEEN or (blue, level) 0 where nothing was.

    Source
    ------
    ndti: van Deventer et al. 1997, Photogrammetric Engineering & Remote Sensing 63(1), 87-93.
    Litter and clay absorb at 2.2 um, crushed rock and coal do not.
    """

    ndvi: np.ndarray
    bsi: np.ndarray
    mndwi: np.ndarray
    blue: np.ndarray
    ndti: np.ndarray
    level: np.ndarray
    hidden: np.ndarray

    @property
    def seen(self) -> np.ndarray:
        """(time, y, x) bool, True where the pixel was clear and measured in every band."""
        return self.ndvi != NOT_SEEN


def room_for_looks(shape: tuple[int, int, int]) -> Looks:
    """Looks (time, y, x) of which nothing is written yet."""
    kinds = (np.uint16 if name == "blue" else np.int16 for name in Looks.__dataclass_fields__)
    return Looks(*(np.empty(shape, kind) for kind in kinds))


class _Rooms(threading.local):
    """What a thread keeps for the next block that it reduces."""

    kept: Looks | None = None


_ROOMS = _Rooms()


@contextmanager
def lent_looks(shape: tuple[int, int, int]) -> Iterator[Looks]:
    """Room for looks (time, y, x), lent for the time of the context; what it holds is undefined.

    The thread keeps it for its next block of that shape: fresh memory costs more than filling it.
    Nothing that outlives the context may be a view of it.
    """
    room, _ROOMS.kept = _ROOMS.kept, None
    if room is None or room.ndvi.shape != shape:
        room = None  # before new room is made
        room = room_for_looks(shape)
    try:
        yield room
    finally:
        _ROOMS.kept = room


def looks(
    reflectance: np.ndarray,
    quality: np.ndarray,
    bands: Sequence[str] = CORE_BANDS,
    into: Looks | None = None,
) -> Looks:
    """Reduce a block of the cube to its looks.

    Parameters
    ----------
    reflectance : (time, band, y, x) uint16 [1/10000], 0 = no measurement
    quality : (time, y, x) uint8, flags of the cube
    bands : names along `band`
    into : written whole and returned, in place of new arrays

    Raises
    ------
    CubeError
        If shapes or dtypes differ from these, or a needed band is not there.
    """
    if reflectance.dtype != np.uint16 or reflectance.ndim != 4:
        raise CubeError(
            f"reflectance is {reflectance.dtype} with {reflectance.ndim} dimensions, but detection "
            "reads uint16 (time, band, y, x) digital numbers. Open the cube with raw=True."
        )
    times, depth, rows, columns = reflectance.shape
    if quality.shape != (times, rows, columns) or quality.dtype != np.uint8:
        raise CubeError(
            f"quality is {quality.dtype} {quality.shape}, but reflectance {reflectance.shape} "
            f"needs uint8 {(times, rows, columns)}. Give the quality of the same slots and pixels."
        )
    if len(bands) != depth:
        raise CubeError(f"{len(bands)} band names were given for {depth} bands of reflectance.")
    positions = look_positions(bands)
    made = room_for_looks((times, rows, columns)) if into is None else into
    if made.ndvi.shape != quality.shape:
        raise CubeError(f"`into` has room for {made.ndvi.shape}, but there are {quality.shape}.")
    clear, cloud = np.uint8(Quality.CLEAR), np.uint8(Quality.CLOUD)
    written = (made.ndvi, made.bsi, made.mndwi, made.ndti, made.blue, made.level, made.hidden)
    reduce_to_looks(reflectance, quality, clear, cloud, positions, *written)
    return made


def look_positions(bands: Sequence[str]) -> np.ndarray:
    """(6,) int64: where LOOK_BANDS, or what stands in for them, lie among some bands.

    Raises
    ------
    CubeError
        If a needed band is not there.
    """
    stand_in = {
        band: other
        for band, other in (("green", "blue"), ("swir22", "swir16"))
        if band not in bands
    }
    wanted = [stand_in.get(band, band) for band in LOOK_BANDS]
    missing = [band for band in dict.fromkeys(wanted) if band not in bands]
    if missing:
        raise CubeError(
            f"detection needs {' and '.join(missing)}, but the bands are {', '.join(bands)}. "
            "Ingest with the core bands."
        )
    return np.array([list(bands).index(band) for band in wanted])


def row_slices(parts: Sequence[Looks]) -> list[slice]:
    """Which rows of the window each of its parts holds; parts follow each other from the top."""
    edges = np.cumsum([0, *(part.ndvi.shape[1] for part in parts)])
    return [slice(int(top), int(end)) for top, end in pairwise(edges)]


def row_step(pixels: int, most: int) -> int:
    """Of so many pixels, every how many-th row holds about `most`; 1 where they are no more."""
    return max(1, -(-pixels // most))


def some_rows(where: np.ndarray, most: int) -> np.ndarray:
    """What is marked of (y, x) bool in every second, third ... row that holds any, so that about
    `most` are; all that is where it is no more. Never none of some."""
    step = row_step(int(np.count_nonzero(where)), most)
    if step == 1:
        return where
    rows = np.flatnonzero(where.any(axis=1))[::step]
    some = np.zeros_like(where)
    some[rows] = where[rows]
    return some
