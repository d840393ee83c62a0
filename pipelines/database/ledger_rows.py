"""The ledger of a run's output in, its entries as rows out, and the verdicts among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from analysis.ledger import Chain, Entry
from pipelines.ledger_file import read_ledger

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class LedgerRows:
    """A verified ledger and its rows; no rows where there is none. `output`: its folder."""

    output: str
    chain: Chain
    ledger: list[Row]
    verdicts: list[Row]

    @property
    def name(self) -> str:
        """Hash of its first entry: what tells it from every other ledger."""
        return self.chain.entries[0].hash if self.chain.entries else ""

    @property
    def restarted(self) -> bool:
        """Whether it says of itself that one before it was lost."""
        return bool(self.chain.entries) and self.chain.entries[0].act == "restarted"

    def after(self, seq: int) -> tuple[list[Row], list[Row]]:
        """Rows of the entries after `seq`, and of the verdicts among them."""
        fresh = self.ledger[seq:]
        hashes = {row["hash"] for row in fresh}
        return fresh, [row for row in self.verdicts if row["hash"] in hashes]


def ledger_rows(output: Path) -> LedgerRows:
    """The ledger at `output`, every entry checked.

    Raises
    ------
    CubeError
        If its chain is broken or shortened.
    """
    return rows_of(read_ledger(output), output)


def rows_of(chain: Chain, output: Path) -> LedgerRows:
    """A verified ledger's rows."""
    folder = str(output.absolute())
    return LedgerRows(
        output=folder,
        chain=chain,
        ledger=[_row(entry, chain.entries[0], folder) for entry in chain.entries],
        verdicts=[_verdict(entry) for entry in chain.entries if entry.act == "verdict"],
    )


def _row(entry: Entry, first: Entry, output: str) -> Row:
    return {
        "hash": entry.hash,
        "chain": first.hash,
        "seq": entry.seq,
        "output": output,
        "at": _instant(entry),
        "who": entry.who,
        "act": entry.act,
        "alert_id": entry.alert_id,
        "state": entry.state,
        "why": entry.why,
        "line": entry.line.decode(),
    }


def _verdict(entry: Entry) -> Row:
    visited = entry.numbers.get("visited")
    return {
        "hash": entry.hash,
        "alert_id": entry.alert_id,
        "state": entry.state,
        "who": entry.who,
        "at": _instant(entry),
        "visited": date.fromisoformat(str(visited)[:10]) if visited else None,
        "why": entry.why,
    }


def _instant(entry: Entry) -> datetime:
    """When the entry was made. The ledger writes UTC."""
    when = datetime.fromisoformat(entry.when)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when
