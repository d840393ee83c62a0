"""What a simulated site's truth says of its land cover, day by day."""

from __future__ import annotations

import numpy as np
import xarray as xr

from analysis.networks.land_cover import LandCover
from cube.simulate import Cover, Ground
from pipelines.networks.cover_truth import cover_truth

NEVER, JUNE = np.datetime64("NaT", "D"), np.datetime64("2021-06-01")


def classes(ground, cover, onset, day):
    layers = {"ground": ground, "cover": cover, "onset": onset}
    truth = xr.Dataset({name: (("y", "x"), np.array([[one]])) for name, one in layers.items()})
    found = cover_truth(truth, np.array([[day]]))
    assert found.dtype == np.int8
    return int(found[0, 0])


def test_untouched_ground_is_what_grows_or_stands_on_it():
    for cover, expected in (
        (Cover.FOREST, LandCover.FOREST),
        (Cover.GRASS, LandCover.BACKGROUND),
        (Cover.DOUBLE_CROP, LandCover.AGRICULTURE),
        (Cover.SETTLEMENT, LandCover.BUILDING),
        (Cover.WATER, LandCover.WATER),
    ):
        assert classes(Ground.NATURAL, cover, NEVER, JUNE) == expected


def test_a_pit_is_forest_until_the_day_it_is_opened_and_barren_from_then_on():
    told = Ground.PIT, Cover.FOREST, JUNE
    assert classes(*told, JUNE - 1) == LandCover.FOREST
    assert classes(*told, JUNE) == LandCover.BARREN
    assert classes(Ground.PIT, Cover.FOREST, NEVER, JUNE) == LandCover.BARREN  # before all looks
    assert classes(Ground.HAUL_ROAD, Cover.FOREST, NEVER, JUNE) == LandCover.ROAD


def test_building_sites_and_ground_never_seen_are_unknown():
    assert classes(Ground.CONSTRUCTION, Cover.GRASS, NEVER, JUNE) == -1
    assert classes(Ground.PIT, Cover.GRASS, NEVER, NEVER) == -1
