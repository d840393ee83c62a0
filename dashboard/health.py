"""An output and its server in, how they are out: what an admin looks at every morning."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import icechunk
import psutil

import cube
from cube.contract import CubeError
from dashboard.access import Access
from dashboard.runs import Runs
from dashboard.runs.runs import FAILED, LOST, REFUSED
from dashboard.stored import Stored
from pipelines.ledger_file import read_ledger
from pipelines.run_record import RunRecord
from pipelines.wording import counted

LITTLE_DISK = 0.05
"""A run of 506 mines commits some 1 % of what a 10 TB disk holds; below 5 % it is time."""

OLD_DAYS = 30
"""Days after which what is published is worth a look: a monsoon month may pass without one."""

CONNECT_S = 1.0


@dataclass(frozen=True)
class Sign:
    """One line: what, how it is, and whether somebody should look after it."""

    what: str
    said: str
    worry: bool = False


def health(output: Path, access: Access, runs: Runs, stored: Stored) -> list[Sign]:
    """Every sign; what cannot be read is one as well. Takes a moment: not for the event loop."""
    looks: dict[str, Callable[[], Sign]] = {
        "Published": lambda: published(stored),
        "Last ingest": lambda: last_ingest(output),
        "Failed reads": lambda: failed_reads(output, stored),
        "Failed mines": lambda: failed_mines(output),
        "Last run from here": lambda: last_run(runs),
        "Disk": lambda: disk(output),
        "Cluster": lambda: cluster(output),
        "Ledger": lambda: ledger(output),
        "Audit trail": lambda: audit_trail(access),
        "Server": server,
    }
    signs = []
    for what, look in looks.items():
        try:
            signs.append(look())
        except (CubeError, OSError, KeyError, icechunk.IcechunkError) as error:
            signs.append(Sign(what, str(error), worry=True))
    return signs


def published(stored: Stored) -> Sign:
    """Which results people see, and how old they are."""
    now = stored.current()
    when = datetime.fromisoformat(now.published_at)
    days = (datetime.now(UTC) - when).days
    age = "today" if days == 0 else f"{counted(days, 'day')} ago"
    said = f"{when:%Y-%m-%d %H:%M} UTC ({age}), {counted(len(now.national()), 'mine')}, {now.key}"
    return Sign("Published", said, days > OLD_DAYS)


def last_ingest(output: Path) -> Sign:
    """When imagery was last written into the cube, and until when it was asked for."""
    settings = RunRecord(output).data["settings"]
    commits = cube.history(settings.get("cube") or output / "cube")
    read = commits[commits["step"] == "ingest"]
    if read.empty:
        return Sign("Last ingest", "none yet", True)
    newest = read.iloc[0]
    until = str(settings.get("period", "")).partition("/")[2]
    return Sign("Last ingest", f"{newest.written_at:%Y-%m-%d %H:%M} UTC: {newest.message}; "
                f"imagery until {until}")  # fmt: skip


def failed_reads(output: Path, stored: Stored) -> Sign:
    """Slots that could not be read, and where most."""
    mines = stored.current().national()
    failed = mines[mines["failed_reads"] > 0].sort_values("failed_reads", ascending=False)
    if failed.empty:
        return Sign("Failed reads", "none")
    total, worst = int(failed["failed_reads"].sum()), failed.iloc[0]
    return Sign("Failed reads", f"{total} in {counted(len(failed), 'mine')}, most in "
                f"{worst.mine_id} ({int(worst.failed_reads)}). A run with the setting "
                "ingest.retry_failed: true reads them again.", True)  # fmt: skip


def failed_mines(output: Path) -> Sign:
    """Mines that the last run could not finish."""
    failed = RunRecord(output).data.get("failed_mines", [])
    if not failed:
        return Sign("Failed mines", "none")
    first = failed[0]
    return Sign("Failed mines", f"{counted(len(failed), 'mine')}; {first['mine_id']} in "
                f"{first['step']}: {first['reason']}", True)  # fmt: skip


def last_run(runs: Runs) -> Sign:
    """How the last run that was ordered here went."""
    for run in runs.recent():
        if run.kind != "preview":
            said = f"{run.title}, by {run.who}, {run.when[:16].replace('T', ' ')} UTC: {run.state}"
            bad = run.state in (FAILED, LOST, REFUSED)
            return Sign("Last run from here", f"{said}. {run.said}".strip(" ."), bad)
    return Sign("Last run from here", "none yet")


def disk(output: Path) -> Sign:
    """What is free where the output lies."""
    told = shutil.disk_usage(output)
    share = told.free / told.total
    said = f"{told.free / 1e9:,.0f} GB of {told.total / 1e9:,.0f} GB free ({share:.0%})"
    return Sign("Disk", said, share < LITTLE_DISK)


def cluster(output: Path) -> Sign:
    """Where runs compute, and whether it answers."""
    told = str(RunRecord(output).data["settings"].get("cluster") or "")
    if not told:
        return Sign("Cluster", f"this machine, a worker for each of its {os.cpu_count()} cores")
    if told == "threads":
        return Sign("Cluster", "this machine, one process")
    if "://" not in told:
        return Sign("Cluster", f"as {told} says, started by each run", not Path(told).exists())
    address = urlsplit(told)
    try:
        with socket.create_connection((address.hostname, address.port or 8786), CONNECT_S):
            return Sign("Cluster", f"{told} answers")
    except OSError as error:
        return Sign("Cluster", f"{told} does not answer: {error.strerror or error}", True)


def ledger(output: Path) -> Sign:
    """Whether every entry of the ledger of alerts is as it was written."""
    chain = read_ledger(output)
    return Sign("Ledger", f"{counted(len(chain.entries), 'line')} verified, {chain.head[:12]}")


def audit_trail(access: Access) -> Sign:
    """Whether every line of the audit trail is as it was written."""
    chain = access.audit.read()
    return Sign("Audit trail", f"{counted(len(chain.entries), 'line')} verified, {chain.head[:12]}")


def server() -> Sign:
    """How long the server is up, and how much memory it holds."""
    process = psutil.Process()
    up = datetime.now(UTC) - datetime.fromtimestamp(process.create_time(), UTC)
    hours = up.total_seconds() / 3600
    memory = process.memory_info().rss / 1e6
    return Sign("Server", f"up {hours:,.1f} hours, {memory:,.0f} MB of memory")
