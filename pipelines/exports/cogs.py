"""An array on a mine's grid in, a Cloud-Optimized GeoTIFF out: equal pixels, equal bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.io import MemoryFile

TILE = 256
"""Side of the tiles inside a file [pixel]; smaller overviews follow where a side exceeds it."""


class OnGround(Protocol):
    """Where pixels lie: a grid of a mine, or any other."""

    @property
    def epsg(self) -> int: ...

    @property
    def transform(self) -> Affine: ...


@dataclass(frozen=True)
class Band:
    """What one band of a file says of itself."""

    name: str
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Cog:
    """A file to be: `pixels` (band, y, x) on `grid`, and how it presents itself.

    palette : colours (red, green, blue) by value, for one band of uint8 classes.
    averaged : overviews average the pixels; else they take the nearest, so that no value appears
        that was not there.
    tags : free words about the whole file.
    """

    pixels: np.ndarray
    grid: OnGround
    nodata: int
    bands: Sequence[Band]
    palette: Mapping[int, tuple[int, int, int]] | None = None
    averaged: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


def cog_bytes(cog: Cog) -> bytes:
    """The file, deflated, in tiles of 256 pixels with overviews."""
    count, height, width = cog.pixels.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="COG",
            count=count,
            height=height,
            width=width,
            dtype=cog.pixels.dtype,
            crs=f"EPSG:{cog.grid.epsg}",
            transform=cog.grid.transform,
            nodata=cog.nodata,
            blocksize=TILE,
            compress="DEFLATE",
            level=9,
            predictor="YES",
            overview_resampling="AVERAGE" if cog.averaged else "NEAREST",
            num_threads=1,
        ) as file:
            file.write(cog.pixels)
            file.update_tags(**cog.tags)
            for number, band in enumerate(cog.bands, 1):
                file.set_band_description(number, band.name)
                if band.unit:
                    file.set_band_unit(number, band.unit)
            if cog.palette is not None:
                file.write_colormap(1, dict(cog.palette))
            elif cog.averaged and count == 3:
                file.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue]
        return memory.read()
