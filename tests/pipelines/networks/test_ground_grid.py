"""A window's grid on the ground: its chips' outlines in degrees, also across the antimeridian."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from cube.polygons import unwrapped
from pipelines.networks.ground_grid import GroundGrid


def test_a_chip_lies_where_its_pixels_are():
    grid = GroundGrid(32644, 600_000.0, 2_470_000.0, 10.0, 512)
    square = grid.square(64, 128, 32)
    assert square.bounds == (601_280.0, 2_469_040.0, 601_600.0, 2_469_360.0)
    to_degrees = Transformer.from_crs(32644, 4326, always_xy=True).transform
    lon, lat = to_degrees(601_440.0, 2_469_200.0)
    middle = grid.in_degrees(square).centroid
    assert (middle.x, middle.y) == pytest.approx((lon, lat), abs=1e-6)
    assert grid.bounds == (600_000.0, 2_464_880.0, 605_120.0, 2_470_000.0)


def test_a_chip_across_the_antimeridian_is_two_parts_of_one_ground():
    x, y = Transformer.from_crs(4326, 32660, always_xy=True).transform(180.0, 66.0)
    left, top = 10 * round(x / 10) - 320.0, 10 * round(y / 10) + 320.0  # Chukotka
    outline = GroundGrid(32660, left, top, 10.0, 64).outline
    assert outline.geom_type == "MultiPolygon"
    west, south, east, north = unwrapped(outline).bounds
    assert (west + east) / 2 == pytest.approx(180.0, abs=1e-3)
    assert (south + north) / 2 == pytest.approx(66.0, abs=1e-3)
    wide = (east - west) * 111.32e3 * np.cos(np.deg2rad(66))
    assert wide == pytest.approx(640, rel=0.06)  # turned a little against the meridian
