"""Costly folders, made once for all the processes of a test session."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock

T = TypeVar("T")


def made_once(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]
) -> tuple[Path, T]:
    """The folder that `make` filled and what it returned, in whichever process came first.

    The others wait for it. It is read by all of them at once: who changes anything copies it.
    """
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared" / name
    folder.parent.mkdir(exist_ok=True)
    returned = folder.with_suffix(".returned")
    with FileLock(folder.with_suffix(".lock")):
        if not returned.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            returned.write_bytes(pickle.dumps(make(folder)))
        return folder, pickle.loads(returned.read_bytes())
