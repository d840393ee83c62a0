"""A ledger in, what a person should know of it out: counts, and every tile that is not done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from pipelines.landsat_tiles.ledger import Ledger
from pipelines.wording import counted

ORDER = (
    "waiting", "downloading", "downloaded", "processing", "processed", "empty", "failed", "stuck",
)  # fmt: skip


def status_lines(
    ledger: Ledger, area: str = "", year: int = 0, verbose: bool = False
) -> Iterator[str]:
    """One line per area and year; with `verbose`, one per tile that is not processed or empty."""
    found = ledger.counts(area, year)
    if not found:
        yield "No tiles" + (f" of {area}" if area else "") + (f" in {year}" if year else "")
        return
    for name, of, states in found:
        said = ", ".join(f"{states[state]:,} {state}" for state in ORDER if states.get(state))
        yield f"{name} {of}: {counted(sum(states.values()), 'tile')}: {said}"
    stuck = sum(states.get("stuck", 0) for _, _, states in found)
    failed = sum(states.get("failed", 0) for _, _, states in found)
    if stuck:
        yield f"{stuck:,} stuck: download or process sets them back by itself, so does retry"
    if failed:
        yield f"{failed:,} failed: retry tries them again" + ("" if verbose else "; --verbose: why")
    if not verbose:
        return
    for task in ledger.tasks(area, year):
        lost = f", {counted(task.failed_reads, 'scene')} not read" if task.failed_reads else ""
        if task.state in ("processed", "empty") and not lost:
            continue
        since = datetime.fromtimestamp(task.since, UTC).strftime("%Y-%m-%d %H:%M:%S")
        state = "stuck" if task.stuck else task.state
        tries = f", attempt {task.attempts}" if task.attempts else ""
        why = ": ".join(part for part in ("", task.stuck or task.error) if part)
        yield f"  {task.tile_id} {task.year}: {state} since {since} UTC{tries}{lost}" + (
            f": {why}" if why else ""
        )
