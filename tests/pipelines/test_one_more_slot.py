"""A run whose period grew by a slot leaves the same, to the last bit, as one that began with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines import full_run
from tests.conftest import run_arguments
from tests.pipelines.runs import assert_same_run

pytestmark = pytest.mark.slow

RULES = ("--detection.baseline.history_days=200", "--steps=validate..regions")
"""The history is fixed after 400 days."""


def run(archive, output: Path, until: str) -> dict:
    """Run from 2021-01-01; what run.json says of detection."""
    told = [*run_arguments(archive), *RULES, f"--period=2021-01-01/{until}", f"--output={output}"]
    assert full_run.main(told) == 0
    return json.loads((output / "run.json").read_text())["steps"]["detect"]


def test_a_period_that_grows_by_one_slot_ends_like_one_run_over_all(archive, tmp_path):
    # Slot 68 ends on 2022-11-21, slot 69 on 2022-12-01 and slot 70 on 2022-12-11.
    grown = tmp_path / "grown"
    assert run(archive, grown, "2022-11-21")["slots"] == 2 * 69
    assert run(archive, grown, "2022-12-01")["slots"] == 2 * 1
    # Two more, the second cut short, then the rest of it: the slot that was cut is read again.
    assert run(archive, grown, "2022-12-14")["slots"] == 2 * 2
    assert run(archive, grown, "2022-12-21")["slots"] == 2 * 1
    whole = tmp_path / "whole"
    assert run(archive, whole, "2022-12-21")["slots"] == 2 * 72
    assert_same_run(grown, whole)
