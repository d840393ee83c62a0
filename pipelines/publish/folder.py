"""`OUTPUT/published`: complete publications side by side, and the pointer to the one that is read.

A publication is made in a folder of another name, gets its own by one rename, and is shown by
replacing one small file: whoever is killed in between leaves the pointer on a complete one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cube.contract import CubeError
from pipelines.run_record import whole_file

FOLDER = "published"
POINTER = "current.json"
ABOUT = "publication.json"

FORMAT = 1
"""Raised when a reader of the one before would misread a publication."""

MAKING, GONE = ".making-", ".gone-"
"""How the names of folders begin that no reader looks at."""

KEPT = 3
"""The newest publications, kept so that pages that began on an older one stay whole."""

KEPT_FOR = timedelta(hours=1)
"""No publication is deleted sooner: a page may have been opened just before the next one came."""

WAIT_S = 60.0
"""How long one publisher waits for another."""


@dataclass(frozen=True)
class Pointer:
    """What `current.json` says: which publication is read, of which run, since when."""

    key: str
    run_id: str
    published_at: str
    snapshots: Mapping[str, str]
    format: int = FORMAT

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": self.format,
            "key": self.key,
            "run_id": self.run_id,
            "published_at": self.published_at,
            "snapshots": dict(self.snapshots),
        }


def read_pointer(output: Path) -> Pointer | None:
    """The pointer of an output folder; None where nothing was published yet.

    Raises
    ------
    CubeError
        If it cannot be read, or was written by another version.
    """
    path = output / FOLDER / POINTER
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CubeError(_damaged(path, error)) from error
    if not isinstance(told, dict):
        raise CubeError(_damaged(path, "it holds no keys and values"))
    if told.get("format") != FORMAT:
        raise CubeError(
            f"{path} is of format {told.get('format')!r}, this version reads {FORMAT}. Publish "
            f"again: python -m pipelines.publish --output {output}"
        )
    try:
        names = "key", "run_id", "published_at"
        key, run_id, published_at = (str(told[name]) for name in names)
        snapshots = {str(k): str(v) for k, v in told["snapshots"].items()}
    except (KeyError, AttributeError) as error:
        raise CubeError(_damaged(path, f"it lacks {error}")) from error
    if not key.isalnum():  # it becomes a folder's name
        raise CubeError(_damaged(path, f"{key[:40]!r} is no publication"))
    return Pointer(key, run_id, published_at, snapshots)


def about(folder: Path) -> dict[str, Any]:
    """What a publication says of itself.

    Raises
    ------
    CubeError
        If it is not there, or not whole.
    """
    path = folder / ABOUT
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        told["key"], told["run_key"], told["failed"], told["ledger"]["entries"]
        return told
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CubeError(_damaged(path, error)) from error


@contextmanager
def publisher(output: Path) -> Iterator[Path]:
    """Be the only one that publishes in an output folder; the folder of publications.

    Raises
    ------
    CubeError
        If another publisher does not end within a minute.
    """
    root = output / FOLDER
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / ".lock", timeout=WAIT_S)
    try:
        lock.acquire()
    except Timeout:
        raise CubeError(
            f"another process has been publishing in {root} for a minute. Let it end or stop it, "
            "then publish again."
        ) from None
    try:
        for left in root.glob(f"{GONE}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield root
    finally:
        lock.release()


def begun(root: Path, key: str) -> Path:
    """The folder in which publication `key` is made: what a killed publisher left of it is kept,
    halves of others are deleted."""
    making = root / f"{MAKING}{key}"
    for left in root.glob(f"{MAKING}*"):
        if left != making:
            shutil.rmtree(left, ignore_errors=True)
    making.mkdir(exist_ok=True)
    return making


def name_finished(making: Path, key: str) -> None:
    """Give a finished folder the name of its publication; one that is there already stays."""
    folder = making.with_name(key)
    if folder.exists():
        shutil.rmtree(making, ignore_errors=True)
    else:
        making.replace(folder)


def show(root: Path, pointer: Pointer) -> None:
    """Point readers to a finished publication."""
    folder = root / pointer.key
    told = about(folder) | {"published_at": pointer.published_at}
    with whole_file(folder / ABOUT) as stream:
        json.dump(told, stream, indent=1)
    with whole_file(root / POINTER) as stream:
        json.dump(pointer.told(), stream, indent=1)
        stream.write("\n")


def point(root: Path, key: str) -> None:
    """Show a finished publication, and delete those that nobody needs any more."""
    said = about(root / key)
    show(root, Pointer(key, said["run_id"], utc_now(), said["snapshots"]))
    prune(root, key)


def prune(root: Path, current: str, now: datetime | None = None) -> list[str]:
    """Delete publications that are neither current, nor of the newest, nor an hour old; which."""
    now = now or datetime.now(UTC)
    when: dict[Path, datetime] = {}
    for folder in root.iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            try:
                when[folder] = datetime.fromisoformat(about(folder)["published_at"])
            except (CubeError, KeyError, ValueError):
                when[folder] = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    newest = sorted(when, key=lambda folder: (when[folder], folder.name), reverse=True)
    gone = []
    for folder in newest[KEPT:]:
        if folder.name == current or now - when[folder] < KEPT_FOR:
            continue
        discard(folder)
        gone.append(folder.name)
    return gone


def discard(folder: Path) -> None:
    """Delete a publication; killed in between, it is none any more."""
    if folder.exists():
        doomed = folder.with_name(f"{GONE}{folder.name}")
        shutil.rmtree(doomed, ignore_errors=True)
        folder.replace(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def utc_now() -> str:
    """This second, as publications write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _damaged(path: Path, error: object) -> str:
    said = getattr(error, "strerror", None) or error
    output = path.parent.parent if path.name == POINTER else path.parent.parent.parent
    return (
        f"{path} is damaged ({said}). Publish again: python -m pipelines.publish --output {output}"
    )
