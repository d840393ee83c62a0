"""A whole report of an evaluation, small, its numbers chosen."""

from __future__ import annotations

import copy

import pytest

from analysis.accuracy import Tally, accuracy
from analysis.accuracy.delays import LAGS
from pipelines.evaluate.figures import plain_numbers

LAW = {"own": 0.25, "own_ha": 0.1, "shuffled": 0.75, "shuffled_ha": 2.0}


@pytest.fixture
def whole_report() -> dict:
    nothing = plain_numbers(accuracy(Tally()))

    def figures(**known):
        return {**nothing, **known}

    def told(**known):
        return {
            "note": "",
            "accuracy": figures(**known),
            "f1_interval": [0.97, 0.99],
            "ns_per_pixel_date": 42.0,
            "law": LAW,
            "placebo_twin": {
                "false_ha": 0.04,
                "ever_false_ha": 0.11,
                "law": {**LAW, "own": 0.0},
            },
            "area_adjusted": {},
            "false_ha_by_kind": {"burn": 0.0},
            "reliability": [{"confidence": 0.99, "dug": 0.98, "pixels": 100}],
            "f1_by_lag": {str(lag): lag / 400 for lag in LAGS},
        }

    return copy.deepcopy(
        {
            "version": "0.1.0",
            "settings": {"seeds": list(range(201, 213)), "size": 256, "years": 3},
            "detectors": {
                "confirmation": told(
                    f1=0.981, recall=0.97, ever_false_ha=0.412, calibration_error=0.01,
                    confirmation_lag_median=24.0,
                    blind_share=0.12,
                ),
                "dist_alert": told(f1=0.64, recall=0.7, ever_false_ha=3.0, calibration_error=0.2),
            },
            "stresses": {
                "half_looks": {"confirmation": figures(f1=0.94), "dist_alert": figures(f1=0.5)}
            },
            "signature": {},
            "trade_off": {"confirmation@4": figures(recall=0.98, ever_false_ha=1.0)},
        }
    )  # fmt: skip
