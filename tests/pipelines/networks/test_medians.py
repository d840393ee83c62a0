"""The median of clear looks, by hand, and which day's ground it shows."""

from __future__ import annotations

import numpy as np
import pytest

from cube.contract import CubeError, Quality
from pipelines.networks.medians import Period, cloud_free_median, middle_look, periods_of

CLEAR, CLOUD, NONE = int(Quality.CLEAR), int(Quality.CLOUD), int(Quality.NO_ACQUISITION)
DATES = np.array(["2021-01-03", "2021-04-13", "2021-07-02", "2021-10-10"], "datetime64[D]")


def series(values: list[int], quality: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """One pixel of one band through time."""
    return (
        np.array(values, np.uint16).reshape(-1, 1, 1, 1),
        np.array(quality, np.uint8).reshape(-1, 1, 1),
    )


def test_clouds_and_gaps_say_nothing():
    # clear 0.10, 0.14 and 0.30: the middle is 0.14; the cloud of 0.90 and the gap are left out
    pixels = series([1000, 1400, 9000, 3000, 0], [CLEAR, CLEAR, CLOUD, CLEAR, NONE])
    assert cloud_free_median(*pixels)[0, 0, 0] == pytest.approx(0.14, abs=1e-7)


def test_of_two_looks_it_is_the_mean():
    assert cloud_free_median(*series([1000, 1400], [CLEAR] * 2))[0, 0, 0] == pytest.approx(0.12)


def test_ground_always_under_cloud_is_unknown():
    median = cloud_free_median(*series([1000, 1400], [CLOUD, CLOUD]))
    assert median.dtype == np.float32
    assert np.isnan(median).all()


def test_a_band_without_measurement_is_unknown_alone():
    reflectance = np.array([[[[1000]], [[0]]]], np.uint16)  # one look, two bands
    median = cloud_free_median(reflectance, np.array([[[CLEAR]]], np.uint8))
    assert median[0, 0, 0] == pytest.approx(0.1)
    assert np.isnan(median[1, 0, 0])


@pytest.mark.parametrize(
    ("clear", "shows"),
    [
        ([1, 1, 1, 1], "2021-04-13"),  # of four the second: opened by then, half the looks show it
        ([1, 1, 1, 0], "2021-04-13"),
        ([0, 0, 1, 1], "2021-07-02"),
        ([0, 0, 0, 1], "2021-10-10"),
    ],
)
def test_a_median_shows_the_ground_of_its_middle_look(clear, shows):
    quality = np.array(clear, np.uint8).reshape(-1, 1, 1)
    assert middle_look(quality, DATES)[0, 0] == np.datetime64(shows)


def test_ground_never_seen_shows_no_day():
    assert np.isnat(middle_look(np.zeros((4, 1, 1), np.uint8), DATES)[0, 0])


def test_a_period_nobody_named_is_the_last_year():
    times = np.arange("2020-01-01", "2022-12-31", 10, dtype="datetime64[D]")
    assert str(periods_of((), times)[0]) == f"{times[-1] - 364}/{times[-1]}"
    told = periods_of(("2020-01-01/2020-12-31", "2021-01-01/2021-12-31"), times)
    assert [period.slots(times).size for period in told] == [37, 37]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2021", "write its first and last day"),
        ("2021-13-01/2021-12-31", "write its first and last day"),
        ("2021-12-31/2021-01-01", "ends before it begins"),
    ],
)
def test_a_period_that_is_none_is_refused(text, said):
    with pytest.raises(CubeError, match=said):
        Period.of(text)


def test_a_period_without_slots_is_refused_with_what_there_is():
    with pytest.raises(CubeError, match="slots begin on 2021-01-03 to 2021-10-10"):
        Period.of("2019-01-01/2019-12-31").slots(DATES)
