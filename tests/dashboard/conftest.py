"""What several tests of the dashboard share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def own_run(small_run, tmp_path) -> Path:
    """A finished run of two mines, to change."""
    return Path(shutil.copytree(small_run, tmp_path / "outputs"))
