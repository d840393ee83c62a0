"""`OUTPUT/ledger.jsonl`: acts in, lines that are never changed again; the file in, its chain out.

One writer at a time, behind a lock; a line is on the disk before its writer is told so. What a
killed writer left half-written is found by the next, which takes it out and enters that it did.
`ledger.head` beside it and `run.json` remember the last hash, so that a ledger whose end was cut
off is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from analysis.alert_states import AlertRecord, alert_records
from analysis.ledger import Act, Chain, verified
from cube.contract import CubeError
from pipelines.run_record import whole_path

LEDGER = "ledger.jsonl"
HEAD = "ledger.head"

WAIT_S = 60.0
"""An append takes milliseconds; who waits longer than this waits for something that hangs."""

REMEDY = (
    "Nothing was entered. Bring the ledger back from a copy; where there is none, move it away "
    "and begin a new one, on the record: python -m pipelines.verdict --output {output} --restart "
    "--who NAME --why TEXT"
)

Acts = Callable[[dict[str, AlertRecord]], Sequence[Act]]


def read_ledger(output: Path) -> Chain:
    """The verified ledger of a run; an empty chain where there is none yet.

    Raises
    ------
    CubeError
        If it is broken, naming the line, or shorter than it once was.
    """
    remembered = list(_remembered(output))  # first: an append may come in between
    try:
        content = (output / LEDGER).read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise CubeError(f"{output / LEDGER} cannot be read: {error.strerror}.") from error
    try:
        chain = verified(content)
        alert_records(chain.entries)
    except CubeError as error:
        raise CubeError(f"{output / LEDGER}: {error} {_remedy(output)}") from error
    _refuse_shortened(output, chain, remembered)
    return chain


def append(output: Path, acts: Acts, who: str = "") -> Chain:
    """Enter what `acts` makes of the present records, and return the ledger as it is then.

    who : of acts that do not say themselves who did them.

    Raises
    ------
    CubeError
        If the ledger is broken, shortened, held by another process, or cannot be written.
    """
    with _alone(output):
        chain = _repaired(output, read_ledger(output))
        new = list(acts(alert_records(chain.entries)))
        return _written(output, chain, new, who) if new else chain


def restart(output: Path, who: str, why: str) -> Chain:
    """Begin a new ledger after the old one was lost, its last known hash in the first entry.

    Raises
    ------
    CubeError
        If a ledger is there: it has to be moved away by hand first.
    """
    with _alone(output):
        if (output / LEDGER).exists():
            raise CubeError(
                f"{output / LEDGER} is there. A new ledger begins only where none is: move it "
                "away, and keep it."
            )
        lost = [known for known in _remembered(output) if known["entries"]]
        if not lost:
            raise CubeError(f"no ledger of {output} was lost; the first run begins one.")
        numbers = {
            "lost_entries": max(known["entries"] for known in lost),
            "lost_heads": " ".join(sorted({known["head"] for known in lost})),
        }
        return _written(output, Chain(), [Act("restarted", "", "", why, numbers)], who)


def _refuse_shortened(output: Path, chain: Chain, remembered: list[dict[str, Any]]) -> None:
    """Refuse a ledger that lacks what `ledger.head` or run.json remember of it."""
    given_up = {
        head
        for entry in chain.entries
        if entry.act == "restarted"
        for head in str(entry.numbers.get("lost_heads")).split()
    }
    for known in remembered:
        if known["head"] in given_up or chain.holds(known["entries"], known["head"]):
            continue
        have = len(chain.entries)
        raise CubeError(
            f"{output / LEDGER} has {have} entries, but {known['where']} remembers entry "
            f"{known['entries']} with hash {known['head'][:12]}..., which is not in it: its end "
            f"was cut off, or it was written anew. {_remedy(output)}"
        )


def _remembered(output: Path) -> Iterator[dict[str, Any]]:
    """How long the ledger was, as others remember it."""
    for name in (HEAD, "run.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads((output / name).read_text(encoding="utf-8"))
            told = told["steps"]["enforce"]["ledger"] if name == "run.json" else told
            yield {"where": name, "entries": int(told["entries"]), "head": str(told["head"])}


def _repaired(output: Path, chain: Chain) -> Chain:
    """The ledger without what a killed writer left, and an entry that says what that was."""
    if not (chain.torn or chain.unended):
        return chain
    left = chain.torn
    why = (
        f"An append was interrupted; {len(left)} bytes that were no entry yet were taken out."
        if left
        else "An append was interrupted at the end of its last line, which was put in place."
    )
    text, sha256 = left.decode("utf-8", "backslashreplace"), hashlib.sha256(left).hexdigest()
    numbers = {"text": text, "sha256": sha256} if left else {}
    software = f"minecube {version('minecube')}"
    mended = chain.with_acts([Act("repaired", "", "", why, numbers)], software, _now())
    # The whole file at once: never a repair without its note.
    with whole_path(output / LEDGER) as part, part.open("wb") as stream:
        stream.write(mended.content)
        stream.flush()
        os.fsync(stream.fileno())
    _sync_folder(output)
    _remember(output, mended)
    return mended


def _written(output: Path, chain: Chain, acts: Sequence[Act], who: str) -> Chain:
    """The chain with the acts, once they are on the disk."""
    grown = chain.with_acts(acts, who, _now())
    alert_records(grown.entries)  # what may not be entered never is
    lines = b"".join(entry.line for entry in grown.entries[len(chain.entries) :])
    path = output / LEDGER
    new = not path.exists()
    try:
        with path.open("ab", buffering=0) as stream:
            before = stream.tell()
            try:
                _write_all(stream, lines)
                os.fsync(stream.fileno())
            except BaseException:
                stream.truncate(before)
                raise
    except OSError as error:
        raise CubeError(
            f"{path} cannot be written: {error.strerror}. Nothing was entered; make room or clear "
            "the way, then repeat the command."
        ) from error
    if new:
        _sync_folder(output)
    _remember(output, grown)
    return grown


def _write_all(stream: Any, lines: bytes) -> None:
    """Raw writes may stop half-way; go on until all is written or the system says why not."""
    rest = memoryview(lines)
    while rest:
        rest = rest[stream.write(rest) :]


def _remember(output: Path, chain: Chain) -> None:
    told = {"entries": len(chain.entries), "head": chain.head}
    with whole_path(output / HEAD) as part:
        part.write_text(json.dumps(told) + "\n", encoding="utf-8")


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(output: Path) -> Iterator[None]:
    """The one that appends; the system lets go when its holder dies, however it dies."""
    if not output.is_dir():
        raise CubeError(f"there is no folder {output}. Give the output folder of a run.")
    try:
        with FileLock(output / f"{LEDGER}.lock", timeout=WAIT_S):
            yield
    except Timeout:
        raise CubeError(
            f"another process has been writing to {output / LEDGER} for over {WAIT_S:.0f} s. Let "
            "it end or stop it, then repeat the command."
        ) from None


def _remedy(output: Path) -> str:
    return REMEDY.format(output=output)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
