"""Several values of one setting asked of a finished run; nothing is written."""

from __future__ import annotations

import pytest

from cube.contract import CubeError
from pipelines.cluster import cluster_spec, connected
from pipelines.finished_run import finished_run
from pipelines.sweep import sweep, with_setting
from tests.pipelines.runs import outputs


def test_the_alert_goes_with_the_area_asked_for_and_the_ground_stays(small_run):
    before = outputs(small_run)
    run = finished_run(small_run)
    with connected(cluster_spec("threads")) as client:
        table = sweep(client, run, "compliance.min_area_ha", [0.05, 0.1, 5.0])
    assert table["value"].tolist() == [0.05, 0.1, 5.0]
    assert table["own"].tolist() == [False, True, False]
    assert table["alerts"].tolist()[1:] == [1, 0]
    assert table["alerts"].is_monotonic_decreasing
    assert table["dug_ha"].nunique() == 1
    assert table["failed"].tolist() == [0, 0, 0]
    assert outputs(small_run) == before


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("slots.cadence_days", 5, "cannot be asked about"),
        ("compliance.min_area", 1.0, "min_area_ha"),
        ("compliance.min_area_ha", -1.0, "min_area_ha is -1"),
    ],
)
def test_settings_that_the_stored_cube_cannot_answer_are_refused(small_run, setting, value, said):
    with pytest.raises(CubeError, match=said):
        with_setting(finished_run(small_run).config, setting, value)


def test_no_value_is_no_question(small_run):
    with pytest.raises(CubeError, match="give two or more"):
        sweep(None, finished_run(small_run), "compliance.min_area_ha", [])
