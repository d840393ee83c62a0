"""Areas through time, rates and steadiness of a mine, on the UTM grid."""

import numpy as np
import pytest

from analysis.envelope import envelope, growth_rate
from analysis.regions import RegionSettings, regions
from tests.analysis.small_mine import dug

TWO_PIXELS = RegionSettings(minimum_mapping_unit_ha=0.02)


def of(*maps, **how):
    return envelope(regions(dug(*maps, **how), TWO_PIXELS))


def test_area_follows_the_slots_in_hectares_and_never_shrinks():
    found = of("1134. ..... ....7 ....7 .....")
    pixels = [0, 2, 2, 3, 4, 4, 4, 6, 6, 6]
    assert found.area_ha.tolist() == pytest.approx([n / 100 for n in pixels])
    assert found.total_ha == pytest.approx(0.06)
    assert found.largest_pit_ha == pytest.approx(0.04)


def test_opened_area_follows_the_onset_instead():
    found = of("55 ..", lag=20)  # confirmed 2021-02-20, opened 2021-01-31 = slot 3
    assert found.area_ha.tolist() == pytest.approx([0] * 5 + [0.02] * 5)
    assert found.opened_ha.tolist() == pytest.approx([0] * 3 + [0.02] * 7)


def test_ground_opened_before_the_record_counts_from_its_first_slot():
    assert of("11 ..", lag=40).opened_ha[0] == pytest.approx(0.02)


def test_growth_is_all_ground_over_the_months_since_its_first_onset():
    # onset 2021-01-11, the last slot ends 2021-04-10: 89 days = 2.924 months of 30.4375 days
    assert of("11 33").growth_ha_per_month == pytest.approx(0.04 / (89 / 30.4375))


def test_growth_is_never_extrapolated_from_less_than_a_month():
    onset = np.array(["2021-03-01"], "datetime64[D]")
    assert growth_rate(onset, 0.5, np.datetime64("2021-03-10")) == 0.5


def test_consistency_is_the_share_of_months_since_the_first_onset_with_new_ground():
    # onsets 2021-01-11 and 2021-03-02 out of January, February, March, April
    assert of("11 66").growth_consistency == 0.5
    assert of("11 ..").growth_consistency == 0.25


def test_a_mine_without_excavation_has_zero_area_and_unknown_rates():
    found = of(".. ..")
    assert found.area_ha.tolist() == found.opened_ha.tolist() == [0.0] * 10
    assert found.total_ha == found.largest_pit_ha == 0
    assert np.isnan(found.growth_ha_per_month)
    assert np.isnan(found.growth_consistency)
