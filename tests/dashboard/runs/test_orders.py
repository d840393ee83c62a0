"""Orders: what an admin asks for, as the command of a run; refused where no run would do it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from cube.contract import CubeError
from dashboard.runs.orders import (
    Order,
    outgrown_settings,
    preview_order,
    retrain_order,
    run_order,
    trial_folder,
    trial_order,
    typed_settings,
)


def test_a_run_is_told_what_the_one_before_was_told(small_run):
    order = run_order(small_run)
    told = yaml.safe_load(order.files["run.yaml"])
    recorded = json.loads((small_run / "run.json").read_text())["settings"]
    assert order.module == "pipelines.full_run"
    assert order.arguments == ("{folder}/run.yaml",)
    assert {**told, "output": ""} == {**recorded, "output": ""}
    assert Path(told["output"]).is_absolute()


def test_a_longer_period_and_other_thresholds_are_laid_over_it(small_run):
    changes = {"period": "2021-01-01/2023-03-31", "compliance.min_area_ha": 0.2}
    order = run_order(small_run, changes, accept=True)
    told = yaml.safe_load(order.files["run.yaml"])
    assert told["period"] == "2021-01-01/2023-03-31"
    assert told["compliance"]["min_area_ha"] == 0.2
    assert order.arguments[-1] == "--accept-changes"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"windows.size": 128}, "was made with windows.size=64, now it is 128"),
        (
            {"detection.confirmation.strong": 12},
            "with “do again what was computed",
        ),
        ({"detection.confirmation.strongg": 12}, "Did you mean detection.confirmation.strong"),
        ({"compliance.min_area_ha": "much"}, "compliance.min_area_ha is 'much'"),
        ({"compliance.min_area_ha": float("nan")}, "which is no number"),
        ({"period": "2023-01-01/2021-01-01"}, "is reversed"),
        ({"period": "/"}, "eriod"),
    ],
)
def test_what_no_run_would_do_is_refused_as_the_main_job_refuses_it(small_run, changes, said):
    with pytest.raises(CubeError, match=said):
        run_order(small_run, changes)


def test_a_file_that_is_gone_is_named(own_run):
    record = json.loads((own_run / "run.json").read_text())
    record["settings"]["leases"] = "gone/leases.geojson"
    (own_run / "run.json").write_text(json.dumps(record))
    with pytest.raises(CubeError, match=r"the leases of the last run, gone/leases\.geojson"):
        run_order(own_run)


def test_settings_that_this_version_takes_no_more_are_left_at_its_own(own_run):
    record = json.loads((own_run / "run.json").read_text())
    record["settings"]["detection"]["confirmation"]["gone"] = 1
    record["settings"]["compliance"]["min_area_ha"] = [1, 2]
    record["settings"]["regions"]["minimum_mapping_unit_ha"] = 0.3
    (own_run / "run.json").write_text(json.dumps(record))
    assert set(outgrown_settings(own_run)) == {
        "compliance.min_area_ha",
        "detection.confirmation.gone",
    }
    told = yaml.safe_load(run_order(own_run, accept=True).files["run.yaml"])
    assert told["compliance"]["min_area_ha"] == 0.1
    assert told["regions"]["minimum_mapping_unit_ha"] == 0.3
    with pytest.raises(CubeError, match="on the tab Runs with “do again"):
        run_order(own_run)


def test_settings_are_typed_a_line_each():
    text = "detection.confirmation.strong: 12\ncompliance:\n  min_area_ha: 0.2\n"
    assert typed_settings(text) == {
        "detection.confirmation.strong": 12,
        "compliance.min_area_ha": 0.2,
    }
    assert typed_settings("  \n") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("output: /etc", "output is not changed from here: it is set by who runs the server"),
        ("cluster: evil.yaml", "cluster is not changed from here"),
        ("leases: /etc/passwd", "leases is not changed from here.*law on the tab Law"),
        ("mines: x.geojson", "mines is not changed from here"),
        ("database: {url: x}", "database.url is not changed from here"),
        ("just words", "lines such as"),
        ("a: [1", "is not YAML"),
        ("a: &x [1]\nb: [*x, *x]", "no & and"),
        ("x" * 30_000, "30,000 letters"),
    ],
)
def test_settings_that_are_none_or_not_an_admins_are_refused(text, said):
    with pytest.raises(CubeError, match=said):
        typed_settings(text)


def test_a_trial_has_one_mine_and_an_output_of_its_own(small_run):
    mine = json.loads(trial_order(small_run, "SIM_001").files["mines.geojson"])
    told = yaml.safe_load(trial_order(small_run, "SIM_001").files["run.yaml"])
    assert [one["properties"]["mine_id"] for one in mine["features"]] == ["SIM_001"]
    assert told["output"] == str(small_run / "trials" / "SIM_001")
    assert trial_order(small_run, "SIM_001").output == told["output"]
    with pytest.raises(CubeError, match="there is no mine 'SIM_9'; there are 2 mines"):
        trial_order(small_run, "SIM_9")


def test_a_trial_lies_below_the_output_whatever_the_mine_is_called(tmp_path):
    for name in ("../../etc", "a/b", "a b", "ü"):
        folder = trial_folder(tmp_path, name)
        assert folder.parent == tmp_path / "trials"
    assert trial_folder(tmp_path, "a b") != trial_folder(tmp_path, "a_b")


def test_nothing_else_can_be_run_from_the_web():
    with pytest.raises(CubeError, match="os is nothing to run from the web"):
        Order("run", "x", "os", ())


def test_a_preview_hinders_nobody_and_a_retraining_does(tmp_path):
    assert not preview_order(tmp_path, {"leases": tmp_path / "x"}).exclusive
    assert retrain_order(tmp_path).exclusive
