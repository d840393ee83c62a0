from __future__ import annotations

import json

import pytest

from pipelines.database.__main__ import main
from pipelines.database.schema import newest
from tests.pipelines.database.hand_run import opened as opened_act
from tests.pipelines.database.hand_run import write_ledger, write_run


def test_load_and_check_beside_the_run(run, capsys):
    told = ["--output", str(run)]
    assert main([*told, "check"]) == 1
    assert "there is no database" in capsys.readouterr().out
    assert main([*told, "load"]) == 0
    assert "run 1 is in" in capsys.readouterr().out
    assert main([*told, "check"]) == 0
    write_ledger(run, opened_act())
    assert main([*told, "check"]) == 1
    assert "1 line of its ledger missing" in capsys.readouterr().out
    assert main([*told, "load"]) == 0
    assert main([*told, "check"]) == 0
    write_run(run, dug_ha=0.55)
    assert main([*told, "check"]) == 1
    assert "is not in it" in capsys.readouterr().out


def test_no_command_shows_the_password(postgresql_url, run, capsys):
    password = postgresql_url.split(":")[2].split("@")[0]
    for act in ("check", "migrate", "load", "check"):
        main(["--output", str(run), "--url", postgresql_url, act])
    main(["--output", str(run), "--url", postgresql_url.replace("/results", "/no_such"), "load"])
    said = "".join(capsys.readouterr())
    assert f"migration {newest()}" in said
    assert 'database "no_such' in said
    assert password not in said
    assert "s3cret" not in said
    assert "s3cret" not in (run / "run.json").read_text()


def test_without_a_url_it_is_the_one_that_the_run_was_told(tmp_path, capsys):
    run = write_run(tmp_path / "out", database={"url": f"sqlite:///{tmp_path}/shared.sqlite"})
    assert main(["--output", str(run), "load"]) == 0
    assert (tmp_path / "shared.sqlite").exists()
    assert not (run / "results.sqlite").exists()


@pytest.mark.parametrize("act", ["load", "migrate", "check"])
def test_bad_input_ends_with_two_and_one_line(act, tmp_path, capsys):
    assert main(["--output", str(tmp_path / "nothing"), act]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")


def test_a_damaged_record_is_said(run, capsys):
    (run / "run.json").write_text(json.dumps([]))
    assert main(["--output", str(run), "load"]) == 2
    assert "no record of a run" in capsys.readouterr().err
