"""A ledger's entries in, the present state of every alert out; which act may lead where.

A run finds, updates and withdraws; a person judges. A run never overrules a person, with one
exception: ground that was judged no violation is open again once it has grown well beyond what
the person saw (`analysis.alert_acts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analysis.ledger import BrokenChain, Entry

OPEN, CONFIRMED, DISMISSED = "open", "confirmed", "dismissed"
RETRACTED, SUPERSEDED = "retracted", "superseded"
STATES = (OPEN, CONFIRMED, DISMISSED, RETRACTED, SUPERSEDED)

STANDING = (OPEN, CONFIRMED)
"""States of violations that stand: not yet judged, and judged to be one."""

VERDICTS = (CONFIRMED, DISMISSED, RETRACTED)
"""What a person may say: a violation; looked at and none; withdrawn, the evidence was wrong."""

NEW = ""
"""State of an alert before its first entry."""

_SAME = {state: {state} for state in VERDICTS}

TRANSITIONS: dict[str, dict[str, set[str]]] = {
    "opened": {NEW: {OPEN}},
    "updated": {OPEN: {OPEN}, CONFIRMED: {CONFIRMED}},
    "retracted": {NEW: {RETRACTED}, OPEN: {RETRACTED}},
    "not_found": _SAME,
    "found": _SAME | {RETRACTED: {RETRACTED, OPEN}, SUPERSEDED: {OPEN, *VERDICTS}},
    "reopened": {state: {OPEN} for state in (DISMISSED, RETRACTED, SUPERSEDED)},
    "superseded": {state: {SUPERSEDED} for state in STATES[:-1]},
    "carried": {OPEN: set(VERDICTS)},
    "verdict": {state: set(VERDICTS) for state in (OPEN, *VERDICTS)},
}
"""By act, from which states to which. Runs: opened, updated (grown or graver), retracted (found
no more), not_found (found no more, but a person judged it, and that stands), found (again),
reopened (grown beyond a dismissal), superseded (its ground is another alert now, or the law
changed and nothing forbids it any more), carried (a verdict taken over from the alert it
supersedes). Persons: verdict."""

LEDGER_ACTS = ("repaired", "restarted")
"""Acts about the ledger itself; they name no alert."""


@dataclass(frozen=True)
class AlertRecord:
    """What the ledger says of one alert.

    Attributes
    ----------
    alert_id, state : str
    numbers : as the last entry of a run that has any gave them
    found : bool
        Whether the last run that looked found the violation.
    verdict : Entry or None
        The verdict that stands: the last one, unless growth reopened the alert since.
    judged : Entry or None
        The last verdict of a person on its ground, standing or not.
    first, last : Entry
    """

    alert_id: str
    state: str
    numbers: Mapping[str, str | int | float | None]
    found: bool
    verdict: Entry | None
    judged: Entry | None
    first: Entry
    last: Entry

    @property
    def area_ha(self) -> float:
        """Ground of the violation [ha] as last recorded."""
        return float(self.numbers.get("area_ha") or 0.0)

    @property
    def mine_id(self) -> str:
        """Whose ground."""
        return str(self.numbers.get("mine_id") or "")


def alert_records(entries: Iterable[Entry]) -> dict[str, AlertRecord]:
    """The present record of every alert, in the order in which they were first entered.

    Raises
    ------
    BrokenChain
        At an entry that no act could have made: its hash is right, what it says is not allowed.
    """
    records: dict[str, AlertRecord] = {}
    for entry in entries:
        if entry.act in LEDGER_ACTS:
            continue
        before = records.get(entry.alert_id)
        state = before.state if before else NEW
        if entry.state not in TRANSITIONS.get(entry.act, {}).get(state, ()):
            raise BrokenChain(
                entry.seq,
                f"{entry.act!r} cannot take alert {entry.alert_id} from {state or 'nothing'!r} "
                f"to {entry.state!r}",
            )
        records[entry.alert_id] = _after(before, entry)
    return records


def _after(before: AlertRecord | None, entry: Entry) -> AlertRecord:
    """An alert's record once `entry` is made."""
    if before is None:
        found = entry.act == "opened"
        return AlertRecord(
            entry.alert_id, entry.state, entry.numbers, found, None, None, entry, entry
        )
    after = replace(before, state=entry.state, last=entry)
    match entry.act:
        case "verdict" | "carried":
            return replace(after, verdict=entry, judged=entry)
        case "not_found" | "retracted" | "superseded":
            return replace(after, found=False)
        case "reopened":
            return replace(after, numbers=entry.numbers, found=True, verdict=None)
    return replace(after, numbers=entry.numbers, found=True)
