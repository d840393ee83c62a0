from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from cube import CubeError
from pipelines.database import load_run, mine_page, opened
from pipelines.database.engine import reading
from pipelines.database.tables import LedgerEntry
from pipelines.ledger_file import restart
from tests.pipelines.database.hand_run import opened as opened_act
from tests.pipelines.database.hand_run import verdict, write_ledger


@pytest.fixture
def judged(run):
    """The run with a ledger of two entries: an alert opened, and confirmed by Ann on the spot."""
    write_ledger(run, opened_act())
    write_ledger(run, verdict("confirmed"), who="Ann")
    return run


def test_every_line_goes_in_as_it_stands_and_the_verdict_with_its_visit(url, judged):
    loaded = load_run(url, judged)
    assert (loaded.rows["ledger"], loaded.rows["verdicts"]) == (2, 1)
    with opened(url, judged) as engine:
        page = mine_page(engine, "B_001")
        with reading(engine) as connection:
            lines = connection.scalars(select(LedgerEntry.line).order_by(LedgerEntry.seq)).all()
    assert "".join(lines).encode() == (judged / "ledger.jsonl").read_bytes()
    assert [(e["act"], e["who"]) for e in page.ledger][-1] == ("verdict", "Ann")
    assert [e["visited"] for e in page.ledger] == [None, date(2022, 3, 1)]
    assert page.alerts[0]["state"] == "confirmed"


def test_a_verdict_after_the_run_is_loaded_without_another_run(url, judged):
    first = load_run(url, judged)
    write_ledger(judged, verdict("dismissed", visited=None), who="Bo")
    again = load_run(url, judged)
    assert (again.run_id, again.fresh) == (first.run_id, False)
    assert again.rows == {"ledger": 1, "verdicts": 1}
    with opened(url, judged) as engine:
        page = mine_page(engine, "B_001")
    assert page.alerts[0]["state"] == "dismissed"
    assert [e["visited"] for e in page.ledger] == [None, date(2022, 3, 1), None]


def test_a_tampered_ledger_is_refused_and_nothing_of_the_run_goes_in(url, judged):
    file = judged / "ledger.jsonl"
    file.write_text(file.read_text().replace("Ann", "Eve"))
    with pytest.raises(CubeError, match="broken at line 2"):
        load_run(url, judged)


def test_a_ledger_cut_off_since_the_load_is_refused_whatever_lies_beside_it(url, judged):
    load_run(url, judged)
    file = judged / "ledger.jsonl"
    file.write_bytes(file.read_bytes().splitlines(keepends=True)[0])
    (judged / "ledger.head").unlink()
    with pytest.raises(CubeError, match="has 1 entries and does not hold entry 2"):
        load_run(url, judged)


def test_a_ledger_written_anew_since_the_load_is_refused(url, judged):
    load_run(url, judged)
    for name in ("ledger.jsonl", "ledger.head"):
        (judged / name).unlink()
    with pytest.raises(CubeError, match="is gone; 2 entries were loaded"):
        load_run(url, judged)
    write_ledger(judged, opened_act(), who="run of another")
    with pytest.raises(CubeError, match="is another one now; 2 entries were loaded"):
        load_run(url, judged)


def test_a_ledger_that_says_it_was_begun_again_is_taken_beside_the_old_one(url, judged):
    load_run(url, judged)
    (judged / "ledger.jsonl").unlink()
    restart(judged, "Ann", "The disk broke.")
    assert load_run(url, judged).rows["ledger"] == 1
    with opened(url, judged) as engine:
        assert mine_page(engine, "B_001").alerts[0]["state"] == "confirmed"
