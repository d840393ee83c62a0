"""Synthetic zones: the greenest tenth and the waters of the history, widened, and always marked."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from analysis.compliance import ComplianceRule, compliance
from analysis.coverage import coverage
from analysis.history_means import HistoryMeans
from analysis.regions import RegionSettings, regions
from analysis.synthetic_zones import (
    SYNTHETIC_NOTE,
    SYNTHETIC_PREFIX,
    SYNTHETIC_SOURCE,
    SyntheticRule,
    is_synthetic,
    synthetic_masks,
    synthetic_zones,
    yielding,
    zone_polygons,
)
from analysis.zones import zone_assignments
from cube.contract import CubeError
from cube.law import ZONE_TYPES
from tests.analysis.small_mine import EPSG, block, dug, leases, window, zones

SIZE = 40
EXACT = SyntheticRule(buffer_m=0)


def land(size: int = SIZE, looks: int = 12) -> dict[str, np.ndarray]:
    """Dry scrub with a faint slope of greenness and of brightness, so that no two pixels tie."""
    step = np.arange(size * size).reshape(size, size) / (size * size)
    return {
        "ndvi": 0.4 + 0.001 * step,
        "mndwi": np.full((size, size), -0.4),
        "nir": 0.3 + 0.001 * step,
        "swir16": 0.25 + 0.001 * step,
        "looks": np.full((size, size), looks),
    }


def means(ground: dict[str, np.ndarray]) -> HistoryMeans:
    planes = {name: plane.astype(np.float32) for name, plane in ground.items() if name != "looks"}
    return HistoryMeans(**planes, looks=ground["looks"].astype(np.int16))


def wood(ground, here=np.s_[5:15, 5:15]):
    """10 x 10 pixels: one hectare of the 1600 pixels, so that all of it is in the tenth."""
    ground["ndvi"][here] = 0.8
    return ground


def pond(ground, here=np.s_[25:35, 25:35], mndwi=0.5):
    ground["ndvi"][here] = -0.2
    ground["nir"][here] = 0.02
    ground["swir16"][here] = 0.01
    ground["mndwi"][here] = mndwi
    return ground


def test_the_greenest_tenth_in_patches_of_a_hectare_is_forest():
    found = synthetic_masks(means(wood(land())), EXACT)
    # 160 of 1600 pixels are the tenth: the wood and the 60 of the last, greenest rows, 0.6 ha
    assert found["forest"].sum() == 100
    assert found["forest"][5:15, 5:15].all()
    assert not found["water"].any()


def test_a_wood_below_the_least_area_is_left_out():
    small = wood(land(), np.s_[5:15, 5:14])  # 90 pixels
    assert not synthetic_masks(means(small), EXACT)["forest"].any()


def test_dark_in_both_infrared_bands_and_bright_in_green_is_water():
    found = synthetic_masks(means(pond(land())), EXACT)
    assert found["water"].sum() == 100
    assert found["water"][25:35, 25:35].all()


def test_coal_as_dark_as_water_is_none():
    coal = pond(land(), mndwi=-0.1)
    assert not synthetic_masks(means(coal), EXACT)["water"].any()


def test_shadow_dark_in_one_band_only_is_no_water():
    one = pond(land())
    one["swir16"][25:35, 25:35] = 0.3
    assert not synthetic_masks(means(one), EXACT)["water"].any()


def test_zones_reach_fifty_metres_beyond():
    found = synthetic_masks(means(pond(wood(land()))), SyntheticRule())
    forest, water = found["forest"], found["water"]
    # five pixels on each side, and of each corner the 15 pixels within 50 m of it
    assert forest.sum() == 100 + 4 * 50 + 4 * 15
    assert forest[0:20, 5:15].all()
    assert forest[2, 1]  # 3 up and 4 left of the corner: 50 m
    assert not forest[1, 1]  # 4 and 4: 57 m
    assert not (forest & water).any()


def test_where_the_two_meet_water_comes_first():
    beside = pond(wood(land()), np.s_[5:15, 15:25])
    found = synthetic_masks(means(beside), SyntheticRule())
    assert found["water"][5:15, 10:30].all()
    assert not (found["forest"] & found["water"]).any()
    assert found["forest"][5:15, 5:10].all()


def test_ground_open_all_through_the_history_is_in_no_zone():
    ground = wood(land())
    ground["ndvi"][5:15, 15:18] = 0.1  # a pit beside the wood
    found = synthetic_masks(means(ground), SyntheticRule())["forest"]
    assert not found[5:15, 15:18].any()
    assert found[5:15, 18:20].all()


def test_bare_land_has_no_forest_and_like_land_no_tenth():
    bare = wood(land())
    bare["ndvi"] -= 0.55
    assert not synthetic_masks(means(bare), EXACT)["forest"].any()
    alike = land()
    alike["ndvi"][:] = 0.6
    assert not synthetic_masks(means(alike), EXACT)["forest"].any()


def test_pixels_seen_too_seldom_are_not_ranked():
    seldom = wood(land(looks=5))
    assert not any(mask.any() for mask in synthetic_masks(means(seldom), EXACT).values())


def test_the_zones_have_the_columns_of_law_the_mark_and_the_day_monitoring_begins():
    found = synthetic_zones(
        [window(size=SIZE)], [means(pond(wood(land())))], np.datetime64("2021-12-28"), EXACT
    )
    assert found["zone_id"].tolist() == ["synthetic-water-CIL_001-1", "synthetic-forest-CIL_001-1"]
    assert found["zone_type"].tolist() == ["water", "forest"]
    assert set(found["zone_type"]) < set(ZONE_TYPES)
    assert found["zone_id"].map(is_synthetic).all()
    assert (found["source"] == SYNTHETIC_SOURCE).all()
    assert SYNTHETIC_PREFIX.startswith("synthetic")
    assert found["valid_from"].dt.strftime("%Y-%m-%d").tolist() == ["2021-12-28"] * 2
    assert found["valid_to"].isna().all()
    assert found["accuracy_m"].tolist() == [10.0, 10.0]
    assert found.crs.to_epsg() == 4326


def test_edges_follow_the_pixels_to_the_millimetre():
    where = window(size=SIZE)
    ground = means(wood(land()))
    found = synthetic_zones([where], [ground], np.datetime64("2021-12-28"))
    steps = 10.0 * np.arange(where.size)
    x, y = np.meshgrid(where.x0 + steps, where.y0 - steps)
    share = coverage(found.to_crs(EPSG).geometry[0], x.ravel(), y.ravel()).reshape(x.shape)
    assert np.abs(share - synthetic_masks(ground, SyntheticRule())["forest"]).max() < 1e-3


def test_a_wood_across_two_windows_is_one_zone():
    left, right = land(24), land(24)
    left["ndvi"][5:15, 18:] = 0.8  # 60 pixels
    right["ndvi"][5:15, :4] = 0.8  # and 40, of 1152 together
    pair = [window(size=24), window(number=1, east=24, size=24)]
    found = synthetic_zones(pair, [means(left), means(right)], np.datetime64("2021-12-28"), EXACT)
    assert found["zone_id"].tolist() == ["synthetic-forest-CIL_001-1"]
    assert found.to_crs(EPSG).area.tolist() == pytest.approx([10_000], abs=0.1)


def test_zones_are_numbered_from_the_upper_left_and_holes_stay_holes():
    mask = np.zeros((12, 12), bool)
    mask[6:10, 0:3] = mask[2:5, 8:11] = mask[2:5, 2:5] = True
    mask[3, 3] = False
    where = window(size=12)
    found = zone_polygons(mask, where)
    corners = [(part.bounds[0] - where.x0 + 5, where.y0 + 5 - part.bounds[3]) for part in found]
    assert corners == [(20, 20), (80, 20), (0, 60)]
    assert found[0].area == 800
    assert len(found[0].interiors) == 1


def test_a_mine_without_history_enough_has_a_table_without_rows():
    none = synthetic_zones([window(size=SIZE)], [means(land(looks=2))], np.datetime64("2021-12-28"))
    some = synthetic_zones(
        [window(size=SIZE)], [means(wood(land()))], np.datetime64("2021-12-28"), EXACT
    )
    assert len(none) == 0
    assert none.dtypes.to_dict() == some.dtypes.to_dict()


def test_a_synthetic_zone_leaves_ground_outside_the_lease_to_the_lease():
    both = zones(
        ("synthetic-forest-CIL_001-1", "forest", block(0, 0, 4, 4)),
        ("F1", "forest", block(0, 0, 4, 4)),
    ).to_crs(EPSG)
    held = leases(("L1", "CIL_001", block(2, 0, 9, 9))).to_crs(EPSG)
    cut = yielding(both, held, has_lease=True)
    assert cut.area.tolist() == pytest.approx([800, 1600], abs=0.1)
    assert yielding(both, held, has_lease=False).area.tolist() == pytest.approx([1600] * 2, abs=0.1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"share": 0.0}, "share is 0.0, expected a share between 0 and 1"),
        ({"buffer_m": -1.0}, "buffer_m -1.0, least_core_ha 1.0 and min_looks 6 must be"),
        ({"min_looks": 0}, "min_looks 0 must be 0 to 1000 m, 0 or more, and 1 or more"),
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        SyntheticRule(**wrong)


def judged(nogo=(), lease=()):
    """0.04 ha of which two pixels lie in the columns 2 and 3, opened 2021-01-31."""
    sure = ComplianceRule(min_area_ha=0.02, geolocation_m=0.0)
    ground = regions(dug("..33 ..33 .... ...."), RegionSettings(minimum_mapping_unit_ha=0.01))
    return compliance(ground, block(0, 0, 4, 4), zones(*nogo), leases(*lease), sure)


def test_the_reason_of_an_alert_in_a_synthetic_zone_says_so():
    made = ("synthetic-forest-CIL_001-1", "forest", block(2, -9, 9, 9))
    reason = judged([made]).findings["reason"][0]
    assert "0.04 ha excavated in synthetic forest zone synthetic-forest-CIL_001-1" in reason
    assert SYNTHETIC_NOTE in reason
    given = ("F1", "forest", block(2, -9, 9, 9))
    assert "synthetic" not in judged([given]).findings["reason"][0]


def test_a_synthetic_zone_takes_no_ground_from_real_law():
    made = ("synthetic-water-CIL_001-1", "water", block(2, -9, 9, 9))
    forest = ("F1", "forest", block(2, -9, 9, 9))
    lease = ("L1", "CIL_001", block(-9, -9, 2, 9))
    assert judged([made, forest]).findings["zone_id"].tolist() == ["F1"]
    outside = judged([made], [lease]).findings
    assert outside["rule"].tolist() == ["outside_lease"]
    assert outside["area_ha"].tolist() == pytest.approx([0.04])
    within = judged([made], [("L1", "CIL_001", block(-9, -9, 9, 9))]).findings
    assert within["zone_id"].tolist() == ["synthetic-water-CIL_001-1"]


def test_a_synthetic_zone_is_listed_but_makes_no_mine_no_go():
    mine = gpd.GeoDataFrame(
        {"mine_id": ["CIL_001"], "epsg": [EPSG]}, geometry=[block(0, 0, 9, 9)], crs=4326
    )
    made = ("synthetic-forest-CIL_001-1", "forest", block(0, 0, 4, 4))
    days = np.datetime64("2021-01-01"), np.datetime64("2021-12-31")
    alone = zone_assignments(mine, zones(made), leases(), *days).iloc[0]
    assert (alone.zone, alone.zone_ids) == ("UNKNOWN", "synthetic-forest-CIL_001-1")
    assert alone.nogo_share == 0
    both = zones(made, ("F1", "forest", block(0, 0, 4, 4)))
    beside = zone_assignments(mine, both, leases(), *days).iloc[0]
    assert (beside.zone, beside.zone_ids) == ("NO-GO", "F1;synthetic-forest-CIL_001-1")
