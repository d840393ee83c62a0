"""A small run, published; copies of it that tests may change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def copied(small_run, tmp_path) -> Path:
    return Path(shutil.copytree(small_run, tmp_path / "outputs"))
