"""Who may commit to a cube in a folder: one process, named to whoever else tries."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from cube.contract import CubeError


def is_local(path: str | os.PathLike) -> bool:
    """Whether `path` is a folder rather than an object store's address."""
    return "://" not in os.fspath(path)


@contextmanager
def committer(path: str | os.PathLike, wait_s: float = 0.0) -> Iterator[None]:
    """Be the one that commits to `path` while the block runs.

    Folders lose commits under two committers at once, so a lock file beside the folder lets one
    in; the system releases it when its holder dies, however it dies. Object stores arbitrate
    commits themselves and take no lock. Readers need none anywhere.

    Raises
    ------
    CubeError
        If somebody else holds the lock for longer than `wait_s`, naming the holder.
    """
    if not is_local(path):
        yield
        return
    folder = Path(path).absolute()
    holder = folder.with_name(folder.name + ".holder.json")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.with_name(folder.name + ".lock"), timeout=wait_s)
        lock.acquire()
    except Timeout:
        raise CubeError(
            f"Another process is writing to the cube at {path!s}: {_description(holder)}. "
            "Let it end or stop it, then run again; reading is possible meanwhile."
        ) from None
    except OSError as error:
        raise CubeError(f"{folder.parent} cannot be written: {error.strerror}.") from error
    try:
        holder.write_text(
            json.dumps(
                {
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                    "command": " ".join(sys.argv)[:200],
                }
            )
        )
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _description(holder: Path) -> str:
    try:
        who = json.loads(holder.read_text())
        return (
            f"process {who['pid']} on {who['host']} since {who['since']} ({who['command'].strip()})"
        )
    except (OSError, ValueError, KeyError):
        return "a process that left no name"
