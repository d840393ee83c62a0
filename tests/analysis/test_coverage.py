"""The share of a pixel under a polygon is exact, at edges and around holes too."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coverage import coverage
from analysis.mosaic import PIXEL_HA
from tests.analysis.small_mine import X0, Y0

ROW = X0 + 10.0 * np.arange(4), np.full(4, Y0)


def box(left, right, height=10.0):
    """Rectangle over the row of pixels; x in metres from the first pixel's left edge."""
    return shapely.box(X0 - 5 + left, Y0 - height / 2, X0 - 5 + right, Y0 + height / 2)


def test_an_edge_through_a_pixel_gives_the_part_it_covers():
    # from 4 m into the first pixel to 3 m into the third
    assert coverage(box(4, 23), *ROW).tolist() == pytest.approx([0.6, 1.0, 0.3, 0.0])


def test_an_edge_on_the_pixel_border_gives_whole_pixels():
    assert coverage(box(10, 30), *ROW).tolist() == [0.0, 1.0, 1.0, 0.0]


def test_a_diagonal_edge_halves_the_pixel():
    triangle = shapely.Polygon([(X0 - 5, Y0 - 5), (X0 + 5, Y0 - 5), (X0 + 5, Y0 + 5)])
    assert coverage(triangle, *ROW).tolist() == pytest.approx([0.5, 0, 0, 0])


def test_a_hole_is_not_covered():
    ring = box(-50, 90, 60).difference(box(10, 25, 60))
    assert coverage(ring, *ROW).tolist() == pytest.approx([1.0, 0.0, 0.5, 1.0])


def test_a_polygon_smaller_than_a_pixel_counts_with_its_area():
    assert coverage(box(2, 4, 5), *ROW).tolist() == pytest.approx([0.1, 0, 0, 0])


@pytest.mark.parametrize("nothing", [shapely.Polygon(), shapely.LineString()])
def test_an_empty_polygon_covers_nothing(nothing):
    assert coverage(nothing, *ROW).tolist() == [0, 0, 0, 0]


corner = st.tuples(st.floats(-20, 100), st.floats(-100, 20))


@given(st.lists(corner, min_size=3, max_size=8))
@settings(max_examples=80, deadline=None)
def test_shares_add_up_to_the_area_of_the_polygon(corners):
    hull = shapely.MultiPoint([(X0 + x, Y0 + y) for x, y in corners]).convex_hull
    if hull.geom_type != "Polygon":
        return
    steps = 10.0 * np.arange(14)
    x, y = (v.ravel() for v in np.meshgrid(X0 - 30 + steps, Y0 + 30 - steps))
    covered_ha = coverage(hull, x, y).sum() * PIXEL_HA
    assert covered_ha == pytest.approx(hull.area / 1e4, abs=1e-6)


def cut(polygon, x, y):
    """Shares as GEOS has them, pixel by pixel."""
    return (
        shapely.area(shapely.intersection(shapely.box(x - 5, y - 5, x + 5, y + 5), polygon)) / 100
    )


def test_ragged_edges_holes_and_islands_are_as_if_every_pixel_were_cut_by_itself():
    rng = np.random.default_rng(3)
    turn = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    away = 90 + rng.uniform(-25, 25, turn.size)
    middle = X0 + 100, Y0 - 100
    ragged = shapely.Polygon(
        np.column_stack([middle[0] + away * np.cos(turn), middle[1] + away * np.sin(turn)])
    ).buffer(0)
    holed = ragged.difference(shapely.Point(*middle).buffer(31.7))
    whole = shapely.union(holed, shapely.box(X0 + 88.5, Y0 - 111, X0 + 103.25, Y0 - 96))
    side = np.arange(20) * 10.0
    x, y = (v.ravel() for v in np.meshgrid(X0 + side, Y0 - side))
    np.testing.assert_allclose(coverage(whole, x, y), cut(whole, x, y), atol=1e-9)
    some = rng.permutation(x.size)[:37]  # neither all of them, nor in order
    np.testing.assert_allclose(
        coverage(whole, x[some], y[some]), cut(whole, x[some], y[some]), atol=1e-9
    )


def test_pixels_of_two_grids_each_get_their_share():
    x, y = np.array([X0, X0 + 14.0, X0 + 20.0]), np.array([Y0, Y0, Y0])
    # 4 m to 23 m from the first pixel's left edge: 6 of 10 m; 14 to 23 of 14 to 24; 20 to 23
    assert coverage(box(4, 23), x, y).tolist() == pytest.approx([0.6, 0.9, 0.3])


def test_a_line_that_an_overlay_left_covers_nothing():
    line = shapely.LineString([(X0, Y0), (X0 + 20, Y0)])
    left = shapely.GeometryCollection([line, shapely.MultiPolygon([box(4, 23)])])
    assert coverage(left, *ROW).tolist() == pytest.approx([0.6, 1.0, 0.3, 0.0])
