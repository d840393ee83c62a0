"""The audit trail: everything is in it, and nothing leaves it unseen."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from cube.contract import CubeError
from dashboard.access.audit import LONGEST, Audit


@pytest.fixture
def audit(tmp_path):
    audit = Audit(tmp_path / "access")
    audit.enter("anna", "user.add", "bert", told={"role": "user"})
    audit.enter("bert", "run.start", outcome="refused", said="Only an admin may do that.")
    audit.enter("anna", "run.start", said="Run")
    return audit


def test_every_act_is_a_line_in_order(audit):
    entries = audit.read().entries
    told = [(one.seq, one.who, one.act, one.alert_id, one.state) for one in entries]
    assert told == [
        (1, "anna", "user.add", "bert", "done"),
        (2, "bert", "run.start", "", "refused"),
        (3, "anna", "run.start", "", "done"),
    ]
    assert entries[0].numbers == {"role": "user"}


def test_a_line_is_checked_with_no_software_of_ours(audit):
    lines = audit.path.read_text().splitlines()
    content = re.sub(r',"hash":"[0-9a-f]*"}$', "}", lines[1])
    assert hashlib.sha256(content.encode()).hexdigest() == json.loads(lines[1])["hash"]
    assert json.loads(lines[1])["prev"] == json.loads(lines[0])["hash"]


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_changed_line_is_named(audit, line):
    lines = audit.path.read_text().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace("anna", "eve_").replace("bert", "eve_")
    audit.path.write_text("".join(lines))
    with pytest.raises(CubeError, match=f"tampered with: .* line {line}"):
        audit.read()


def test_an_end_that_was_cut_off_is_seen_and_nothing_is_entered_behind_it(audit):
    lines = audit.path.read_text().splitlines(keepends=True)
    audit.path.write_text("".join(lines[:2]))
    with pytest.raises(CubeError, match="has 2 lines, but had 3"):
        audit.read()
    for act in (audit.ready, lambda: audit.enter("anna", "run.start")):
        with pytest.raises(CubeError, match="was changed or cut off: it remembers 3 lines"):
            act()
    audit.path.unlink()
    with pytest.raises(CubeError, match="remembers 3 lines"):
        audit.ready()


def test_what_a_killed_writer_left_is_taken_out(audit):
    with audit.path.open("ab") as stream:
        stream.write(b'{"seq":4,"when":"2026-11')
    audit.enter("anna", "run.stop")
    assert [one.act for one in audit.read().entries][2:] == ["run.start", "run.stop"]


def test_line_breaks_and_endless_texts_stay_one_short_line(audit):
    audit.enter("anna", "x", "a\r\nb\x1b[31m", said="y" * 5_000)
    entry = audit.read().entries[-1]
    assert entry.alert_id == "a  b [31m"
    assert len(entry.why) == LONGEST
