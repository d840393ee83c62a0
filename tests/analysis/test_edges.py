"""How far pixels lie from lines: worked out by hand, and to the last bit as GEOS has it."""

import numpy as np
import pytest
import shapely

from analysis.edges import EDGES_PER_BOX, area_distance, edge_distance

CORNER = shapely.LineString([(0, 0), (10, 0), (10, 5)])


def ragged(corners: int, seed: int) -> shapely.Polygon:
    """An outline of many corners about a circle of 1500 m, with a hole."""
    random = np.random.default_rng(seed)
    angle = np.sort(random.random(corners)) * 2 * np.pi
    reach = 1500 + 200 * random.random(corners)
    ring = np.column_stack([3e5 + reach * np.cos(angle), 2.6e6 + reach * np.sin(angle)])
    return shapely.Polygon(ring).buffer(0).difference(shapely.Point(3e5, 2.6e6).buffer(300))


def pixels() -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(3e5 + 60.0 * np.arange(-35, 35), 2.6e6 + 60.0 * np.arange(35, -35, -1))
    return x.ravel(), y.ravel()


def test_the_nearest_edge_is_met_at_its_side_or_at_its_end():
    #                 above it  before it  past its end  beside the second edge
    away = edge_distance(CORNER, np.array([5.0, -3, 14, 12]), np.array([2.0, -4, -3, 3]))
    assert away.tolist() == [2, 5, 5, 2]


def test_beyond_the_reach_the_reach_is_told():
    away = edge_distance(CORNER, np.array([5.0, 5.0]), np.array([2.0, 40.0]), reach=20)
    assert away.tolist() == [2, 20]
    assert edge_distance(shapely.Polygon(), np.array([5.0]), np.array([2.0]), 7).tolist() == [7]


def test_inside_an_area_the_distance_is_nothing_and_in_its_hole_it_is_that_to_the_rim():
    ring = shapely.box(0, 0, 30, 30) - shapely.box(10, 10, 20, 20)
    away = area_distance(ring, np.array([5.0, 15, 33, 30]), np.array([5.0, 14, 34, 15]))
    assert away.tolist() == [0, 4, 5, 0]


@pytest.mark.parametrize("corners", [3, EDGES_PER_BOX, 2 * EDGES_PER_BOX + 1, 1300])
def test_distances_are_those_of_geos_to_the_last_bit(corners):
    area = ragged(corners, corners)
    x, y = pixels()
    points = shapely.points(x, y)
    lines = shapely.geometrycollections([area.boundary, CORNER])
    assert (edge_distance(area.boundary, x, y) == shapely.distance(area.boundary, points)).all()
    assert (edge_distance(lines, x, y) == shapely.distance(lines, points)).all()
    assert (area_distance(area, x, y) == shapely.distance(area, points)).all()
