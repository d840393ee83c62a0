"""What persons say of alerts in, checked verdicts out, and entered in the ledger."""

from __future__ import annotations

import csv
import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from analysis.alert_states import SUPERSEDED, VERDICTS, AlertRecord
from analysis.ledger import Act, Chain
from cube.contract import CubeError
from pipelines.ledger_file import append

COLUMNS = ("alert_id", "state", "who", "why", "visited")
"""Of verdicts.csv; visited may be missing."""


@dataclass(frozen=True)
class Verdict:
    """A person's word on an alert; `visited` is the day of the visit, "" where there was none."""

    alert_id: str
    state: str
    who: str
    why: str
    visited: str = ""

    def __post_init__(self) -> None:
        if self.state not in VERDICTS:
            raise CubeError(f"state is {self.state!r}, expected one of {', '.join(VERDICTS)}.")
        check_person(self.who, self.why)
        if self.visited:
            _past_day(self.visited)


def enter_verdicts(output: Path, verdicts: Sequence[Verdict]) -> tuple[Chain, int]:
    """Enter all verdicts that are not in the ledger yet, or none; the ledger, and how many.

    Raises
    ------
    CubeError
        For an unknown alert (the nearest are named), one that another has superseded, and a
        ledger that does not verify.
    """
    count = 0

    def acts(records: dict[str, AlertRecord]) -> list[Act]:
        nonlocal count
        told = dict.fromkeys(verdicts)  # the same row twice is said once
        new = [act for verdict in told if (act := _act(verdict, records, output)) is not None]
        count = len(new)
        return new

    return append(output, acts), count


def _act(verdict: Verdict, records: Mapping[str, AlertRecord], output: Path) -> Act | None:
    """The verdict as an act; None where these very words are the alert's verdict already."""
    record = records.get(verdict.alert_id)
    if record is None:
        raise CubeError(_unknown(verdict.alert_id, records, output))
    if record.state == SUPERSEDED:
        heir = record.last.numbers.get("heir")
        instead = f"judge {heir} instead." if heir else record.last.why
        raise CubeError(f"alert {verdict.alert_id} was superseded: {instead}")
    numbers = {**record.numbers, **({"visited": verdict.visited} if verdict.visited else {})}
    act = Act("verdict", verdict.alert_id, verdict.state, verdict.why, numbers, verdict.who)
    last = record.verdict
    if last is not None and (last.who, last.state, last.why, last.numbers.get("visited")) == (
        verdict.who, verdict.state, verdict.why, numbers.get("visited")):  # fmt: skip
        return None
    return act


def _unknown(alert_id: str, records: Mapping[str, AlertRecord], output: Path) -> str:
    """What is wrong with an alert id, and which were perhaps meant."""
    if not records:
        return f"{output} has no alerts yet: run the main job first."
    of_mine = [id_ for id_, record in records.items() if record.mine_id == alert_id]
    begun = [id_ for id_ in records if len(alert_id) >= 4 and id_.startswith(alert_id)]
    near = of_mine or begun or difflib.get_close_matches(alert_id, records, n=3, cutoff=0.5)
    if not near:
        return f"there is no alert {alert_id!r}; --list shows the {len(records)} there are."
    named = ", ".join(f"{id_} ({records[id_].mine_id}, {records[id_].state})" for id_ in near[:5])
    return f"there is no alert {alert_id!r}. Did you mean {named}?"


def read_verdicts(file: Path) -> list[Verdict]:
    """The verdicts of a CSV file, in its order.

    Raises
    ------
    CubeError
        If it cannot be read, lacks a column, or a row is no verdict; the row is named.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            sheet = csv.DictReader(stream, strict=True)
            lacking = [name for name in COLUMNS[:4] if name not in (sheet.fieldnames or ())]
            if lacking:
                raise CubeError(
                    f"{file} has no column {', '.join(lacking)}; expected "
                    f"{', '.join(COLUMNS)}, separated by commas."
                )
            rows = [(sheet.line_num, row) for row in sheet]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise CubeError(f"{file} cannot be read as a CSV file in UTF-8: {said}.") from error
    verdicts = []
    for line, row in rows:
        told = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if not any(told.values()):
            continue
        try:
            verdicts.append(Verdict(**told))
        except CubeError as error:
            raise CubeError(f"{file} line {line}: {error} Nothing was entered.") from error
    if not verdicts:
        raise CubeError(f"{file} holds no verdicts.")
    return verdicts


def check_person(who: str, why: str) -> None:
    """Refuse an act of nobody, one without a reason, and one in the name of a run."""
    _line_of_text("who", who)
    _line_of_text("why", why)
    if who.casefold() == "run" or who.casefold().startswith("run "):
        raise CubeError(f"who is {who!r}, the name of a run; give a person's.")


def _line_of_text(name: str, text: str) -> None:
    if not text.strip():
        raise CubeError(f"{name} is empty: a verdict says who gives it, and why.")
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text):
        raise CubeError(f"{name} has control characters or line breaks; give one line of text.")


def _past_day(text: str) -> None:
    """Refuse what is no day, or has not come yet wherever on earth the visit was."""
    try:
        day = date.fromisoformat(text)
        if text != day.isoformat():
            raise ValueError
    except ValueError:
        raise CubeError(f"visited is {text!r}, expected a day as 2023-11-08.") from None
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise CubeError(f"visited is {text}, a day that has not come yet.")
