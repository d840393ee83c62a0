"""The shape of the store: which arrays a group holds, their dtypes, chunks, codecs, attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import icechunk
import numpy as np
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from cube.contract import CORE_BANDS, QUALITY_MEANINGS, SCALE, STATE_MEANINGS, State

NEVER = np.iinfo(np.int64).min
"""Stored where a date is NaT: what xarray itself writes for it."""

IMAGE_CODEC = BloscCodec(cname="lz4", clevel=9, shuffle="bitshuffle")
"""Measured (`python -m benchmarks.codecs`): the fastest to decode, and denser at level 9 than at 5.

zstd at level 1 with 256 kB blocks is 16 % smaller and takes 1.6 times as long to decode: it wins
only where a core gets less than some 300 MB/s from the disk.
"""

QUALITY_CODEC = BloscCodec(cname="zstd", clevel=3, shuffle="noshuffle")
"""Few values in large patches: 94:1, where shuffling bits gives 107:1 at half the speed."""

MASK_CODEC = BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle", blocksize=4 * 2**20)
"""Blocks of several slots: what did not change since the slot before costs nothing (70 to 900:1).

Level 3 is no smaller and takes half as long again to encode."""

STEADY_CODEC = BloscCodec(cname="zstd", clevel=1, shuffle="noshuffle", blocksize=4 * 2**20)
"""Of the envelope, which hardly changes: 300:1 in a third of the time that shuffling bits (640:1)
takes both ways."""

AREA_CODEC = BloscCodec(cname="zstd", clevel=1, shuffle="shuffle", blocksize=2**19)
"""Of a window's dates: as small as level 3 of Blosc's own small blocks, for a third of the time."""

TABLE_CODEC = BloscCodec(cname="zstd", clevel=3, shuffle="shuffle")

CHECKSUM = (Crc32cCodec(),)
"""Stored behind every chunk, so that a flipped bit is a failed read and never a pixel: lz4 unpacks
most of them without a word. Measured: reading takes 5 to 10 % more processor time. Arrays that
were made without it stay as they are, and readable."""

RECORD_CHUNK = 16
"""Windows, and slots, per chunk of the small (mine, time) arrays.

The driver alone writes them, one read-modify-write per commit. (1, 1) would cost a read of all of
them half a millisecond per window and slot; one chunk for all would be rewritten by every commit.
"""

TABLE_CHUNK = 4096
"""Entries per chunk of the coordinates along mine, time and band: read at once on opening."""

MASK_SLOTS = 8
"""Slots per chunk of the results' (mine, time, y, x) arrays; they compress along time.

Measured on 110 slots of a window of 512 pixels: with 64, a slot more, which rewrites the last
chunks, takes 135 ms, with 16, 30, with 8, 19, for 8 % more bytes."""


@dataclass(frozen=True)
class ArrayPlan:
    """How one variable is stored."""

    dims: tuple[str, ...]
    dtype: str
    chunks: tuple[int, ...]
    fill: Any
    codec: BloscCodec
    attrs: Mapping[str, Any]


def _dates(
    dims: tuple[str, ...],
    chunks: tuple[int, ...],
    long_name: str,
    codec: BloscCodec = TABLE_CODEC,
) -> ArrayPlan:
    attrs = {
        "long_name": long_name,
        "units": "seconds since 1970-01-01",
        "calendar": "proleptic_gregorian",
        "_FillValue": int(NEVER),
    }
    return ArrayPlan(dims, "int64", chunks, int(NEVER), codec, attrs)


def _flags(meanings: str, long_name: str) -> dict[str, Any]:
    values = list(range(len(meanings.split())))
    return {"long_name": long_name, "flag_values": values, "flag_meanings": meanings}


def _along_mine(dtype: str, fill: Any, **attrs: Any) -> ArrayPlan:
    return ArrayPlan(("mine",), dtype, (TABLE_CHUNK,), fill, TABLE_CODEC, attrs)


def coordinates() -> dict[str, ArrayPlan]:
    """The arrays that both groups carry: which mine, which grid, which slot."""
    time = {
        "long_name": "start of the slot",
        "units": "seconds since 1970-01-01",
        "calendar": "proleptic_gregorian",
        "standard_name": "time",
    }
    return {
        "mine_id": _along_mine("string", "", long_name="mine"),
        "window": _along_mine("int32", 0, long_name="number of the window within its mine"),
        "epsg": _along_mine("int32", 0, long_name="EPSG code of the window's UTM zone"),
        "x0": _along_mine("float64", 0.0, long_name="easting of the upper-left pixel", units="m"),
        "y0": _along_mine("float64", 0.0, long_name="northing of the upper-left pixel", units="m"),
        "time": ArrayPlan(("time",), "int64", (TABLE_CHUNK,), 0, TABLE_CODEC, time),
    }


def cube_arrays(bands: Sequence[str], size: int) -> dict[str, ArrayPlan]:
    """The arrays of group `sentinel2`, for windows of `size` pixels."""
    record = (RECORD_CHUNK, RECORD_CHUNK)
    pixels = {
        "long_name": "surface reflectance",
        "standard_name": "surface_bidirectional_reflectance",
        "units": "1",
        "scale_factor": SCALE,
        "_FillValue": 0,
    }
    return coordinates() | {
        "band": ArrayPlan(
            ("band",), "string", (TABLE_CHUNK,), "", TABLE_CODEC, {"long_name": "band"}
        ),
        "reflectance": ArrayPlan(
            ("mine", "time", "band", "y", "x"),
            "uint16",
            (1, 1, min(len(CORE_BANDS), len(bands)), size, size),
            0,
            IMAGE_CODEC,
            pixels,
        ),
        "quality": ArrayPlan(
            ("mine", "time", "y", "x"),
            "uint8",
            (1, 1, size, size),
            0,
            QUALITY_CODEC,
            _flags(QUALITY_MEANINGS, "what is known of the pixel"),
        ),
        "acquired": _dates(("mine", "time"), record, "when the slot's pixels were taken (UTC)"),
        "source_items": ArrayPlan(
            ("mine", "time"),
            "string",
            record,
            "",
            TABLE_CODEC,
            {"long_name": "STAC items behind the pixels, as JSON"},
        ),
        "failed_reads": ArrayPlan(
            ("mine", "time"),
            "uint16",
            record,
            0,
            TABLE_CODEC,
            {"long_name": "scenes that could not be read", "units": "1"},
        ),
        "searched_until": _dates(
            ("mine", "time"), record, "up to when the catalogue was searched for the slot (UTC)"
        ),
    }


def result_arrays(size: int) -> dict[str, ArrayPlan]:
    """The arrays of group `excavation`, for windows of `size` pixels."""
    series, series_chunk = ("mine", "time", "y", "x"), (1, MASK_SLOTS, size, size)
    area, area_chunk = ("mine", "y", "x"), (1, size, size)

    def mask(long_name: str, codec: BloscCodec) -> ArrayPlan:
        attrs = {"long_name": long_name}
        return ArrayPlan(series, "bool", series_chunk, False, codec, attrs)

    def date(long_name: str) -> ArrayPlan:
        return _dates(area, area_chunk, long_name, AREA_CODEC)

    return coordinates() | {
        "change": mask("candidate change since the clear observation before", MASK_CODEC),
        "state": ArrayPlan(
            series,
            "uint8",
            series_chunk,
            int(State.NOT_OBSERVABLE),  # of a window that was not analysed
            MASK_CODEC,
            _flags(STATE_MEANINGS, "what is believed of the pixel"),
        ),
        "excavated": mask("inside the monotonic envelope of confirmed excavation", STEADY_CODEC),
        "onset": date("when the ground was opened"),
        "detected": date("when the excavation was first flagged"),
        "confirmed": date("when the excavation was confirmed"),
        "confidence": ArrayPlan(
            area,
            "float32",
            area_chunk,
            float("nan"),
            AREA_CODEC,
            {"long_name": "confidence that the ground was excavated", "units": "1"},
        ),
        "analysed": _along_mine("bool", False, long_name="the window's results were written"),
    }


def group_in(session: icechunk.Session, name: str = "", mode: Any = "r+") -> Any:
    """The named group of a session, or its root. Any: zarr types each member as array or group."""
    return zarr.open_group(session.store, path=name or None, mode=mode)


def create_arrays(
    group: zarr.Group, plans: Mapping[str, ArrayPlan], sizes: Mapping[str, int]
) -> None:
    """Make the arrays of `plans` in an empty group; `sizes` gives the length of every dim."""
    for name, plan in plans.items():
        group.create_array(
            name,
            shape=tuple(sizes[dim] for dim in plan.dims),
            chunks=plan.chunks,
            dtype=plan.dtype,
            fill_value=plan.fill,
            compressors=[plan.codec, *CHECKSUM],
            dimension_names=plan.dims,
            attributes=dict(plan.attrs),
        )


def resize(group: Any, lengths: Mapping[str, int]) -> None:
    """Give every array of a group the lengths of those of its dimensions that are named."""
    for _, array in group.arrays():
        names = array.metadata.dimension_names
        array.resize(
            tuple(lengths.get(dim, length) for dim, length in zip(names, array.shape, strict=True))
        )


def seconds(dates: Any) -> np.ndarray:
    """datetime64 of any unit -> int64 seconds since 1970 as stored; NaT becomes NEVER."""
    return np.asarray(dates, "datetime64[s]").astype(np.int64)


def dates(stored: np.ndarray) -> np.ndarray:
    """The way back: datetime64[s], NEVER becomes NaT."""
    return np.asarray(stored, np.int64).astype("datetime64[s]")
