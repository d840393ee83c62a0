"""The network here is a rule anyone can follow: what is least green in the median is marked."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.detectors import DETECTORS, Block, Detector, detector, detector_of
from analysis.detectors.confirmation import Confirmation
from analysis.detectors.ensemble import Ensemble
from analysis.detectors.network import NetworkDetector, NetworkSettings
from cube.contract import CORE_BANDS, CubeError, Quality, State
from tests.analysis.detectors.made_up import DATES, IN_PIT, block, window
from tests.analysis.detectors.test_ensemble import QUICK

RED, NIR = CORE_BANDS.index("red"), CORE_BANDS.index("nir")


def marking(reflectance: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """0.9 where NDVI of the clear median is below 0.3, else 0.1; NaN where nothing was clear."""
    clear = np.where(quality[:, None] == Quality.CLEAR, reflectance.astype(float), np.nan)
    with np.testing.suppress_warnings() as quiet:
        quiet.filter(RuntimeWarning)
        median = np.nanmedian(clear, axis=0)
    ndvi = (median[NIR] - median[RED]) / (median[NIR] + median[RED])
    return np.where(np.isnan(ndvi), np.nan, np.where(ndvi < 0.3, 0.9, 0.1)).astype(np.float32)


def test_a_pit_is_dated_by_the_composite_that_shows_it_and_confirmed_by_the_next():
    found = NetworkDetector(marking=marking)(block(*window()))
    # Slots 10 days apart from 2021-01-01; the pit opens in slot 47. Composites of 90 days (nine
    # slots) are due every 30 days, in slots 0, 3, ..., 48, 51, 54. In that of slot 51 the slots 47
    # to 51 show the pit: five of nine, so its median does.
    np.testing.assert_array_equal(found.excavated[-1], IN_PIT)
    assert (found.onset[IN_PIT] == np.datetime64("2022-05-26")).all()
    assert (found.confirmed[IN_PIT] == np.datetime64("2022-06-25")).all()
    assert np.isnat(found.onset[~IN_PIT]).all()
    states = found.state[[50, 51, 53, 54], 5, 5].tolist()
    assert states == [State.NONE, State.PROVISIONAL, State.PROVISIONAL, State.CONFIRMED]


def test_ground_marked_from_the_beginning_was_open_already():
    numbers, quality = window()
    numbers[:, :, 4:8, 4:8] = numbers[-1:, :, 4:8, 4:8]
    found = NetworkDetector(marking=marking)(block(numbers, quality))
    assert not found.excavated.any()


def test_a_composite_never_seen_says_nothing():
    numbers, quality = window()
    quality[43:, 5, 5] = Quality.CLOUD  # this pixel of the pit is never clear again
    found = NetworkDetector(marking=marking)(block(numbers, quality))
    assert not found.excavated[-1, 5, 5]
    assert found.excavated[-1, 6, 6]


def test_it_is_shown_the_bands_it_reads_in_its_order():
    shown = []

    def remembered(reflectance, quality):
        shown.append(reflectance[0, :, 0, 0].tolist())
        return np.zeros(quality.shape[1:], np.float32)

    numbers, quality = window(noise=0.0)
    settings = NetworkSettings(bands=("nir", "red"))
    NetworkDetector(settings, remembered)(block(numbers, quality))
    assert shown[0] == [3200, 700]  # nir, red of the field


def test_it_is_a_detector_by_name_that_must_be_given_a_network():
    assert "network" not in DETECTORS  # of those that need nothing else
    one = detector("network")
    assert isinstance(one, Detector)
    assert detector_of(one.settings) == one
    with pytest.raises(CubeError, match=r"was given no network\. Name the ONNX file"):
        one(block(*window()))


NAMED = dataclasses.replace(QUICK, network=NetworkSettings(file="unet.onnx"))


def test_its_opinion_joins_the_ensemble_where_a_file_is_named():
    made = block(*window())
    core = Confirmation()(made)
    opinions = Ensemble(NAMED, marking).opinions(made, core)
    assert list(opinions) == ["forest", "clusters", "network"]
    assert opinions["network"].agrees[IN_PIT].all()
    assert list(Ensemble(QUICK).opinions(made, core)) == ["forest", "clusters"]


@pytest.mark.slow
def test_a_network_that_sees_nothing_can_outvote_the_core():
    def blind(reflectance: np.ndarray, quality: np.ndarray) -> np.ndarray:
        return np.zeros(quality.shape[1:], np.float32)

    made = block(*window())
    strict = dataclasses.replace(NAMED, least_agreeing=3)
    np.testing.assert_array_equal(Ensemble(strict, marking)(made).excavated[-1], IN_PIT)
    assert not Ensemble(strict, blind)(made).excavated.any()


def test_its_say_in_the_confidence_as_worked_by_hand():
    numbers, quality = window()
    whole = block(numbers, quality)
    # The record ends two looks after the pit opened: the core suspects it. Every look is a
    # composite of its own here, and both mark the pit.
    made = Block(numbers[:49], quality[:49], whole.acquired[:49])
    each = NetworkSettings(file="unet.onnx", composite_days=10, every_days=10)
    heard = [
        Ensemble(dataclasses.replace(QUICK, network=each, network_open=weight), marking)(made)
        for weight in (0.0, 1.0)
    ]
    suspected = IN_PIT & (heard[0].state[-1] == State.PROVISIONAL)
    assert suspected.sum() == IN_PIT.sum()
    sure = [one.confidence[suspected] for one in heard]
    odds = [np.log(share / (1 - share)) for share in sure]
    np.testing.assert_allclose(odds[1] - odds[0], 1.0, atol=1e-4)  # one share of 1, weighted 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bands": ()}, "needs bands"),
        ({"composite_days": 0}, "composite_days is 0"),
        ({"threshold": 1.0}, "threshold is 1.0"),
        ({"needed": 0}, "needed is 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        NetworkSettings(**wrong)


def test_dates_of_the_made_up_window_are_those_worked_with():
    assert str(DATES[47]) == "2022-04-16"
