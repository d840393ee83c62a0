"""Where the made-up mines of an archive lie: coal fields, tiles, orbits and legal standing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from pyproj import Transformer

from cube.simulate.law import Case
from cube.simulate.tiles import Tile, mgrs_tile, neighbour_tile, own_tile


class Coverage(StrEnum):
    """Which tiles and orbits see a site."""

    WHOLE = "whole"
    TWO_TILES = "two_tiles"
    TWO_ZONES = "two_zones"
    SWATH_EDGE = "swath_edge"


# state, district, longitude, latitude of real Indian coal fields; the mines are invented
_FIELDS = (
    ("Chhattisgarh", "Korba", 82.56, 22.33, Coverage.TWO_TILES, Case.COMPLIANT),
    ("Odisha", "Jharsuguda", 83.93, 21.76, Coverage.TWO_ZONES, Case.FOREST_CREEP),
    ("Maharashtra", "Chandrapur", 79.28, 19.97, Coverage.WHOLE, Case.OUTSIDE_LEASE),
    ("Jharkhand", "Dhanbad", 86.41, 23.76, Coverage.SWATH_EDGE, Case.TIGHT_LEASE),
    ("Odisha", "Angul", 85.08, 20.96, Coverage.WHOLE, Case.WATER_ENTRY),
    ("Madhya Pradesh", "Singrauli", 82.66, 24.18, Coverage.TWO_TILES, Case.LAPSED_LEASE),
    ("West Bengal", "Paschim Bardhaman", 87.17, 23.66, Coverage.WHOLE, Case.NO_LAW),
    ("Madhya Pradesh", "Shahdol", 81.68, 23.17, Coverage.SWATH_EDGE, Case.LOOKALIKE_ZONES),
)


@dataclass(frozen=True)
class Place:
    """A site's place on Earth: outer corner (`left`, `top`) [m] in its own UTM zone `epsg`."""

    mine_id: str
    state: str
    district: str
    epsg: int
    left: float
    top: float
    case: Case
    coverage: Coverage
    orbit: int
    tiles: tuple[Tile, ...]


def place_of(number: int, seed: int, size: int) -> Place:
    """Place, tiles and legal case of the archive's mine `number`."""
    state, district, longitude, latitude, coverage, case = _FIELDS[number % len(_FIELDS)]
    rng = np.random.default_rng([seed, 15485863, number])
    spread = 0.01 if coverage == Coverage.TWO_ZONES else 0.06
    round_trip = number // len(_FIELDS)  # a second mine on the same field keeps its distance
    longitude += float(rng.uniform(-spread, spread))
    latitude += float(rng.uniform(-spread, spread)) + 0.15 * round_trip
    epsg = 32600 + int((longitude + 180) // 6) + 1
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(longitude, latitude)
    left = 20.0 * round((x - 5.0 * size) / 20)
    top = 20.0 * round((y + 5.0 * size) / 20)
    name = mgrs_tile(epsg, x, y, latitude)
    whole = slice(0, size)
    if coverage == Coverage.TWO_TILES:
        south = mgrs_tile(epsg, x, y - 100_000, latitude - 0.9)
        upper = slice(0, _even(0.62 * size))
        lower = slice(_even(0.38 * size), size)
        tiles: tuple[Tile, ...] = (
            own_tile(name, epsg, left, top, size, upper),
            own_tile(south, epsg, left, top, size, lower),
        )
    elif coverage == Coverage.TWO_ZONES:
        there = epsg + 1
        east = Transformer.from_crs(4326, there, always_xy=True).transform(longitude, latitude)
        other = mgrs_tile(there, *east, latitude)
        tiles = (
            own_tile(name, epsg, left, top, size, whole),
            neighbour_tile(other, there, epsg, left, top, size, share=0.6),
        )
    else:
        tiles = (own_tile(name, epsg, left, top, size, whole),)
    orbit = int(rng.integers(1, 144))
    mine_id = f"SIM_{number:03d}"
    return Place(mine_id, state, district, epsg, left, top, case, coverage, orbit, tiles)


def _even(pixels: float) -> int:
    return 2 * round(pixels / 2)
