"""Kernels are compiled once for a machine: whoever comes second only loads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.compiled import compile_kernels, kernels
from analysis.detection import detect_block
from tests.analysis.ground import world

BESIDE = ("forest", "persistence")
"""Modules of kernels of other detectors."""

WITHIN = ("ranks", "component_sizes")
"""Compiled into the kernels that call them, like those whose names begin with _."""

ASKED = "from analysis.compiled import compile_kernels; print(compile_kernels())"


def test_every_kernel_of_a_run_runs():
    compile_kernels()
    idle = [
        name
        for name, kernel in kernels().items()
        if not kernel.signatures and not any(word in name for word in (*BESIDE, *WITHIN, "._"))
    ]
    assert idle == []


def test_whole_windows_need_no_other_form_of_any_kernel():
    compile_kernels()
    before = {name: len(kernel.signatures) for name, kernel in kernels().items()}
    for seed in range(4):
        detect_block(*world(seed))
    after = {name: len(kernel.signatures) for name, kernel in kernels().items() if name in before}
    assert after == before


@pytest.mark.slow
def test_a_second_process_compiles_nothing(tmp_path: Path):
    told = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    counted = [
        int(subprocess.run([sys.executable, "-c", ASKED], env=told, check=True, capture_output=True,
                           timeout=600, cwd=Path(__file__).parents[2]).stdout)
        for _ in range(2)
    ]  # fmt: skip
    assert counted[0] > 20
    assert counted[1] == 0
