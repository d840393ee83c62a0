"""Severity is a sum one can redo by hand."""

import math

import pytest

from analysis.severity import SeveritySettings, severity
from cube.contract import CubeError

HOUSE = SeveritySettings()


def test_the_sum_is_shown_and_right():
    # 0.9 x (0.5 x 0.52/5 + 0.3 x 0.1/0.5 + 0.2 x 0.95) = 0.9 x (0.052 + 0.06 + 0.19) = 0.2718
    found = severity(0.52, 0.1, "forest", 0.95, HOUSE)
    assert found.score == pytest.approx(0.2718)
    assert found.label == "MEDIUM"
    assert found.sum == (
        "severity 0.27 = 0.9 (forest) x "
        "(0.5 x 0.10 area + 0.3 x 0.20 growth + 0.2 x 0.95 confidence)"
    )


def test_area_and_growth_count_up_to_their_full_values_only():
    assert severity(500, 50, "water", 1.0, HOUSE).score == 1.0


@pytest.mark.parametrize(
    ("area", "label"), [(4.0, "HIGH"), (3.999, "MEDIUM"), (1.5, "MEDIUM"), (1.499, "LOW")]
)
def test_labels_begin_at_their_scores(area, label):
    # water 1.0 x (0.1 x area + 0 + 0.2 x 0.5): 4.0 -> 0.5, 1.5 -> 0.25
    assert severity(area, 0.0, "water", 0.5, HOUSE).label == label


def test_unknown_confidence_counts_as_half_and_says_so():
    found = severity(1.0, 0.0, "other", math.nan, HOUSE)
    assert found.score == pytest.approx(0.7 * (0.1 + 0.1))
    assert "0.50 confidence, not known" in found.sum


def test_a_zone_type_without_weight_is_refused():
    with pytest.raises(CubeError, match="No severity weight for zone_type 'swamp'"):
        severity(1.0, 0.0, "swamp", 0.5, HOUSE)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"full_area_ha": 0.0}, "must both be positive"),
        ({"full_growth_ha_per_month": -1.0}, "must both be positive"),
        ({"high": 0.2}, "0 < medium < high <= 1"),
        ({"zone_weights": {"forest": 1.5}}, "forest.*1.5.*0 to 1"),
        ({"unknown_confidence": 2.0}, "unknown_confidence is 2.0"),
    ],
)
def test_wrong_settings_are_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        SeveritySettings(**wrong)
