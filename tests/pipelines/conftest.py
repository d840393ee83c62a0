"""What several tests of the jobs share: local servers, a run that may end badly, a short one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines import full_run
from tests.conftest import run_arguments
from tests.cube.sources.conftest import serve
from tests.pipelines.attempts import MONTH, Ended
from tests.sharing import made_once

__all__ = ["serve"]


@pytest.fixture
def run(archive, tmp_path, capfd) -> Callable[..., Ended]:
    """Run over the small archive with other flags; later flags win."""

    def ended(*flags: Any, output: Path = tmp_path / "outputs", period: str = MONTH) -> Ended:
        told = [*run_arguments(archive), period, f"--output={output}", *map(str, flags)]
        try:
            code = full_run.main(told)
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capfd.readouterr()
        return Ended(code, said.out + said.err, output)

    return ended


@pytest.fixture(scope="session")
def finished(archive, tmp_path_factory) -> Path:
    """A month of the small archive, from the mines to the alerts; copied, never changed."""

    def make(folder: Path) -> None:
        told = [*run_arguments(archive), MONTH, "--steps=validate..enforce"]
        assert full_run.main([*told, f"--output={folder / 'outputs'}"]) == 0

    return made_once(tmp_path_factory, "finished", make)[0] / "outputs"


@pytest.fixture
def copied(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "outputs"))
