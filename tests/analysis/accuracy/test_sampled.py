"""Area-adjusted accuracy against published tables and another package."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.accuracy import Sample, area_accuracy, sample_of
from analysis.accuracy.counts import Counts
from analysis.accuracy.sampled import stratified_mean, stratified_ratio
from cube.contract import CubeError

# Olofsson et al. 2014, table 8: rows the map's classes (deforestation, gain, stable forest,
# stable non-forest), columns the reference's.
TABLE = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
MAPPED = np.array([200_000, 150_000, 3_200_000, 6_450_000])


def units(table):
    """Stratum and reference of every sampled unit."""
    stratum = np.repeat(np.arange(4), table.sum(axis=1))
    return stratum, np.concatenate([np.repeat(np.arange(4), row) for row in table])


def test_the_worked_example_of_olofsson_2014():
    stratum, reference = units(TABLE)
    sample = Sample(stratum, MAPPED, stratum == 0, reference == 0)
    found = area_accuracy(sample)
    assert found.users.value == pytest.approx(0.88, abs=0.005)
    assert found.users.half_width == pytest.approx(0.07, abs=0.005)
    assert found.producers.value == pytest.approx(0.75, abs=0.005)
    assert found.producers.half_width == pytest.approx(0.21, abs=0.01)
    assert found.area.value == pytest.approx(235_086, rel=0.001)
    assert found.area.half_width == pytest.approx(68_418, rel=0.005)
    overall = stratified_mean(sample, stratum == reference)
    assert overall.value == pytest.approx(0.95, abs=0.005)
    assert overall.half_width == pytest.approx(0.02, abs=0.005)


# nrt-validate 0.0.1a8: StratifiedEstimator(stratum, sizes) of nrt.validate.estimators, then
# user_accuracy, producer_accuracy(reference, stratum, k) and estimate_mean(reference == k),
# value and standard error each.
BY_NRT_VALIDATE = {
    0: ((0.88, 0.0377689275978534), (0.7486614048308412, 0.10882869783192399),
        (0.023508624708624706, 0.003490607320970656)),
    2: ((0.9272727272727272, 0.02027772706633608), (0.9345089085796927, 0.017511960054395335),
        (0.31752214452214456, 0.008792186257632319)),
}  # fmt: skip


@pytest.mark.parametrize("label", BY_NRT_VALIDATE)
def test_users_producers_and_area_agree_with_nrt_validate(label):
    stratum, reference = units(TABLE)
    found = area_accuracy(Sample(stratum, MAPPED, stratum == label, reference == label))
    users, producers, area = BY_NRT_VALIDATE[label]
    total = MAPPED.sum()
    for estimate, (value, error), scale in (
        (found.users, users, 1),
        (found.producers, producers, 1),
        (found.area, area, total),
    ):
        assert estimate.value == pytest.approx(value * scale, rel=1e-9)
        assert estimate.half_width == pytest.approx(1.959963985 * error * scale, rel=1e-6)


def test_strata_need_not_be_the_classes_of_the_map():
    """Stehman 2014, section 4: ten units in each of four strata; class B, and area of C."""
    sizes = np.array([40_000, 30_000, 20_000, 10_000])
    stratum = np.repeat(np.arange(4), 10)
    mapped = np.array(list("AAAAAAABBBABBBBBBBBBBBBBCCCCCCDDDDDDDDDD"))
    truth = np.array(list("AAAAACBABCABBBBBAABBCCBACCCDDBDDDDDDDCCB"))
    b = area_accuracy(Sample(stratum, sizes, mapped == "B", truth == "B"))
    assert b.users.value == pytest.approx(0.574, abs=0.0005)
    assert b.users.half_width / 1.96 == pytest.approx(0.125, abs=0.0005)
    assert b.producers.value == pytest.approx(0.794, abs=0.0005)
    sample = Sample(stratum, sizes, mapped == "C", truth == "C")
    area = stratified_ratio(sample, truth == "C", np.ones(40))
    assert area.value == pytest.approx(0.20)
    assert area.half_width / 1.96 == pytest.approx(0.064, abs=0.0005)
    assert stratified_mean(sample, mapped == truth).value == pytest.approx(0.63)


def test_a_map_known_whole_has_no_error():
    beside = Counts(missed=15, right=25)
    rng = np.random.default_rng(1)
    sample = sample_of(rng, Counts(30, 10, 20, 140), beside, claimed=40, near=40, far=120)
    assert sample.sizes.tolist() == [40, 40, 120]
    found = area_accuracy(sample)
    assert found.users.value == 0.75
    assert found.producers.value == pytest.approx(0.6)
    assert found.area.value == pytest.approx(50)
    assert found.area.half_width == 0.0


def test_nineteen_of_twenty_intervals_hold_the_truth():
    whole = Counts(hit=9_000, false=1_000, missed=3_000, right=87_000)
    beside = Counts(missed=2_500, right=7_500)
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(300):
        area = area_accuracy(sample_of(rng, whole, beside, 200, 400, 400)).area
        held += abs(area.value - 12_000) <= area.half_width
    assert 0.92 <= held / 300 <= 0.98


def test_nothing_claimed_has_no_users_accuracy():
    sample = Sample(np.zeros(3, int), np.array([9]), np.zeros(3, bool), np.array([1, 0, 0], bool))
    assert math.isnan(area_accuracy(sample).users.value)
    assert area_accuracy(sample).producers.value == 0.0


def test_one_unit_in_a_stratum_is_refused():
    with pytest.raises(CubeError, match="stratum 1 of 50 pixels holds 1 of the sample"):
        Sample(np.array([0, 0, 1]), np.array([10, 50]), np.ones(3, bool), np.ones(3, bool))
    with pytest.raises(CubeError, match="stratum goes up to 2"):
        Sample(np.array([0, 0, 2]), np.array([10, 50]), np.ones(3, bool), np.ones(3, bool))
