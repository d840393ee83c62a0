"""What importing the packages costs, beside what they stand on: ratios, never seconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

OURS = "import cube, cube.store, analysis"
BENEATH = "import xarray, dask.array, zarr, icechunk, numba, pandas, scipy.ndimage"
TIMED = "import time; b = time.process_time(); {}; print(time.process_time() - b)"


def said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.slow
def test_cube_and_analysis_cost_little_more_than_what_they_stand_on():
    # Measured: 1.1; with scikit-learn, as it once was, 1.8.
    turns = [[float(said(TIMED.format(what))) for what in (OURS, BENEATH)] for _ in range(2)]
    ours, beneath = (min(turn[i] for turn in turns) for i in range(2))
    assert ours < 1.6 * beneath, f"{ours:.2f} s against {beneath:.2f} s"


def test_settings_of_a_run_import_nothing_that_only_some_steps_need():
    seldom = ("sklearn", "planetary_computer", "matplotlib", "torch", "panel")
    code = f"import pipelines.config, sys; print(*[m for m in {seldom} if m in sys.modules])"
    assert said(code).split() == []
