"""Outlines have the area of their pixels and are valid, whatever the drawing."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from rasterio import Affine
from rasterio.features import shapes

from analysis.outlines import outline, outlines
from tests.analysis.small_mine import X0, Y0


def test_a_pixel_is_a_square_of_ten_metres_around_its_centre():
    assert outline(np.array([X0]), np.array([Y0])).equals(
        shapely.box(X0 - 5, Y0 - 5, X0 + 5, Y0 + 5)
    )


def test_a_ring_of_pixels_keeps_its_hole():
    row, column = np.nonzero(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]))
    ring = outline(X0 + 10.0 * column, Y0 - 10.0 * row)
    assert ring.area == 800
    assert not ring.contains(shapely.Point(X0 + 10, Y0 - 10))


def test_no_pixels_give_an_empty_outline():
    assert outline(np.empty(0), np.empty(0)).is_empty


@given(hnp.arrays(bool, (6, 6)))
@settings(max_examples=150, deadline=None)
def test_every_outline_is_valid_and_has_the_area_of_its_pixels(mask):
    row, column = np.nonzero(mask)
    found = outline(X0 + 10.0 * column, Y0 - 10.0 * row)
    assert found.is_valid
    assert found.area == 100 * row.size


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)))
@settings(max_examples=150, deadline=None)
def test_rings_are_gdals_to_the_vertex_and_in_its_order(mask):
    row, column = np.nonzero(mask)
    grid = Affine(10, 0, X0 - 5, 0, -10, Y0 + 5)
    drawn = shapes(mask.astype(np.uint8), mask=mask, connectivity=4, transform=grid)
    expected = shapely.MultiPolygon(
        [shapely.Polygon(s["coordinates"][0], s["coordinates"][1:]) for s, _ in drawn]
    )
    assert outline(X0 + 10.0 * column, Y0 - 10.0 * row).wkb == expected.wkb


def test_outlines_of_several_pieces_are_those_of_each():
    two = np.array([X0, X0 + 30.0]), np.array([Y0, Y0])
    none = np.empty(0), np.empty(0)
    found = outlines([none, two, (two[0][:1], two[1][:1])])
    assert [len(one.geoms) for one in found] == [0, 2, 1]
    assert [one.area for one in found] == [0, 200, 100]
    assert found[2].equals(shapely.box(X0 - 5, Y0 - 5, X0 + 5, Y0 + 5))
    assert len(outlines([])) == 0
