"""Verdicts from the field, as a person gives them on the command line."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from analysis.alert_states import alert_records
from cube.contract import CubeError
from pipelines import inspect, verdict
from pipelines.ledger import record_alerts
from pipelines.ledger_file import LEDGER, read_ledger
from pipelines.verdicts import Verdict, read_verdicts
from tests.analysis.test_alert_acts import alert, table
from tests.pipelines.processes import ROOT

FOUND = table(
    alert(0.5), alert(1.5, zone="F2", east=1.0), alert(9.0, zone="W1", mine="CIL_021", east=2.0)
)
ONE, TWO, THREE = FOUND["alert_id"]


@pytest.fixture
def output(tmp_path):
    """A run's folder with three open alerts, on which an inspector can be sent out."""
    record_alerts(SimpleNamespace(output=tmp_path), FOUND, {"CIL_339", "CIL_021"})
    path = tmp_path / inspect.ALERTS
    path.parent.mkdir(parents=True)
    FOUND.to_parquet(path)
    lines = FOUND[["alert_id"]].assign(p_outside=[1.0, 0.5, 0.9])
    lines.to_csv(tmp_path / inspect.BOUNDARIES, index=False)
    return tmp_path


def said(output, *arguments: str) -> int:
    return verdict.main(["--output", str(output), *arguments])


def judge(output, alert_id=ONE, state="confirmed", who="A. Rao", why="fresh pit", *more) -> int:
    told = ["--alert", alert_id, "--state", state, "--who", who, "--why", why, *more]
    return said(output, *told)


def states(output) -> dict[str, str]:
    records = alert_records(read_ledger(output).entries)
    return {id_: record.state for id_, record in records.items()}


def test_a_verdict_changes_the_state_and_is_receipted(output, capsys):
    assert judge(output, ONE, "dismissed", "A. Rao", "old quarry", "--visited", "2023-11-08") == 0
    assert states(output) == {ONE: "dismissed", TWO: "open", THREE: "open"}
    entry = read_ledger(output).entries[-1]
    assert (entry.act, entry.who, entry.why) == ("verdict", "A. Rao", "old quarry")
    assert entry.numbers["visited"] == "2023-11-08"
    assert entry.numbers["area_ha"] == 0.5
    out = capsys.readouterr().out
    assert entry.hash in out
    assert "1 verdict entered; entry 4 is sealed with" in out


def test_the_same_words_twice_are_one_verdict_and_another_visit_is_another(output, capsys):
    assert judge(output) == 0
    assert judge(output) == 0
    assert "Nothing to enter" in capsys.readouterr().out
    assert judge(output, ONE, "confirmed", "A. Rao", "fresh pit", "--visited", "2023-11-08") == 0
    assert len(read_ledger(output).entries) == 5


def test_an_unknown_alert_is_refused_with_the_near_ones(output, capsys):
    wrong = ONE[:-1] + ("0" if ONE[-1] != "0" else "1")
    before = (output / LEDGER).read_bytes()
    assert judge(output, wrong) == 2
    assert f"Did you mean {ONE} (CIL_339, open)" in capsys.readouterr().err
    assert judge(output, ONE[:6]) == 2
    assert f"Did you mean {ONE} (CIL_339, open)?" in capsys.readouterr().err
    assert judge(output, "CIL_021") == 2
    assert f"Did you mean {THREE} (CIL_021, open)?" in capsys.readouterr().err
    assert judge(output, "~") == 2
    assert "--list shows the 3 there are" in capsys.readouterr().err
    assert (output / LEDGER).read_bytes() == before


def test_a_superseded_alert_is_judged_under_its_new_name(output, capsys):
    renamed = table(alert(0.5, zone="F1-2024"), alert(0.5, zone="F1", state="retracted"))
    record_alerts(SimpleNamespace(output=output), renamed, {"CIL_339"})
    assert judge(output) == 2
    assert f"was superseded: judge {renamed['alert_id'][0]} instead" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"state": ""}, "state is '', expected one of confirmed, dismissed, retracted"),
        ({"state": "superseded"}, "state is 'superseded'"),
        ({"who": " "}, "who is empty"),
        ({"why": ""}, "why is empty: a verdict says who gives it, and why"),
        ({"why": "a\nb"}, "why has control characters or line breaks"),
        ({"why": "\x1b[2J"}, "why has control characters"),
        ({"why": "\udcff"}, "why has control characters"),
        ({"who": "run"}, "the name of a run; give a person's"),
        ({"who": "Run of minecube 0.1.0"}, "the name of a run"),
        ({"visited": "8 November"}, "visited is '8 November', expected a day as 2023-11-08"),
        ({"visited": "20231108"}, "expected a day as 2023-11-08"),
        ({"visited": "2023-02-29"}, "expected a day as 2023-11-08"),
        ({"visited": f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"}, "has not come yet"),
    ],
)
def test_what_is_no_verdict_is_refused(told, message):
    with pytest.raises(CubeError, match=message):
        Verdict(**{"alert_id": ONE, "state": "confirmed", "who": "A. Rao", "why": "pit"} | told)
    Verdict(ONE, "confirmed", "Runa Sen", "खुदाई\u200d देखी", "2024-02-29")


def test_a_file_of_verdicts_is_entered_whole_or_not_at_all(output, tmp_path, capsys):
    file = tmp_path / "verdicts.csv"
    head = "alert_id,state,who,why,visited\n"
    good = f'{ONE},confirmed,A. Rao,"pit, fresh",2023-11-08\n{TWO},dismissed,B. Sen,quarry,\n'
    before = (output / LEDGER).read_bytes()
    file.write_text(head + good + f"{THREE},maybe,A. Rao,x,\n")
    assert said(output, "--file", str(file)) == 2
    assert "verdicts.csv line 4: state is 'maybe'" in capsys.readouterr().err
    file.write_text(head + good + "unknown,confirmed,A. Rao,x,\n")
    assert said(output, "--file", str(file)) == 2
    assert (output / LEDGER).read_bytes() == before
    file.write_text("\ufeff" + head + good + "\n,,,,\n" + good, encoding="utf-8")
    assert said(output, "--file", str(file)) == 0
    assert [(e.who, e.state) for e in read_ledger(output).entries[3:]] == [
        ("A. Rao", "confirmed"), ("B. Sen", "dismissed")]  # fmt: skip
    assert said(output, "--file", str(file)) == 0
    assert "Nothing to enter" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no column alert_id, state, who, why"),
        (b"alert_id;state;who;why\n", "separated by commas"),
        (b"alert_id,state,who\na,confirmed,b\n", "has no column why"),
        (b"alert_id,state,who,why\n", "holds no verdicts"),
        (b"alert_id,state,who,why\na,confirmed,\xff,x\n", "cannot be read as a CSV file in UTF-8"),
        (b'alert_id,state,who,why\na,confirmed,b,"x\n', "cannot be read as a CSV file"),
    ],
)
def test_a_file_that_holds_no_verdicts_is_refused(tmp_path, content, message):
    (tmp_path / "v.csv").write_bytes(content)
    with pytest.raises(CubeError, match=message):
        read_verdicts(tmp_path / "v.csv")


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CubeError, match=r"absent\.csv cannot be read .*: No such file"):
        read_verdicts(tmp_path / "absent.csv")


def test_the_list_has_the_open_first_and_the_last_word_on_each(output, capsys):
    judge(output, THREE, "dismissed", "A. Rao", "a natural pond")
    capsys.readouterr()
    assert said(output, "--list") == 0
    out = capsys.readouterr().out
    assert [out.index(id_) for id_ in (TWO, ONE, THREE)] == sorted(
        out.index(id_) for id_ in (TWO, ONE, THREE)
    )
    assert "by A. Rao: a natural pond" in out


def test_a_ledger_is_verified_and_a_hash_that_was_kept_is_found(output, capsys):
    kept = read_ledger(output).head
    judge(output)
    capsys.readouterr()
    assert said(output, "--verify", "--head", kept) == 0
    assert "verified: 4 entries" in capsys.readouterr().out
    assert said(output, "--verify", "--head", "0" * 64) == 1
    content = (output / LEDGER).read_bytes()
    (output / LEDGER).write_bytes(content.replace(b"confirmed", b"dismissed"))
    assert said(output, "--verify") == 1
    assert "NOT verified" in capsys.readouterr().out
    assert judge(output, TWO) == 2


def test_precision_is_of_the_list_by_expected_hectares(output, capsys):
    judge(output, THREE, "confirmed")
    judge(output, ONE, "dismissed")
    capsys.readouterr()
    # expected: THREE 9 x 0.9 x 0.9 = 7.29, TWO 1.5 x 0.9 x 0.5 = 0.675, ONE 0.45
    assert inspect.ranked_alerts(output)["alert_id"].tolist() == [THREE, TWO, ONE]
    assert said(output, "--precision") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[1].split() == ["3", "2", "1", "0.50", "0.09", "to", "0.91"]


def test_an_inspector_is_sent_where_most_is_open(output, capsys):
    assert inspect.main(["--output", str(output), "--visits", "5"]) == 0
    written = (output / inspect.INSPECTIONS).read_text().splitlines()
    assert [line.split(",")[:4] for line in written[1:]] == [
        ["1", "CIL_021", "7.290000", "7.290000"],
        ["2", "CIL_339", "1.125000", "8.415000"],
    ]
    assert "2 visits, 8.41 ha of violation to expect" in capsys.readouterr().out
    first = (output / inspect.INSPECTIONS).read_bytes()
    inspect.main(["--output", str(output), "--visits", "5"])
    assert (output / inspect.INSPECTIONS).read_bytes() == first
    judge(output, THREE, "dismissed")
    inspect.main(["--output", str(output), "--visits", "5"])
    assert "CIL_021" not in (output / inspect.INSPECTIONS).read_text()
    assert inspect.main(["--output", str(output), "--visits", "0"]) == 2


def test_folders_without_a_run_or_a_ledger_are_said(tmp_path, capsys):
    for told in (["--verify"], ["--list"], ["--precision"]):
        assert said(tmp_path / "absent", *told) == 2
        assert "there is no folder" in capsys.readouterr().err
    assert said(tmp_path, "--verify") == 2
    assert "has no ledger yet: the main job begins one" in capsys.readouterr().err
    assert said(tmp_path, "--precision") == 2
    assert judge(tmp_path) == 2
    assert "has no alerts yet: run the main job first" in capsys.readouterr().err
    assert inspect.main(["--output", str(tmp_path)]) == 2
    assert "has no alerts yet" in capsys.readouterr().err


def test_alerts_without_measured_lines_are_not_ranked(output, capsys):
    (output / inspect.BOUNDARIES).unlink()
    assert inspect.main(["--output", str(output)]) == 2
    assert "boundaries.csv is gone or damaged" in capsys.readouterr().err


def test_a_new_ledger_needs_a_person_and_a_reason(output, capsys):
    (output / LEDGER).unlink()
    assert said(output, "--restart", "--who", "A. Rao") == 2
    assert "why is empty" in capsys.readouterr().err
    assert said(output, "--restart", "--who", "A. Rao", "--why", "the disk died") == 0
    assert states(output) == {}


def test_it_runs_as_a_module_and_an_unknown_alert_exits_with_2(output):
    told = [
        "--output",
        str(output),
        "--alert",
        "x",
        "--state",
        "confirmed",
        "--who",
        "A",
        "--why",
        "b",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.verdict", *told], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no alert 'x'")


def test_the_lines_of_a_real_run_rank_its_alerts(small_run, tmp_path):
    ranked = inspect.ranked_alerts(small_run)
    assert ranked["p_outside"].between(0.5, 1.0).all()
    assert ranked["expected_ha"].is_monotonic_decreasing
