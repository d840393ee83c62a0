"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real satellite data; tests that need it are skipped where it is absent."""
    beside = Path(__file__).parents[2] / "shared" / "real"
    folder = Path(os.environ.get("MINECUBE_REAL_DATA", beside))
    if not (folder / "README.md").exists():
        pytest.skip(f"no real data at {folder}: set MINECUBE_REAL_DATA to the folder that holds it")
    return folder
