"""A run finds excavation with the detector it names, and with the core again after that."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from analysis.detectors import Block, detector
from cube import open_cube, open_results
from pipelines import full_run
from tests.conftest import run_arguments


@pytest.fixture
def copied(small_run, tmp_path):
    return shutil.copytree(small_run, tmp_path / "outputs")


def excavated(output) -> np.ndarray:
    return open_results(output / "cube", chunks=None)["excavated"].values


@pytest.mark.slow
def test_a_run_with_another_detector_publishes_what_that_detector_finds(archive, copied):
    core = excavated(copied)
    told = [*run_arguments(archive), f"--output={copied}", "--steps=detect..enforce"]
    assert full_run.main([*told, "--detector=forest"]) == 2  # the run was the core's
    told.append("--accept-changes")
    assert full_run.main([*told, "--detector=forest"]) == 0
    found = excavated(copied)
    assert (found != core).any()
    cube = open_cube(copied / "cube", raw=True, chunks=None).isel(mine=0)
    forest = detector("forest")
    wanted = cube["reflectance"].sel(band=list(forest.bands)).values
    block = Block(wanted, cube["quality"].values, cube["acquired"].values, forest.bands)
    np.testing.assert_array_equal(found[0], forest(block).excavated)
    assert json.loads((copied / "run.json").read_text())["settings"]["detector"] == "forest"

    assert full_run.main(told) == 0
    np.testing.assert_array_equal(excavated(copied), core)
