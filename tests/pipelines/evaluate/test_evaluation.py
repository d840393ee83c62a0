"""The whole evaluation: its plan, its table, its files, its refusals."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.accuracy import Tally
from cube.contract import CubeError
from cube.simulate.stress import Stress
from pipelines.evaluate.__main__ import main
from pipelines.evaluate.evaluation import TWIN, Evaluation, evaluation, named, planned
from pipelines.evaluate.figures import report
from pipelines.evaluate.pictures import apart
from pipelines.evaluate.printed import aligned, lines, markdown
from pipelines.evaluate.run import NAMES, Result, results
from pipelines.evaluate.settings import EvaluationSettings
from pipelines.evaluate.sites import Task
from pipelines.evaluate.tables import Table, tables
from pipelines.evaluate.targets import TARGETS, best_peer, met
from tests.pipelines.processes import PATIENCE_S


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One small site, ours and a rule, one stress and a twin: run in this process."""
    settings = EvaluationSettings(
        seeds=(3,),
        detectors=("confirmation", "dist_alert"),
        stresses=(Stress.NONE, Stress.HALF_LOOKS),
        twins=1,
        size=64,
        years=2,
        workers=1,
    )
    folder = tmp_path_factory.mktemp("sites")
    found = {}
    for task, names in planned(settings, named(settings.detectors)):
        world = TWIN if task.twin else str(task.stress)
        for name, one in results(task, names, settings.site, folder).items():
            found.setdefault(world, {}).setdefault(name, {})[task.seed] = one
    return Evaluation(settings, found)


def test_the_plan_holds_every_site_once_and_stresses_only_what_is_stressed():
    settings = EvaluationSettings(seeds=(1, 2), twins=1)
    plan = planned(settings, ("confirmation", "forest"))
    tasks = [task for task, _ in plan]
    assert len(set(tasks)) == len(tasks) == 2 + 1 + 2 * (len(Stress) - 1)
    by_task = dict(plan)
    assert by_task[Task(1)][:2] == ("confirmation", "forest")
    assert by_task[Task(1, Stress.HALF_LOOKS)] == ("confirmation",)
    assert by_task[Task(1, twin=True)] == ("confirmation", "forest")
    assert by_task[Task(1, Stress.BRIGHT_SPOIL)] == ("confirmation", "confirmation-no-rescue")
    assert planned(settings, ("forest",))[0] == (Task(1), ("forest",))


def test_detectors_are_asked_for_by_name_or_by_whose_they_are():
    assert named(()) == NAMES
    assert named(("nrt_iqr", "confirmation")) == ("confirmation", "nrt_iqr")
    assert "confirmation" in named(("ours",))
    assert set(named(("ours", "peers"))) == set(NAMES)
    with pytest.raises(CubeError, match="no detector is called 'bfast'; known are ours, peers"):
        named(("bfast",))


def test_the_report_is_plain_json_and_the_same_again_but_for_the_clock(done):
    one, other = report(done), report(done)
    assert json.loads(json.dumps(one, allow_nan=False)) == json.loads(json.dumps(other))
    core = one["detectors"]["confirmation"]
    assert core["pixels"]["hit"] > 0
    assert 0 < core["accuracy"]["f1"] <= 1
    assert core["placebo_twin"]["ever_false_ha"] is not None
    assert core["law"]["own"] == 0
    assert one["stresses"]["half_looks"]["dist_alert"]["recall"] is not None
    assert next(iter(one["trade_off"])) == "confirmation@4x1"


def test_every_table_is_there_with_its_units(done):
    text = "\n".join(lines(report(done)))
    for word in (
        "confirmation",
        "dist_alert",
        "half_looks",
        "twin ever",
        "never green",
        "ns/px-date",
        "ha/mine-yr",
        "d, median/p90",
    ):
        assert word in text
    assert "1 simulated site of 64 x 64 pixels of 10 m, 2 years, seed 3" in text
    for table in tables(report(done)):
        assert len(table.heads) == len(table.units)
        assert all(len(row) == len(table.heads) for row in table.rows), table.title


def test_a_target_stands_beside_the_best_peer_of_its_own_world():
    def world(**f1):
        return {name: {"f1": value, "recall": value} for name, value in f1.items()}

    plain = world(confirmation=0.97, ensemble=0.98, dist_alert=0.6, sccd=0.7)
    made = {
        "detectors": {name: {"accuracy": one} for name, one in plain.items()},
        "stresses": {"half_looks": world(confirmation=0.95, dist_alert=0.5)},
    }
    by_words = {target.words: target for target in TARGETS}
    assert best_peer(made) == "sccd"
    assert best_peer(made, by_words["half the looks: F1"]) == "dist_alert"
    assert best_peer(made, by_words["12 % missed cloud in the history: recall"]) == ""


def test_names_beside_a_picture_move_as_little_as_they_must():
    assert apart([1.0, 5.0], 1.0, 0.0, 10.0) == [1.0, 5.0]
    assert apart([4.0, 4.0], 1.0, 0.0, 10.0) == pytest.approx([3.5, 4.5])
    moved = apart([0.0, 0.0, 0.0], 1.0, 0.0, 10.0)
    assert moved == pytest.approx([0.0, 1.0, 2.0], abs=0.01)


def test_a_table_in_markdown_has_its_units_behind_its_heads():
    made = Table("t", ("who", "how late"), ("", "d"), (("a|b", "3"),))
    assert markdown(made) == ["| who | how late [d] |", "| --- | ---: |", "| a\\|b | 3 |"]


def test_what_was_not_run_is_told_and_breaks_nothing():
    settings = EvaluationSettings(seeds=(3,), detectors=("nrt_ewma",), twins=0)
    gap = Result(Tally(), 0.0, 0, note="not installed: pip install minecube[peers]")
    text = lines(report(Evaluation(settings, {"none": {"nrt_ewma": {3: gap}}})))
    assert any("nrt_ewma  not installed: pip install minecube[peers]" in line for line in text)


def test_columns_stand_under_their_heads():
    assert aligned([["a", "long"], ["longer", "1"]]) == ["a       long", "longer     1"]


def test_a_target_is_met_from_its_own_side():
    by_words = {target.words: target for target in TARGETS}
    assert met(by_words["pixel F1 of the standing map"], 0.97)
    assert not met(by_words["error of the onset, median"], 10.5)
    bias = by_words["bias of the area, either way"]
    figures = {"detectors": {"confirmation": {"accuracy": {"area_bias": -0.05}}}}
    assert bias.value(figures, "confirmation") == 0.05
    assert bias.value(figures, "forest") is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"seeds": ()}, "seeds are"),
        ({"seeds": (1, 1)}, "each once"),
        ({"seeds": (-1,)}, "0 or more"),
        ({"twins": 13}, "twins is 13; give 0 to 12"),
        ({"workers": 0}, "workers is 0"),
        ({"years": 1}, "years is 1"),
        ({"size": 7}, "size is 7"),
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        EvaluationSettings(**wrong)


def test_bad_input_is_told_in_one_line_and_ends_with_two(tmp_path, capsys):
    assert main(["--seeds", "spring", "--output", str(tmp_path)]) == 2
    assert "seeds are 'spring'; give tuning, reporting" in capsys.readouterr().err
    assert main(["--detectors", "bfast", "--output", str(tmp_path)]) == 2
    assert "no detector is called 'bfast'" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["--quick", "--output", str(tmp_path / "file")]) == 2


@pytest.mark.slow
def test_the_command_prints_the_table_and_goes_on_where_it_was(tmp_path, capsys):
    told = ["--quick", "--size", "64", "--workers", "2", "--output", str(tmp_path)]
    assert main(told) == 0
    first = capsys.readouterr().out
    assert "confirmation" in first
    assert {path.name for path in tmp_path.iterdir()} >= {
        "accuracy.json",
        "f1_by_lag.png",
        "reliability.png",
        "trade_off.png",
    }
    report_then = (tmp_path / "accuracy.json").read_bytes()
    pictures = {path: path.read_bytes() for path in tmp_path.glob("*.png")}
    assert main(told) == 0
    assert capsys.readouterr().out == first
    assert (tmp_path / "accuracy.json").read_bytes() == report_then
    assert all(path.read_bytes() == bytes_ for path, bytes_ in pictures.items())


@pytest.mark.slow
def test_two_workers_give_what_one_gives(tmp_path):
    def run(workers, folder):
        settings = EvaluationSettings(
            seeds=(3, 4), detectors=("dist_alert",), stresses=(Stress.NONE,), twins=0, size=64,
            years=2, workers=workers,
        )  # fmt: skip
        return [one.tally for one in evaluation(settings, folder).of("none", "dist_alert")]

    assert run(2, tmp_path / "two") == run(1, tmp_path / "one")


@pytest.mark.slow
def test_killed_it_leaves_no_process_behind_and_goes_on_where_it_was(tmp_path):
    told = [
        sys.executable, "-m", "pipelines.evaluate", "--seeds", "31-36", "--size", "64",
        "--detectors", "dist_alert", "--stress", "none", "--twins", "0",
        "--output", str(tmp_path),
    ]  # fmt: skip
    process = subprocess.Popen(told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kept = tmp_path / "sites"
    until = time.monotonic() + PATIENCE_S
    while not list(kept.glob("*.json")) and time.monotonic() < until:
        time.sleep(0.05)
    children = child_processes(process.pid)
    assert len(children) >= 2
    process.kill()
    process.wait()
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < until, "a worker outlived the evaluation"
        time.sleep(0.1)
    before = {path: path.stat().st_mtime_ns for path in kept.glob("*.json")}
    assert before
    assert subprocess.run(told, check=False, capture_output=True).returncode == 0
    assert len(list(kept.glob("*.json"))) == 6
    assert {path: path.stat().st_mtime_ns for path in before} == before


def child_processes(parent: int) -> list[str]:
    """Processes that a process has started and that still run."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [child for task in tasks for child in task.read_text().split()]
