"""Files that only their owner may read: written whole, mode 0600, in a folder of mode 0700."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from cube.contract import CubeError
from pipelines.run_record import whole_path


def private_folder(folder: Path) -> Path:
    """The folder, made where it is not, closed to others.

    Raises
    ------
    CubeError
        If it cannot be made or closed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise CubeError(
            f"{folder} cannot be made private: {error.strerror}. Give a folder that you own."
        ) from error
    return folder


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once; nobody else can read it at any time."""
    with whole_path(path) as part:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())


def write_private_json(path: Path, value: Any) -> None:
    """Replace a JSON file at once."""
    write_private(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())


def read_private_json(path: Path, remedy: str) -> Any:
    """What a JSON file holds; None where there is none.

    Raises
    ------
    CubeError
        If it is damaged, or others may read it: then it was copied there by hand.
    """
    try:
        mode = path.stat().st_mode & 0o077
        if mode:
            raise CubeError(f"{path} can be read by others. Close it: chmod 600 {path}")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except CubeError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no JSON"
        raise CubeError(f"{path} cannot be read: {said}. {remedy}") from error


def kept_secret(path: Path) -> str:
    """A secret of 256 bits, made at the first call and kept; whoever has it can forge sessions.

    Raises
    ------
    CubeError
        If it is damaged or others may read it.
    """
    told = read_private_json(path, "Take it away: a new one is made, and everybody signs in again.")
    if told is None:
        write_private_json(path, {"secret": secrets.token_hex(32)})
        told = read_private_json(path, "")
    secret = told.get("secret") if isinstance(told, dict) else None
    if not isinstance(secret, str) or len(secret) < 64:
        raise CubeError(f"{path} holds no secret. Take it away: a new one is made.")
    return secret
