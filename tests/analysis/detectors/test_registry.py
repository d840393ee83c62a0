from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis import DetectionSettings, detect_block
from analysis.detectors import DETECTORS, Block, Detector, detector, detector_of, settings_class
from cube.contract import CORE_BANDS, CubeError
from cube.simulate import SiteSettings, simulated


@pytest.mark.parametrize("name", DETECTORS)
def test_every_detector_says_its_name_and_takes_its_own_settings(name):
    one = detector(name)
    assert isinstance(one, Detector)
    assert one.name == name
    assert isinstance(one.settings, settings_class(name))
    assert detector(name, one.settings) == one
    assert detector_of(one.settings) == one
    assert set(one.bands) <= set(CORE_BANDS)


def test_an_unknown_name_is_refused_and_the_known_ones_are_named():
    with pytest.raises(CubeError, match="no detector is called 'forrest'; known are confirmation"):
        detector("forrest")


def test_settings_of_another_detector_are_refused():
    with pytest.raises(CubeError, match="'confirmation' takes DetectionSettings, not int"):
        detector("confirmation", 3)


def test_what_are_no_settings_of_a_detector_is_refused():
    with pytest.raises(CubeError, match="int are the settings of no detector"):
        detector_of(3)


def test_confirmation_is_the_core():
    reflectance, scl, dates, _ = simulated(3, SiteSettings(size=48, years=2))
    quality = np.where(np.isin(scl, (4, 5, 6, 7)), 1, 2).astype(np.uint8)
    reflectance, acquired = reflectance[:, : len(CORE_BANDS)], dates.astype("datetime64[s]")
    found = detector("confirmation")(Block(reflectance, quality, acquired))
    core = detect_block(reflectance, quality, acquired, DetectionSettings())
    assert found.excavated.any()
    for field in dataclasses.fields(core):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(core, field.name))
