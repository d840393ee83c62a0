"""A chain of entries: what is written can be read again, and what was changed shows where."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.ledger import GENESIS, Act, BrokenChain, Chain, verified

FOREST = {"mine_id": "CIL_339", "area_ha": 0.3559, "first_violation_date": "2022-08-04"}


def written() -> Chain:
    """Three entries: opened on 14 November 2023, judged a month later, opened elsewhere."""
    chain = Chain().with_acts(
        [Act("opened", "0cc519885144b57c", "open", "0.36 ha in forest F1", FOREST)],
        "run of minecube 0.1.0",
        "2023-11-14T06:30:00Z",
    )
    said = Act("verdict", "0cc519885144b57c", "confirmed", "fresh pit, देखा", FOREST, "A. Rao")
    chain = chain.with_acts([said], "", "2023-12-15T10:00:00Z")
    more = Act(
        "opened", "06f97b1f364b73a2", "open", "36.65 ha outside any lease", {"area_ha": 36.0}
    )
    return chain.with_acts([more], "run of minecube 0.1.0", "2024-01-02T06:30:00Z")


def test_an_entry_is_one_line_sealed_with_the_hash_of_the_rest_of_it():
    first = written().entries[0]
    content = (
        '{"seq":1,"when":"2023-11-14T06:30:00Z","who":"run of minecube 0.1.0","act":"opened",'
        '"alert_id":"0cc519885144b57c","state":"open","why":"0.36 ha in forest F1","numbers":'
        '{"area_ha":0.3559,"first_violation_date":"2022-08-04","mine_id":"CIL_339"},'
        f'"prev":"{"0" * 64}"}}'
    )
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert first.line.decode() == f'{content[:-1]},"hash":"{digest}"}}\n'
    assert first.prev == GENESIS
    assert [e.prev for e in written().entries[1:]] == [e.hash for e in written().entries[:-1]]


def test_anybody_can_check_an_entry_with_sed_and_sha256sum(tmp_path):
    (tmp_path / "ledger.jsonl").write_bytes(written().content)
    recipe = (
        "sed -n 2p ledger.jsonl | sed 's/,\"hash\":\"[0-9a-f]*\"}$/}/' | tr -d '\\n' | sha256sum"
    )
    said = subprocess.run(recipe, shell=True, cwd=tmp_path, capture_output=True, check=True)
    assert said.stdout.decode().split()[0] == written().entries[1].hash


def test_what_is_written_is_read_again_as_it_was():
    assert verified(written().content) == written()
    assert verified(b"") == Chain()
    assert Chain().head == GENESIS


def test_who_says_so_himself_is_named_and_numbers_have_four_decimals():
    numbers = {"area_ha": 0.123456, "confidence": float("nan"), "growth": -0.00001}
    entry = Chain().with_acts([Act("x", "a", "s", "w", numbers, "A. Rao")], "run", "t").entries[0]
    assert entry.who == "A. Rao"
    assert entry.numbers == {"area_ha": 0.1235, "confidence": None, "growth": 0.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("when", "2023-11-13T06:30:00Z"),
        ("who", "B. Sen"),
        ("act", "carried"),
        ("alert_id", "06f97b1f364b73a2"),
        ("state", "dismissed"),
        ("why", "no pit"),
        ("numbers", FOREST | {"area_ha": 0.05}),
    ],
)
def test_a_changed_field_breaks_the_chain_at_its_line(name, value):
    first, second, third = written().entries
    lines = first.line + replace(second, **{name: value}).line + third.line
    with pytest.raises(BrokenChain, match="broken at line 2: entry 2 was changed after") as caught:
        verified(lines)
    assert caught.value.line == 2


def test_an_entry_changed_and_sealed_anew_breaks_the_chain_after_it():
    first, second, third = written().entries
    forged = replace(second, state="dismissed")
    forged = replace(forged, hash=forged.sealed_hash)
    with pytest.raises(BrokenChain, match="line 3: entry 3 does not follow the one before it"):
        verified(first.line + forged.line + third.line)


@pytest.mark.parametrize(
    ("order", "line"),
    [((1, 2), 1), ((0, 2), 2), ((0, 2, 1), 2), ((0, 0, 1, 2), 2), ((0, 1, 1, 2), 3)],
)
def test_lines_taken_out_moved_or_doubled_break_the_chain_there(order, line):
    lines = [entry.line for entry in written().entries]
    with pytest.raises(BrokenChain, match=r"lines were taken out, put in or moved") as caught:
        verified(b"".join(lines[i] for i in order))
    assert caught.value.line == line


def test_no_byte_can_be_changed_unseen():
    content = written().content
    ends = [i for i, byte in enumerate(content) if byte == ord("\n")]
    for place in range(len(content) - 1):
        changed = bytearray(content)
        changed[place] ^= 1
        with pytest.raises(BrokenChain) as caught:
            verified(bytes(changed))
        assert caught.value.line == sum(end < place for end in ends) + 1
    last = verified(content[:-1] + b"x")  # the last line end: the entry counts no more
    assert len(last.entries) == 2
    assert last.torn


def test_a_rewritten_ledger_and_one_cut_short_lack_the_hash_that_was_kept():
    kept = written()
    short = Chain(kept.entries[:2])
    assert kept.holds(3, kept.head)
    assert kept.holds(2, short.head)
    assert kept.holds(0, GENESIS)
    assert verified(short.content) == short  # the chain alone does not show it
    assert not short.holds(3, kept.head)
    forged = Chain().with_acts([Act("opened", "a", "open", "w")] * 3, "run", "2023-11-14T06:30:00Z")
    assert not forged.holds(3, kept.head)


def test_cut_anywhere_the_whole_entries_count_and_the_rest_is_torn():
    lines = [entry.line for entry in written().entries]
    before = lines[0] + lines[1]
    for length in range(1, len(lines[2]) - 1):
        chain = verified(before + lines[2][:length])
        assert (len(chain.entries), chain.torn, chain.unended) == (2, lines[2][:length], False)
    chain = verified(before + lines[2][:-1])
    assert (len(chain.entries), chain.torn, chain.unended) == (3, b"", True)


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"[]", b"null", b"\x00\x00", b"\xff\xfe", b"[" * 100_000, b'{"seq":1}',
     b'{"seq":1,"seq":1}'],
)  # fmt: skip
def test_a_line_that_is_no_entry_is_refused(line):
    with pytest.raises(BrokenChain, match="line 4: it is no entry as the ledger writes them"):
        verified(written().content + line + b"\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"seq":1,', b'"seq":1, '), (b'"seq":1,', b'"seq":true,'), (b'"state":"open"', b'"state":7'),
     (b'"state":"open"', b'"state":"dismissed","state":"open"'), (b"0.3559", b"NaN"),
     (b"0.3559", b"0.35590"), (b"0.3559", b"[0.3559]")],
)  # fmt: skip
def test_a_line_written_in_another_way_is_refused_even_if_it_says_the_same(old, new):
    line = written().entries[0].line
    assert old in line
    with pytest.raises(BrokenChain, match="line 1: it is no entry"):
        verified(line.replace(old, new))


NUMBERS = st.dictionaries(st.text(), st.floats() | st.text() | st.integers() | st.none())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(), NUMBERS), max_size=4))
def test_whatever_is_entered_is_read_again(told):
    acts = [Act("opened", "a", "open", why, numbers) for why, numbers in told]
    chain = Chain().with_acts(acts, "run", "2023-11-14T06:30:00Z")
    assert verified(chain.content) == chain
    assert all(json.loads(line) for line in chain.content.split(b"\n")[:-1])
