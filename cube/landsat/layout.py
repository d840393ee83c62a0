"""The shape of group `landsat`: which arrays it holds, their dtypes, chunks and attributes."""

from __future__ import annotations

from cube.contract import CORE_BANDS, QUALITY_MEANINGS, SCALE
from cube.landsat.contract import KELVIN_SCALE
from cube.store.layout import (
    IMAGE_CODEC,
    NEVER,
    QUALITY_CODEC,
    RECORD_CHUNK,
    TABLE_CHUNK,
    TABLE_CODEC,
    ArrayPlan,
)

COVER_SCALE = 1e-4
"""Share of a pixel per stored number of `cover`."""

NO_COVER = 65535
"""Stored in `cover` where no polygons were laid over the tile."""


def _along_tile(dtype: str, fill: object, **attrs: object) -> ArrayPlan:
    return ArrayPlan(("tile",), dtype, (TABLE_CHUNK,), fill, TABLE_CODEC, attrs)


def _record(dtype: str, fill: object, **attrs: object) -> ArrayPlan:
    chunk = (RECORD_CHUNK, RECORD_CHUNK)
    return ArrayPlan(("tile", "time"), dtype, chunk, fill, TABLE_CODEC, attrs)


def landsat_arrays(size: int) -> dict[str, ArrayPlan]:
    """The arrays of group `landsat`, for tiles of `size` pixels."""
    series, image = ("tile", "time", "y", "x"), (1, 1, size, size)
    time = {
        "long_name": "first day of the year",
        "units": "seconds since 1970-01-01",
        "calendar": "proleptic_gregorian",
        "standard_name": "time",
    }
    return {
        "tile_id": _along_tile("string", "", long_name="tile"),
        "epsg": _along_tile("int32", 0, long_name="EPSG code of the tile's (northern) UTM zone"),
        "x0": _along_tile("float64", 0.0, long_name="easting of the upper-left pixel", units="m"),
        "y0": _along_tile("float64", 0.0, long_name="northing of the upper-left pixel", units="m"),
        "time": ArrayPlan(("time",), "int64", (TABLE_CHUNK,), 0, TABLE_CODEC, time),
        "band": ArrayPlan(
            ("band",), "string", (TABLE_CHUNK,), "", TABLE_CODEC, {"long_name": "band"}
        ),
        "reflectance": ArrayPlan(
            ("tile", "time", "band", "y", "x"),
            "uint16",
            (1, 1, len(CORE_BANDS), size, size),
            0,
            IMAGE_CODEC,
            {
                "long_name": "surface reflectance, median of the year's clear looks",
                "standard_name": "surface_bidirectional_reflectance",
                "cell_methods": "time: median",
                "units": "1",
                "scale_factor": SCALE,
                "_FillValue": 0,
            },
        ),
        "temperature": ArrayPlan(
            series,
            "uint16",
            image,
            0,
            IMAGE_CODEC,
            {
                "long_name": "surface temperature, median of the year's clear looks",
                "standard_name": "surface_temperature",
                "cell_methods": "time: median",
                "units": "K",
                "scale_factor": KELVIN_SCALE,
                "_FillValue": 0,
            },
        ),
        "looks": ArrayPlan(
            series,
            "uint8",
            image,
            0,
            QUALITY_CODEC,
            {"long_name": "clear looks behind the median", "units": "1"},
        ),
        "quality": ArrayPlan(
            series,
            "uint8",
            image,
            0,
            QUALITY_CODEC,
            {
                "long_name": "what is known of the pixel",
                "flag_values": list(range(len(QUALITY_MEANINGS.split()))),
                "flag_meanings": QUALITY_MEANINGS,
            },
        ),
        "cover": ArrayPlan(
            ("tile", "y", "x"),
            "uint16",
            (1, size, size),
            NO_COVER,
            QUALITY_CODEC,
            {
                "long_name": "share of the pixel inside a mining polygon",
                "units": "1",
                "scale_factor": COVER_SCALE,
                "_FillValue": NO_COVER,
            },
        ),
        "cover_source": _along_tile("string", "", long_name="polygon file behind `cover`"),
        "source_items": _record("string", "", long_name="scenes behind the pixels, as JSON"),
        "failed_reads": _record("uint16", 0, long_name="scenes that could not be read", units="1"),
        "composed": _record(
            "int64",
            int(NEVER),
            long_name="when the composite was made (UTC)",
            units="seconds since 1970-01-01",
            calendar="proleptic_gregorian",
            _FillValue=int(NEVER),
        ),
    }
