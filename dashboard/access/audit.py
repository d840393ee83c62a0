"""`OUTPUT/access/audit.jsonl`: who did what when, and how it went; append-only, hash-chained.

A line is as in the ledger of alerts (`analysis.ledger`) and is checked in the same way: `act` is
what was done, `alert_id` what it was done to, `state` how it went, `why` what was said of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from analysis.ledger import GENESIS, Chain, Entry, Number, verified
from cube.contract import CubeError
from dashboard.access.private_file import private_folder, write_private_json

DONE, REFUSED, FAILED = "done", "refused", "failed"

LONGEST = 1_000
"""Letters of any text of a line; what is longer ends in dots."""

TAIL = 262_144
"""Bytes of the file's end that an append reads; a line is shorter."""


class Audit:
    """The audit trail of one output."""

    def __init__(self, folder: Path) -> None:
        self.path = private_folder(folder) / "audit.jsonl"
        self._head = folder / "audit.head"

    def enter(
        self,
        who: str,
        act: str,
        subject: str = "",
        outcome: str = DONE,
        said: str = "",
        told: Mapping[str, Number] | None = None,
    ) -> None:
        """Add a line, which is on the disk when this returns.

        Raises
        ------
        CubeError
            If the trail is broken at its end or cannot be written: then nothing may be done.
        """
        numbers = {str(_short(name)): _short(value) for name, value in (told or {}).items()}
        with FileLock(self.path.with_suffix(".lock"), timeout=30):
            last, torn = self._end()
            entry = Entry(
                seq=last.seq + 1 if last else 1,
                when=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                who=_text(who),
                act=_text(act),
                alert_id=_text(subject),
                state=outcome,
                why=_text(said),
                numbers=numbers,
                prev=last.hash if last else GENESIS,
            )
            entry = replace(entry, hash=entry.sealed_hash)
            self._write(entry.line, torn)
            write_private_json(self._head, {"entries": entry.seq, "head": entry.hash})

    def ready(self) -> None:
        """Refuse to begin what could not be entered afterwards.

        Raises
        ------
        CubeError
            If the trail's end was changed or cut off.
        """
        with FileLock(self.path.with_suffix(".lock"), timeout=30):
            self._end()

    def read(self) -> Chain:
        """The whole trail, every line checked.

        Raises
        ------
        CubeError
            If a line was changed, moved or taken out, naming it; or if its end was cut off.
        """
        with FileLock(self.path.with_suffix(".lock"), timeout=30):
            content = self.path.read_bytes() if self.path.exists() else b""
            entries, head = self._remembered()
        try:
            chain = verified(content)
        except CubeError as error:
            raise CubeError(f"the audit trail {self.path} was tampered with: {error}") from error
        if not chain.holds(entries, head):
            raise CubeError(
                f"the audit trail {self.path} has {len(chain.entries)} lines, but had {entries}: "
                "its end was cut off, or it was written anew."
            )
        return chain

    def _end(self) -> tuple[Entry | None, int]:
        """The last line, checked, and how many bytes a killed writer left behind it."""
        entries, head = self._remembered()
        try:
            with self.path.open("rb") as stream:
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - TAIL))
                *lines, torn = stream.read().split(b"\n")
        except FileNotFoundError:
            lines, torn = [], b""
        last = _parsed(lines[-1]) if lines else None
        have = last.seq if last else 0
        changed = last is not None and have == entries and last.hash != head
        if (lines and last is None) or have < entries or changed:
            raise CubeError(
                f"the end of the audit trail {self.path} was changed or cut off: it remembers "
                f"{entries} lines. Bring it back from a copy; nothing was done."
            )
        return last, len(torn)

    def _write(self, line: bytes, torn: int) -> None:
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(handle, "r+b", buffering=0) as stream:
                end = stream.seek(0, os.SEEK_END) - torn
                stream.seek(end)
                stream.write(line)
                stream.truncate()
                os.fsync(stream.fileno())
        except OSError as error:
            raise CubeError(
                f"{self.path} cannot be written: {error.strerror}. Nothing was done."
            ) from error

    def _remembered(self) -> tuple[int, str]:
        try:
            told = json.loads(self._head.read_text(encoding="utf-8"))
            return int(told["entries"]), str(told["head"])
        except FileNotFoundError:
            return 0, ""
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CubeError(f"{self._head} is damaged. Take it away.") from error


def _parsed(line: bytes) -> Entry | None:
    """A line as it was sealed; None for any other."""
    try:
        entry = Entry(**json.loads(line))
        return entry if entry.hash == entry.sealed_hash else None
    except (ValueError, TypeError, AttributeError):
        return None


def _text(value: str) -> str:
    """One line of text, not too long."""
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 3] + "..."


def _short(value: Number) -> Number:
    return _text(value) if isinstance(value, str) else value
