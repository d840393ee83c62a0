"""Other thresholds asked of a finished run: what appears, what vanishes, and nothing is written."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from pipelines import what_if
from tests.pipelines.runs import outputs


def ask(run, *more: str) -> int:
    return what_if.main(["--output", str(run), "--cluster", "threads", *more])


def digest(run) -> str:
    files = sorted(outputs(run).items())
    return hashlib.sha256(b"".join(name.encode() + content for name, content in files)).hexdigest()


def test_a_larger_minimum_lets_alerts_vanish_and_leaves_the_ground_alone(small_run, capsys):
    before = digest(small_run)
    assert ask(small_run, "--compliance.min_area_ha", "1000") == 0
    said = capsys.readouterr().out
    assert "vanishes" in said
    assert "-> none" in said
    assert " 0 regions and " in said
    assert digest(small_run) == before


def test_a_detection_threshold_nothing_can_reach_lets_every_region_vanish(small_run, capsys):
    assert ask(small_run, "--mine", "SIM_000", "--detection.confirmation.least_pixels", "4000") == 0
    said = capsys.readouterr().out
    assert "region vanishes" in said
    assert ", 0.00 ha after;" in said


def test_ground_labelled_as_something_else_makes_no_alert_under_other_settings(
    small_run, tmp_path, capsys
):
    run = tmp_path / "outputs"
    shutil.copytree(small_run, run, ignore=shutil.ignore_patterns("archive"))
    path = run / "regions" / "mine_SIM_000_regions.json"
    record = json.loads(path.read_text())
    for region in record["regions"]:
        region["label"] = "harvest_or_fallow"
    path.write_text(json.dumps(record))
    told = ("--mine", "SIM_000", "--compliance.min_area_ha", "0.01",
            "--regions.minimum_mapping_unit_ha", "0.2")  # fmt: skip
    assert ask(small_run, *told) == 0
    assert ", 0.00 ha after" not in capsys.readouterr().out
    assert ask(run, *told) == 0
    said = capsys.readouterr().out
    assert "0.00 ha dug before, 0.00 ha after; 0 regions and 0 alerts differ" in said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((), "nothing was asked: give a setting"),
        (("--compliance.min_area_ha", "0.1"), "the run already has compliance.min_area_ha 0.1"),
        (("--compliance.min_area_ha", "-1"), "min_area_ha is -1"),
        (("--mine", "SIM_9", "--compliance.min_area_ha", "1"), "no results of mine 'SIM_9'"),
    ],
)
def test_questions_that_make_no_sense_are_refused(small_run, capsys, asked, said):
    assert ask(small_run, *asked) == 2
    assert said in capsys.readouterr().err


def test_what_the_stored_cube_cannot_answer_is_no_flag(small_run, capsys):
    with pytest.raises(SystemExit):
        ask(small_run, "--slots.cadence_days", "5")
    assert "unrecognized arguments: --slots.cadence_days" in capsys.readouterr().err
