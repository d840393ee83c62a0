"""Pits dug into imagery: where they go, what they show on each date, what counts as found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.detection import Excavation
from analysis.injection import (
    InjectionRule,
    Pits,
    detectability,
    dug_into,
    placed_pits,
    smallest_detectable,
    trials,
)
from cube.contract import CubeError

DAYS = np.array(["2022-01-15", "2022-07-15"], "datetime64[D]")


def test_pits_have_their_size_keep_their_distance_and_stay_on_undisturbed_ground():
    undisturbed = np.ones((40, 40), bool)
    undisturbed[:, :10] = False
    rule = InjectionRule(areas_ha=(0.1, 0.3), dates=2)
    pits = placed_pits(undisturbed, np.ones_like(undisturbed), DAYS, rule)
    assert pits.area_ha.round(2).tolist() == [0.3, 0.3, 0.1, 0.1]
    assert pits.opened.tolist() == [*DAYS.tolist(), *DAYS.tolist()]
    assert (pits.number[:, : 10 + 3] == -1).all()  # three pixels of gap beside what was disturbed
    rows, columns = np.nonzero(pits.number >= 0)
    for pit in range(4):
        mine = pits.number[rows, columns] == pit
        apart = np.maximum(
            np.abs(rows[mine][:, np.newaxis] - rows[~mine]),
            np.abs(columns[mine][:, np.newaxis] - columns[~mine]),
        )
        assert apart.min() > 3


def test_places_inside_the_outline_are_taken_first():
    outline = np.zeros((60, 60), bool)
    outline[30:, 30:] = True
    rule = InjectionRule(areas_ha=(0.1,), dates=1)
    pits = placed_pits(np.ones((60, 60), bool), outline, DAYS[:1], rule)
    rows, columns = np.nonzero(pits.number == 0)
    assert rows.min() >= 27
    assert columns.min() >= 27  # its centre lies inside, so no more than three pixels out


def test_what_does_not_fit_is_left_out():
    rule = InjectionRule(
        areas_ha=(0.1, 2.0), dates=2
    )  # 10 and 200 pixels; 20 x 20 pixels of ground
    ground = np.ones((20, 20), bool)
    pits = placed_pits(ground, ground, DAYS, rule)
    assert 2.0 not in pits.area_ha.round(2)[1:]
    nothing = placed_pits(np.zeros((20, 20), bool), ground, DAYS, rule)
    assert nothing.opened.size == 0


def imagery() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One band, a row of four pixels, on 1 January, 1 March and 1 May 2022; donors left."""
    reflectance = np.array(
        [[[[100, 300, 2000, 2100]]], [[[110, 310, 2010, 0]]], [[[120, 320, 2020, 2120]]]], np.uint16
    )
    quality = np.ones((3, 1, 4), np.uint8)
    return reflectance, quality, np.array(["2022-01-01", "2022-03-01", "2022-05-01"], "datetime64")


DONORS = np.array([[True, True, False, False]])
TWO = InjectionRule(least_donors=2)


def test_a_pit_shows_its_donor_from_the_day_it_is_opened_and_nothing_where_nothing_was_measured():
    reflectance, quality, acquired = imagery()
    pits = Pits(np.array([[-1, -1, 0, 0]], np.int16), np.array(["2022-02-10"], "datetime64[D]"))
    dug = dug_into(reflectance, quality, acquired, pits, DONORS, TWO)
    assert dug[0, 0, 0].tolist() == [100, 300, 2000, 2100]  # not opened yet
    donor = dug[2, 0, 0, 2:]
    assert set(donor.tolist()) <= {120, 320}
    assert dug[1, 0, 0, 2] == donor[0] - 10  # the same donor on every date
    assert dug[1, 0, 0, 3] == 0  # not measured: not invented
    assert reflectance[2, 0, 0].tolist() == [120, 320, 2020, 2120]  # the original is left alone


def test_a_donor_under_cloud_is_replaced_by_the_median_of_the_clear_ones():
    reflectance, quality, acquired = imagery()
    quality[1, 0, 0] = 2
    quality[2, 0, :2] = 2
    pits = Pits(np.array([[-1, -1, 0, -1]], np.int16), np.array(["2022-02-10"], "datetime64[D]"))
    dug = dug_into(reflectance, quality, acquired, pits, DONORS, TWO)
    assert dug[1, 0, 0, 2] == 310  # one clear donor, or itself
    assert dug[2, 0, 0, 2] == 310  # no clear donor: as they were when last seen


def test_too_few_donors_are_refused():
    reflectance, quality, acquired = imagery()
    pits = Pits(np.array([[-1, -1, 0, -1]], np.int16), np.array(["2022-02-10"], "datetime64[D]"))
    with pytest.raises(CubeError, match="2 pixels of open ground, but 20 are needed"):
        dug_into(reflectance, quality, acquired, pits, DONORS, InjectionRule())


def found(confirmed: list[str]) -> Excavation:
    days = np.array([confirmed], "datetime64[ns]")
    none = np.zeros((1, 1, 4), bool)
    return Excavation(none, none.astype(np.uint8), none, days, days, days, np.zeros((1, 4)))


def test_a_pit_is_found_on_the_day_half_of_it_had_been_confirmed():
    pits = Pits(np.array([[0, 0, 0, 0]], np.int16), np.array(["2022-02-10"], "datetime64[D]"))
    before = np.zeros((1, 4), bool)
    table = trials(found(["2022-03-12", "2022-04-11", "NaT", "NaT"]), before, pits, TWO)
    assert table["found"].tolist() == [True]
    assert table["delay_days"].tolist() == [60.0]  # 10 February to 11 April: 18 + 31 + 11
    missed = trials(found(["2022-03-12", "NaT", "NaT", "NaT"]), before, pits, TWO)
    assert missed["found"].tolist() == [False]
    assert missed["delay_days"].isna().all()


def sizes(shares: dict[float, tuple[int, int]]) -> pd.DataFrame:
    rows = [
        (area, "2022-02-10", i < hit, 30.0 + 10 * i if i < hit else np.nan)
        for area, (hit, tried) in shares.items()
        for i in range(tried)
    ]
    table = pd.DataFrame(rows, columns=["area_ha", "opened", "found", "delay_days"])
    return detectability(table, sorted(shares))


def test_the_smallest_size_is_that_from_which_all_are_found_often_enough():
    table = sizes({0.1: (9, 10), 0.3: (7, 10), 0.5: (8, 10), 1.0: (10, 10)})
    assert table["found_share"].tolist() == [0.9, 0.7, 0.8, 1.0]
    assert table["delay_min"].tolist() == [30.0] * 4
    assert table["delay_median"].tolist() == [70.0, 60.0, 65.0, 75.0]
    assert smallest_detectable(table, InjectionRule()) == 0.5  # 0.3 ha fails; 0.1 ha was luck
    assert np.isnan(smallest_detectable(sizes({1.0: (5, 10)}), InjectionRule()))
    assert np.isnan(smallest_detectable(sizes({1.0: (0, 0)}), InjectionRule()))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"areas_ha": ()}, "areas_ha is"),
        ({"areas_ha": (0.001,)}, "areas of 0.01 ha or more"),
        ({"dates": 0}, "dates 0"),
        ({"sure_share": 1.5}, "lie in 0..1"),
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong, said):
    with pytest.raises(CubeError, match=said):
        InjectionRule(**wrong)
