"""One date over one site -> its products on disk: COGs of every tile, and their STAC items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS

from cube.contract import BANDS
from cube.simulate.items import Product, carries_offset, href, item
from cube.simulate.places import Coverage, Place
from cube.simulate.site import FINE, Look, Site, digital_numbers
from cube.simulate.tiles import Tile, swath, taken

OFFSET = -1000
"""What a reader adds to the digital numbers of processing baseline 04.00 and later."""

# first day on which a processing baseline was in use
_BASELINES = (
    ("2015-01-01", "02.14"),
    ("2021-03-30", "03.00"),
    ("2021-07-01", "03.01"),
    ("2022-01-25", "04.00"),
    ("2022-12-06", "05.09"),
    ("2023-12-13", "05.10"),
)
REPROCESSED = "05.00"
"""Baseline of Collection 1: some early dates are in the archive a second time."""


@dataclass(frozen=True)
class Shot:
    """One product to write: its tile, metadata, and the edge of the swath (None: inside it)."""

    tile: Tile
    baseline: str
    sequence: int
    offset_in_pixels: bool
    offset_applied: bool
    acquired: np.datetime64
    satellite: str
    orbit: int
    edge: float | None
    piece: str = ""

    def key(self, dialect: str) -> tuple:
        """What a scene's name is made of; two scenes with one key would be one file."""
        seen = (self.tile.name, self.satellite, self.sequence)
        if dialect == "earth_search":
            return (*seen, self.acquired.astype("datetime64[D]"))
        return (*seen, self.acquired, self.orbit, self.baseline)


@dataclass(frozen=True)
class Passage:
    """One overflight: look number `look` of the site and the products made of it."""

    look: int
    products: tuple[Shot, ...]


def passages(site: Site, place: Place, dialect: str) -> list[Passage]:
    """Everything the archive holds of a site, date by date."""
    rng = np.random.default_rng([site.seed, 32452843])
    settings = site.settings
    out = []
    for look, date in enumerate(settings.dates):
        day = int((date - settings.first).astype(int))
        satellite = "AB"[(day // 5) % 2] if settings.cadence_days % 10 else "B"
        moment = date + np.timedelta64(5 * 3600 + int(rng.integers(240, 1500)), "s")
        edge = None
        if place.coverage == Coverage.SWATH_EDGE and rng.random() < 0.5:
            edge = float(rng.uniform(0.35, 0.75))
        again = rng.random() < 0.06
        applied = bool(rng.random() < 0.5) and dialect == "earth_search"
        shots = []
        for k, tile in enumerate(place.tiles):
            baseline = _baseline(date)
            shot = Shot(
                tile,
                baseline,
                0,
                carries_offset(baseline) and not applied,
                carries_offset(baseline) and applied,
                (moment + np.timedelta64(14 * k, "s")).astype("datetime64[s]"),
                satellite,
                place.orbit,
                edge,
            )
            shots.append(shot)
            if again and not carries_offset(baseline):
                shots.append(
                    Shot(
                        tile, REPROCESSED, 1, True, False, shot.acquired, satellite, place.orbit,
                        edge,
                    )
                )  # fmt: skip
        out.append(Passage(look, tuple(shots)))
    return out


def told_apart(every: Sequence[tuple[Place, list[Passage]]], dialect: str) -> list[list[Passage]]:
    """The passages of several sites, whose scenes carry the mine's name where names would clash.

    Sites of one tile are seen on the same days: the first keeps the catalogue's plain names, a
    later one that would take a name again shows its own piece of the tile in all its scenes.
    """
    taken: set[tuple] = set()
    found = []
    for place, passed in every:
        keys = {shot.key(dialect) for passage in passed for shot in passage.products}
        found.append(_of_piece(passed, place.mine_id) if keys & taken else passed)
        taken |= keys
    return found


def _of_piece(passed: list[Passage], piece: str) -> list[Passage]:
    return [
        Passage(one.look, tuple(replace(shot, piece=piece) for shot in one.products))
        for one in passed
    ]


def write_passage(
    folder: Path, site: Site, passage: Passage, dialect: str, bands: tuple[str, ...]
) -> list[dict]:
    """Photograph one date, write its COGs below `folder`, and return the items."""
    look = site.look(passage.look)
    with rasterio.Env():
        return [_write(folder, look, shot, dialect, bands) for shot in passage.products]


def _write(folder: Path, look: Look, shot: Shot, dialect: str, bands: tuple[str, ...]) -> dict:
    tile = shot.tile
    seen, outline = swath(tile, shot.edge)
    seen_fine = seen.repeat(2, 0).repeat(2, 1)
    scl = taken(look.scl, tile.coarse, seen)
    counts = np.bincount(scl.ravel(), minlength=12) / scl.size
    product = Product(
        tile.name,
        tile.epsg,
        shot.acquired,
        shot.satellite,
        shot.orbit,
        shot.baseline,
        shot.sequence,
        shot.offset_applied,
        tile.bounds,
        outline,
        {c: 100.0 * float(share) for c, share in enumerate(counts) if share},
        shot.piece,
    )
    fine, coarse = digital_numbers(look, OFFSET if shot.offset_in_pixels else 0)
    first = folder / href(product, dialect, "scl")
    first.parent.mkdir(parents=True, exist_ok=True)
    _write_cog(first, scl, tile, 20)
    coarse_bands = [band for band in BANDS if band not in FINE]
    for band in bands:
        path = folder / href(product, dialect, band)
        if path.parent != first.parent:
            path.parent.mkdir(parents=True, exist_ok=True)
        if band in FINE:
            _write_cog(path, taken(fine[FINE.index(band)], tile.fine, seen_fine), tile, 10)
        else:
            _write_cog(path, taken(coarse[coarse_bands.index(band)], tile.coarse, seen), tile, 20)
    return item(product, dialect, bands)


def _write_cog(path: Path, image: np.ndarray, tile: Tile, pixel: int) -> None:
    """One band as a tiled, deflated GeoTIFF, header first: a COG too small for overviews."""
    rows, columns = image.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=rows,
        width=columns,
        count=1,
        dtype=image.dtype,
        crs=_crs(tile.epsg),
        transform=Affine(pixel, 0, tile.left, 0, -pixel, tile.top),
        nodata=0,
        tiled=True,
        blockxsize=128,
        blockysize=128,
        compress="deflate",
        predictor=2 if image.dtype == np.uint16 else 1,
        zlevel=1,
    ) as file:
        file.write(image, 1)


@lru_cache
def _crs(epsg: int) -> CRS:
    return CRS.from_epsg(epsg)


def _baseline(date: np.datetime64) -> str:
    return [number for first, number in _BASELINES if date >= np.datetime64(first)][-1]
