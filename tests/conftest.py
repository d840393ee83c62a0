"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed.client import _current_client, _get_global_client, _set_global_client
from hypothesis import HealthCheck, settings

from cube.contract import CORE_BANDS
from cube.simulate import Archive, ArchiveSettings, write_archive
from pipelines import full_run
from tests.sharing import made_once

BROWSER = "tests/browser/"

LONG_FIRST = (BROWSER, "tests/pipelines/", "tests/notebooks/", "tests/dashboard/", "tests/cube/")
"""Folders in whose files one test may take half a minute: what is short fills the end."""

NETWORKS = find_spec("torch") is not None

settings.register_profile(
    "however busy",
    deadline=None,
    derandomize=True,  # what passes here passes there; other examples: --hypothesis-profile=default
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("however busy")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Tests of networks need what the extra `networks` brings."""
    return True if collection_path.name == "networks" and not NETWORKS else None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says what was left out."""
    if not NETWORKS:
        terminalreporter.write_line("networks were not tested: no torch here, make networks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no process waits long for the last."""

    def place(item: pytest.Item) -> int:
        return next((i for i, one in enumerate(LONG_FIRST) if item.nodeid.startswith(one)), 99)

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)  # of xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The browser's tests share a run and a server, a file's its fixtures: one process each."""
    from xdist.scheduler import LoadScopeScheduling

    class Shared(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return BROWSER if nodeid.startswith(BROWSER) else nodeid.split("::")[0]

    config.option.loadscopereorder = False  # the order is that of `pytest_collection_modifyitems`
    return Shared(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture(autouse=True)
def no_closed_client() -> None:
    """A Dask client that an earlier test closed answers nobody: it is the default no more."""
    if getattr(_current_client.get(), "status", "running") != "running":
        _current_client.set(None)
    if _get_global_client() is None:
        _set_global_client(None)
        dask.config.config.pop("scheduler", None)
        dask.config.config.pop("shuffle", None)


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real satellite data; tests that need it are skipped where it is absent."""
    beside = Path(__file__).parents[2] / "shared" / "real"
    folder = Path(os.environ.get("MINECUBE_REAL_DATA", beside))
    if not (folder / "README.md").exists():
        pytest.skip(f"no real data at {folder}: set MINECUBE_REAL_DATA to the folder that holds it")
    return folder


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Archive:
    """Two simulated mines of 64 x 64 pixels, two years, six bands: made once, only read."""
    small = ArchiveSettings(mines=2, size=64, years=2, cadence_days=10, bands=CORE_BANDS)

    def make(folder: Path) -> Archive:
        return write_archive(folder / "archive", small)

    return made_once(tmp_path_factory, "archive", make)[1]


@pytest.fixture(scope="session")
def small_run(archive, tmp_path_factory) -> Path:
    """The output folder of a whole run over `archive`, in one process; only read."""

    def make(folder: Path) -> None:
        assert full_run.main([*run_arguments(archive), f"--output={folder / 'outputs'}"]) == 0

    made, _ = made_once(tmp_path_factory, "run", make)
    own = tmp_path_factory.mktemp("run") / "outputs"  # a look may leave a lock behind
    return Path(shutil.copytree(made / "outputs", own))


def run_arguments(archive: Archive) -> list[str]:
    """Flags of a run over the small archive, in one process."""
    return [
        f"--mines={archive.mines}",
        f"--catalog={archive.items}",
        f"--leases={archive.leases}",
        f"--zones={archive.zones}",
        "--period=2021-01-01/2022-12-31",
        "--windows.size=64",
        "--cluster=threads",
    ]
