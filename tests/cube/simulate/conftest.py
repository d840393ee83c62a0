"""One tiny archive for all tests of this folder: two mines, one year, 64 pixels."""

from __future__ import annotations

import pytest

from cube.simulate import Archive, ArchiveSettings, write_archive

TINY = ArchiveSettings(
    seed=3,
    mines=2,
    size=64,
    start="2021-07-01",
    years=1,
    bands=("blue", "green", "red", "nir", "swir16"),
)


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Archive:
    return write_archive(tmp_path_factory.mktemp("simulated") / "archive", TINY)
