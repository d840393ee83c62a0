"""Which scenes answer a search: place by place, also where longitudes begin anew."""

import numpy as np
import pytest
from shapely.geometry import MultiPolygon, box, mapping

from cube.contract import Scene, Window
from cube.sources.source import touches
from cube.windows import lonlat_bbox

EAST, WEST = box(178.9, -17.9, 180, -16.9), box(-180, -17.9, -179.6, -16.9)
FIJI = Window("F", 0, 32701, 180_000.0, 8_100_000.0, 512)
"""The window's west edge lies at 179.99 E, its east edge at 179.96 W."""


def scene(bbox, footprint) -> Scene:
    when = np.datetime64("2023-01-01T22:20:00", "s")
    given = ("sentinel-2a", "01KAB", 32701, 5.1, None, None)
    return Scene("S", "c", when, *given, bbox, mapping(footprint), {})


@pytest.mark.parametrize(
    ("bbox", "footprint"),
    [
        ((178.9, -17.9, -179.6, -16.9), MultiPolygon([EAST, WEST])),
        ((178.9, -17.9, 180.4, -16.9), box(178.9, -17.9, 180.4, -16.9)),
        ((-180.0, -17.9, 180.0, -16.9), MultiPolygon([EAST, WEST])),
        (EAST.bounds, EAST),
        (WEST.bounds, WEST),
    ],
)
def test_a_window_across_the_antimeridian_finds_its_scenes_however_they_are_written(
    bbox, footprint
):
    around = lonlat_bbox(FIJI)
    assert around[0] > 179.9
    assert around[2] < -179.9
    assert touches(scene(bbox, footprint), around)
    assert not touches(scene(bbox, footprint), (178.0, -17.2, 178.5, -17.1)) or bbox[0] == -180
    assert not touches(scene(bbox, footprint), (179.9, 16.0, -179.9, 16.1))


def test_a_window_across_the_antimeridian_finds_nothing_elsewhere():
    there = box(82.0, -17.9, 83.0, -16.9)
    assert not touches(scene(there.bounds, there), lonlat_bbox(FIJI))


def test_a_footprint_counts_not_its_box():
    slanted = box(82.0, 22.0, 83.0, 23.0).difference(box(82.5, 22.0, 83.0, 23.0))
    one = scene((82.0, 22.0, 83.0, 23.0), slanted)
    assert touches(one, (82.1, 22.1, 82.2, 22.2))
    assert not touches(one, (82.8, 22.1, 82.9, 22.2))
