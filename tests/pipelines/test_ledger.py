"""The ledger on disk: appended to by one at a time, whole whoever is killed, loud when changed."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from types import SimpleNamespace

import pytest

from analysis.ledger import Act
from cube.contract import CubeError
from pipelines import ledger_file
from pipelines.ledger import ledger_facts, previous_alerts, record_alerts, verdicts_key
from pipelines.ledger_file import HEAD, LEDGER, append, read_ledger, restart
from pipelines.run_record import RunRecord
from tests.analysis.test_alert_acts import alert, table
from tests.pipelines.processes import PATIENCE_S

FORK = multiprocessing.get_context("fork")


def opened(*ids: str):
    """What makes acts that open alerts of these names."""
    return lambda records: [Act("opened", id_, "open", "dug", {"area_ha": 1.0}) for id_ in ids]


def begun(output, *ids: str) -> bytes:
    """A ledger with one entry per name; its bytes."""
    append(output, opened(*(ids or "abc")), "run")
    return (output / LEDGER).read_bytes()


def names(output) -> list[str]:
    return [entry.alert_id for entry in read_ledger(output).entries]


def in_a_process(work, *arguments) -> int:
    """Exit code of `work` in a child process; negative where a signal ended it."""
    child = FORK.Process(target=work, args=arguments)
    child.start()
    return ended(child)


def ended(child) -> int:
    """Exit code of a child process, which is gone when this returns."""
    child.join(PATIENCE_S)
    code = child.exitcode
    child.kill()
    child.join(PATIENCE_S)
    assert code is not None
    return code


def test_a_ledger_grows_by_whole_lines_and_none_is_ever_changed(tmp_path):
    first = begun(tmp_path)
    append(tmp_path, opened("d"), "run")
    after = (tmp_path / LEDGER).read_bytes()
    assert after.startswith(first)
    assert after.count(b"\n") == 4
    assert names(tmp_path) == ["a", "b", "c", "d"]
    append(tmp_path, lambda records: [], "run")
    assert (tmp_path / LEDGER).read_bytes() == after


def test_when_is_now_in_utc(tmp_path):
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    begun(tmp_path)
    after = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert before <= read_ledger(tmp_path).entries[0].when <= after


def _dies_after(output, written: int) -> None:
    """Append one entry, and kill -9 oneself with so many of its bytes on the disk."""

    def half(stream, lines):
        stream.write(lines[:written])
        os.fsync(stream.fileno())
        os.kill(os.getpid(), signal.SIGKILL)

    ledger_file._write_all = half
    append(output, opened("z"), "run")


@pytest.mark.parametrize("written", [0, 1, 40, -2])
def test_what_kill_9_left_in_mid_append_is_taken_out_and_said(tmp_path, written):
    whole = begun(tmp_path)
    assert in_a_process(_dies_after, tmp_path, written) == -signal.SIGKILL
    left = (tmp_path / LEDGER).read_bytes().removeprefix(whole)
    assert bool(left) == (written != 0)
    assert names(tmp_path) == ["a", "b", "c"]  # reading repairs nothing and needs no repair
    append(tmp_path, opened("z"), "run")
    content = (tmp_path / LEDGER).read_bytes()
    assert content.startswith(whole)
    *_, repaired, again = read_ledger(tmp_path).entries
    assert again.alert_id == "z"
    if written:
        assert (repaired.act, repaired.alert_id, repaired.state) == ("repaired", "", "")
        assert repaired.why.startswith(f"An append was interrupted; {len(left)} bytes that were")
        assert repaired.numbers["text"] == left.decode()
        assert repaired.who.startswith("minecube ")
    else:
        assert repaired.alert_id == "c"


def test_an_entry_that_lacks_but_its_line_end_counts_and_gets_it(tmp_path):
    begun(tmp_path)
    assert in_a_process(_dies_after, tmp_path, -1) == -signal.SIGKILL
    assert names(tmp_path) == ["a", "b", "c", "z"]
    append(tmp_path, opened("y"), "run")
    assert names(tmp_path) == ["a", "b", "c", "z", "", "y"]
    assert read_ledger(tmp_path).entries[4].why == (
        "An append was interrupted at the end of its last line, which was put in place."
    )


def test_the_very_first_line_may_be_torn_too(tmp_path):
    assert in_a_process(_dies_after, tmp_path, 9) == -signal.SIGKILL
    assert (tmp_path / LEDGER).read_bytes() == b'{"seq":1,'
    append(tmp_path, opened("a"), "run")
    assert [entry.act for entry in read_ledger(tmp_path).entries] == ["repaired", "opened"]


def _appends(output, name: str, count: int, told) -> None:
    """Append entry after entry and tell of each one when it is acknowledged."""
    for number in range(count):
        append(output, opened(f"{name}{number}"), "run")
        told.send(f"{name}{number}")


def test_kill_9_at_any_moment_loses_nothing_that_was_acknowledged(tmp_path):
    acknowledged = []
    for number in range(6):
        here, there = FORK.Pipe(duplex=False)
        child = FORK.Process(target=_appends, args=(tmp_path, f"{number}-", 10_000, there))
        child.start()
        there.close()
        acknowledged.append(here.recv())  # it is under way
        time.sleep(0.013 * number)
        os.kill(child.pid, signal.SIGKILL)
        ended(child)
        while here.poll():
            try:
                acknowledged.append(here.recv())
            except (EOFError, OSError):  # killed before or while it told
                break
        entered = names(tmp_path)
        assert set(acknowledged) <= set(entered)
        assert max(Counter(name for name in entered if name).values()) == 1


def test_two_appenders_at_once_lose_nothing(tmp_path):
    _, told = FORK.Pipe(duplex=False)
    children = [FORK.Process(target=_appends, args=(tmp_path, name, 25, told)) for name in "xy"]
    for child in children:
        child.start()
    assert [ended(child) for child in children] == [0, 0]
    entered = names(tmp_path)
    assert len(entered) == 50
    for name in "xy":  # each one's in its own order
        own = [entry for entry in entered if entry.startswith(name)]
        assert own == [f"{name}{number}" for number in range(25)]


def test_a_ledger_held_by_another_is_said_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_file, "WAIT_S", 0.05)

    def within(records):
        with pytest.raises(CubeError, match=r"another process has been writing to .*\.jsonl"):
            append(tmp_path, opened("b"), "run")
        return opened("a")(records)

    append(tmp_path, within, "run")
    assert names(tmp_path) == ["a"]


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path, monkeypatch):
    whole = begun(tmp_path)

    def full(stream, lines):
        stream.write(lines[:40])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ledger_file, "_write_all", full)
    with pytest.raises(CubeError, match=r"No space left on device\. Nothing was entered"):
        append(tmp_path, opened("z"), "run")
    assert (tmp_path / LEDGER).read_bytes() == whole


def test_a_short_write_is_gone_on_with():
    class Stutters:
        content = b""

        def write(self, data) -> int:
            self.content += bytes(data[:3])
            return min(3, len(data))

    stream = Stutters()
    ledger_file._write_all(stream, b"0123456789")
    assert stream.content == b"0123456789"


def test_a_tampered_ledger_is_not_appended_to_and_the_place_is_named(tmp_path):
    content = begun(tmp_path)
    tampered = content.replace(b'"alert_id":"b"', b'"alert_id":"B"')
    (tmp_path / LEDGER).write_bytes(tampered)
    said = r"broken at line 2: entry 2 was changed after .*Nothing was entered.*--restart"
    with pytest.raises(CubeError, match=said):
        append(tmp_path, opened("d"), "run")
    assert (tmp_path / LEDGER).read_bytes() == tampered


def test_an_entry_of_a_right_hash_that_no_act_could_make_is_refused(tmp_path):
    chain = read_ledger(tmp_path).with_acts([Act("verdict", "a", "dismissed", "x")], "M.", "2023")
    (tmp_path / LEDGER).write_bytes(chain.content)
    with pytest.raises(CubeError, match="broken at line 1: 'verdict' cannot take alert a from"):
        append(tmp_path, opened("d"), "run")


def test_acts_that_are_not_allowed_are_never_entered(tmp_path):
    whole = begun(tmp_path)
    with pytest.raises(CubeError, match="'opened' cannot take alert a from 'open' to 'open'"):
        append(tmp_path, opened("a"), "run")
    assert (tmp_path / LEDGER).read_bytes() == whole


@pytest.mark.parametrize("left", [b"", b"first line"])
def test_a_ledger_cut_short_or_gone_is_noticed(tmp_path, left):
    content = begun(tmp_path)
    (tmp_path / LEDGER).write_bytes(content.split(b"\n")[0] + b"\n" if left else b"")
    with pytest.raises(CubeError, match=r"ledger\.head remembers entry 3 with hash .* cut off"):
        append(tmp_path, opened("d"), "run")
    (tmp_path / LEDGER).unlink()
    with pytest.raises(CubeError, match=r"has 0 entries, but ledger\.head remembers entry 3"):
        append(tmp_path, opened("d"), "run")


def test_a_ledger_written_anew_is_noticed_by_what_run_json_remembers(tmp_path):
    begun(tmp_path)
    record = RunRecord(tmp_path)
    record.finish("enforce", "key", 1.0, [], ledger=ledger_facts(tmp_path))
    read_ledger(tmp_path)
    append(tmp_path, opened("d"), "run")
    read_ledger(tmp_path)  # it may be longer than it was
    for name in (LEDGER, HEAD):
        (tmp_path / name).unlink()
    forged = ledger_file.Chain().with_acts(opened(*"abcde")({}), "forger", "2023-11-14T06:30:00Z")
    (tmp_path / LEDGER).write_bytes(forged.content)
    with pytest.raises(CubeError, match=r"run\.json remembers entry 3 .* written anew"):
        append(tmp_path, opened("f"), "run")


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"entries": null, "head": "x"}'])
def test_a_damaged_memory_remembers_nothing(tmp_path, damaged):
    begun(tmp_path)
    (tmp_path / HEAD).write_text(damaged)
    (tmp_path / "run.json").write_text(damaged)
    append(tmp_path, opened("d"), "run")
    assert json.loads((tmp_path / HEAD).read_text())["entries"] == 4


def test_a_new_ledger_begins_on_the_record_after_the_old_one_was_lost(tmp_path):
    begun(tmp_path)
    lost = ledger_facts(tmp_path)
    RunRecord(tmp_path).finish("enforce", "key", 1.0, [], ledger=lost)
    with pytest.raises(CubeError, match="A new ledger begins only where none is: move it away"):
        restart(tmp_path, "A. Rao", "the disk died")
    (tmp_path / LEDGER).unlink()
    restart(tmp_path, "A. Rao", "the disk died")
    append(tmp_path, opened("a"), "run")
    first = read_ledger(tmp_path).entries[0]
    assert (first.act, first.who, first.why) == ("restarted", "A. Rao", "the disk died")
    assert first.numbers == {"lost_entries": 3, "lost_heads": lost["head"]}


def test_where_no_ledger_was_lost_none_begins_anew(tmp_path):
    with pytest.raises(CubeError, match=r"no ledger of .* was lost; the first run begins one"):
        restart(tmp_path, "A. Rao", "why not")


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CubeError, match=r"there is no folder .*absent"):
        append(tmp_path / "absent", opened("a"), "run")
    assert not (tmp_path / "absent").exists()


def test_a_run_enters_its_alerts_once_and_shows_what_persons_said(tmp_path):
    job = SimpleNamespace(output=tmp_path)
    found = table(alert(0.5), alert(1.5, zone="F2", east=1.0))
    none_yet = verdicts_key(tmp_path)
    for _ in range(2):
        shown = record_alerts(job, found, {"CIL_339"})
        assert shown["state"].tolist() == ["open", "open"]
        assert len(read_ledger(tmp_path).entries) == 2
        assert verdicts_key(tmp_path) == none_yet  # the run itself changes no key
    assert read_ledger(tmp_path).entries[0].who.startswith("run of minecube ")
    id_ = found["alert_id"][0]
    numbers = dict(read_ledger(tmp_path).entries[0].numbers)
    said = Act("verdict", id_, "dismissed", "old quarry", numbers, "A. Rao")
    append(tmp_path, lambda records: [said])
    assert verdicts_key(tmp_path) != none_yet
    shown = record_alerts(job, found, {"CIL_339"})
    assert shown["state"].tolist() == ["dismissed", "open"]
    assert previous_alerts(tmp_path, shown)["state"].tolist() == ["open", "open"]
    assert previous_alerts(tmp_path, None) is None
    shown = record_alerts(job, table(alert(1.0), alert(1.5, zone="F2", east=1.0)), {"CIL_339"})
    assert shown["state"].tolist() == ["open", "open"]
    facts = ledger_facts(tmp_path)
    assert facts == {"entries": 4, "head": read_ledger(tmp_path).entries[-1].hash}


def test_a_run_over_a_broken_ledger_enters_nothing(tmp_path):
    content = begun(tmp_path)
    (tmp_path / LEDGER).write_bytes(content.replace(b"dug", b"DUG", 1))
    with pytest.raises(CubeError, match="broken at line 1"):
        record_alerts(SimpleNamespace(output=tmp_path), table(alert()), {"CIL_339"})
