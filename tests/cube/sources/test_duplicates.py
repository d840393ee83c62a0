"""Which of several products of one acquisition stays."""

from dataclasses import replace

import numpy as np
from shapely.geometry import box, mapping

from cube.sources.duplicates import newest
from cube.sources.item import scene
from tests.cube.sources.serving import s2_item

OLD = scene(s2_item("S2A_44QPK_20220301_0_L2A", "2022-03-01", {"red": "a.tif"}))
OLD = replace(OLD, baseline=3.01)
NEW = replace(OLD, item_id="S2A_44QPK_20220301_1_L2A", baseline=5.0)


def test_the_newest_baseline_of_an_acquisition_stays():
    assert newest([OLD, NEW]) == [NEW]
    assert newest([NEW, OLD]) == [NEW]


def test_reprocessing_may_move_the_stated_time_by_seconds():
    assert (
        newest([OLD, replace(NEW, acquired=OLD.acquired + np.timedelta64(9, "s"))])[0].baseline == 5
    )


def test_of_equal_baselines_the_later_id_stays():
    assert newest([replace(OLD, baseline=5.0), NEW]) == [NEW]


def test_a_product_without_a_baseline_gives_way_to_one_with():
    assert newest([replace(OLD, baseline=None), NEW]) == [NEW]


def test_other_tiles_days_and_platforms_are_no_duplicates():
    others = [
        replace(NEW, tile="44QNK", item_id="tile"),
        replace(NEW, platform="sentinel-2b", item_id="platform"),
        replace(NEW, acquired=NEW.acquired + np.timedelta64(5, "D"), item_id="day"),
    ]
    assert {s.item_id for s in newest([OLD, *others])} == {OLD.item_id, "tile", "platform", "day"}


def test_two_halves_of_a_tile_cut_at_a_data_strip_both_stay():
    west, east = mapping(box(82.0, 22.0, 82.6, 23.0)), mapping(box(82.5, 22.0, 83.0, 23.0))
    assert len(newest([replace(OLD, footprint=west), replace(NEW, footprint=east)])) == 2


def test_a_newer_product_of_the_whole_replaces_both_halves():
    halves = [mapping(box(82.0, 22.0, 82.6, 23.0)), mapping(box(82.5, 22.0, 83.0, 23.0))]
    whole = replace(NEW, footprint=mapping(box(82.0, 22.0, 83.0, 23.0)))
    old = [replace(OLD, footprint=h, item_id=f"half {i}") for i, h in enumerate(halves)]
    assert newest([*old, whole]) == [whole]


def test_scenes_come_by_acquisition_whatever_order_they_went_in():
    later = replace(NEW, acquired=np.datetime64("2022-03-06T05:06:07"), item_id="later")
    assert [s.item_id for s in newest([later, NEW])] == [NEW.item_id, "later"]


def test_a_footprint_that_cannot_be_read_replaces_nothing():
    assert len(newest([OLD, replace(NEW, footprint={"type": "Polygon"})])) == 2
