"""What several tests of networks share: a tiny simulated cube, made once, only read."""

from __future__ import annotations

import pytest

from tests.pipelines.networks.small_cube import SimulatedCube, simulated_cube


@pytest.fixture(scope="session")
def mines(tmp_path_factory) -> SimulatedCube:
    """Four simulated mines of 64 x 64 pixels on four coal fields, a year of looks."""
    return simulated_cube(tmp_path_factory.mktemp("networks") / "mines")
