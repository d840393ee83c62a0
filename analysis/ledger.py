"""Acts in, entries of a hash-chained ledger out; its bytes in, the verified entries out.

An entry is one line of JSON. Its last two fields chain it: `prev` is the hash of the entry
before, `hash` the SHA-256 of the line itself without `,"hash":"..."`. Whoever changes, moves or
takes out a line breaks the chain there, and anybody can check that with no software of ours:

    sed -n 2p ledger.jsonl | sed 's/,"hash":"[0-9a-f]*"}$/}/' | tr -d '\\n' | sha256sum

What a chain alone cannot show is that its end was cut off, or that all of it was written anew:
for that, keep the hash of its last entry elsewhere and ask for it (`Chain.holds`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NoReturn

from cube.contract import CubeError

GENESIS = "0" * 64
"""What the first entry has for the hash of the entry before."""

Number = str | int | float | None


class BrokenChain(CubeError):
    """The ledger is not what was written; `line` says where that shows first."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"The ledger is broken at line {line}: {what}.")
        self.line = line


@dataclass(frozen=True)
class Act:
    """What is to be entered: what was done with which alert, its state from now on, and why.

    alert_id, state : "" where the act is about the ledger itself.
    numbers : the area, dates, severity ... that the act rests on; rounded to four decimals.
    who : "" where it is whoever appends.
    """

    act: str
    alert_id: str
    state: str
    why: str
    numbers: Mapping[str, Number] = field(default_factory=dict)
    who: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. `when` is UTC, `who` the software of a run or a person's name."""

    seq: int
    when: str
    who: str
    act: str
    alert_id: str
    state: str
    why: str
    numbers: Mapping[str, Number]
    prev: str
    hash: str = ""

    @cached_property
    def content(self) -> bytes:
        """The line without its hash: what the hash is of."""
        told = {name: getattr(self, name) for name in FIELDS[:-1]}
        told["numbers"] = dict(sorted(self.numbers.items()))
        return _json(told).encode()

    @property
    def line(self) -> bytes:
        """The line as it stands in the file, its end included."""
        return self.content[:-1] + f',"hash":"{self.hash}"}}\n'.encode()

    @property
    def sealed_hash(self) -> str:
        """The hash that belongs to the content."""
        return hashlib.sha256(self.content).hexdigest()


FIELDS = tuple(Entry.__dataclass_fields__)


@dataclass(frozen=True)
class Chain:
    """A verified ledger.

    Attributes
    ----------
    entries : tuple of Entry
    torn : bytes
        What an interrupted append left after the last line, no entry yet; b"" normally.
    unended : bool
        Whether the last entry is whole but for the end of its line.
    """

    entries: tuple[Entry, ...] = ()
    torn: bytes = b""
    unended: bool = False

    @property
    def head(self) -> str:
        """Hash of the last entry: who keeps it can later show that nothing was taken away."""
        return self.entries[-1].hash if self.entries else GENESIS

    @cached_property
    def content(self) -> bytes:
        """The file as it should be: all whole entries, nothing torn."""
        return b"".join(entry.line for entry in self.entries)

    def holds(self, seq: int, head: str) -> bool:
        """Whether entry `seq` is there and has the hash `head`; 0 stands for before the first."""
        if seq == 0:
            return True
        return seq <= len(self.entries) and self.entries[seq - 1].hash == head

    def with_acts(self, acts: Iterable[Act], who: str, when: str) -> Chain:
        """The chain with one more entry per act."""
        entries = list(self.entries)
        for act in acts:
            prev = entries[-1].hash if entries else GENESIS
            rounded = {name: _plain(value) for name, value in act.numbers.items()}
            entry = Entry(len(entries) + 1, when, act.who or who, act.act, act.alert_id, act.state,
                          act.why, rounded, prev)  # fmt: skip
            entries.append(replace(entry, hash=entry.sealed_hash))
        return Chain(tuple(entries))


def verified(content: bytes) -> Chain:
    """The entries of a ledger file, every one checked.

    Raises
    ------
    BrokenChain
        At the first line that is not what was written.
    """
    *lines, rest = content.split(b"\n")
    entries: list[Entry] = []
    for line in lines:
        entries.append(_checked(line, entries))
    if not rest:
        return Chain(tuple(entries))
    try:
        return Chain((*entries, _checked(rest, entries)), unended=True)
    except BrokenChain:
        return Chain(tuple(entries), torn=rest)


def _checked(line: bytes, before: Sequence[Entry]) -> Entry:
    """One line as an entry that follows those before."""
    number = len(before) + 1
    entry = _parsed(line, number)
    if entry.seq != number:
        raise BrokenChain(number, f"it has entry {entry.seq}, expected {number}: lines were taken "
                          "out, put in or moved")  # fmt: skip
    if entry.hash != entry.sealed_hash:
        raise BrokenChain(number, f"entry {number} was changed after it was written: its hash is "
                          f"{entry.hash[:12]}..., its content gives {entry.sealed_hash[:12]}..."
                          )  # fmt: skip
    if entry.prev != (before[-1].hash if before else GENESIS):
        raise BrokenChain(number, f"entry {number} does not follow the one before it, which was "
                          "changed and sealed anew, or put in its place")  # fmt: skip
    return entry


def _parsed(line: bytes, number: int) -> Entry:
    """A line as an entry, if it is written exactly as the ledger writes it."""
    try:
        told = json.loads(line, parse_constant=_refuse)
        entry = Entry(**told)
        texts = [getattr(entry, name) for name in FIELDS if name not in ("seq", "numbers")]
        if not (all(isinstance(text, str) for text in texts) and type(entry.seq) is int):
            raise ValueError
        if any(isinstance(value, list | dict) for value in entry.numbers.values()):
            raise ValueError
        if entry.line != line + b"\n":
            raise ValueError
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BrokenChain(number, "it is no entry as the ledger writes them") from None
    return entry


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(value: Any) -> Number:
    """A number as the ledger keeps it: at most four decimals, unknown as null."""
    if isinstance(value, float):
        return round(float(value), 4) + 0.0 if math.isfinite(value) else None
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
