"""A scan killed with -9 at every stage goes on and ends as if nothing had happened."""

from __future__ import annotations

import time

import geopandas as gpd
import pytest
from geopandas.testing import assert_geodataframe_equal

from cube.contract import CORE_BANDS
from cube.simulate import RegionSettings, write_region
from pipelines import scan
from tests.pipelines.networks.rule_networks import rule_network
from tests.pipelines.processes import PATIENCE_S, kill_group, started

SETTINGS = RegionSettings(
    seed=5, plots=2, plot_px=96, listed=2, unlisted=1, years=1, cadence_days=30, bands=CORE_BANDS
)
STAGES = ("cube", "medians", "scan/screen-*/*.npz", "scan/classify-*/*.npz")
"""What lies there when the scan is killed: each once."""


@pytest.mark.slow
def test_a_scan_killed_again_and_again_ends_as_one_that_never_was(tmp_path):
    region = write_region(tmp_path / "region", SETTINGS)
    latitude, longitude = region.center

    def order(output) -> list[str]:
        return [
            f"--center={latitude},{longitude}",
            "--radius=0.96",
            "--tile=96",
            f"--catalog={region.items}",
            "--period=2021-01-01/2021-12-31",
            f"--output={output}",
            "--cluster=threads",
            "--skip-training",
            f"--classifier={rule_network(tmp_path / 'classifier.onnx', 'scene', 0.3)}",
            f"--segmenter={rule_network(tmp_path / 'segmenter.onnx', 'segmentation')}",
        ]

    output = tmp_path / "killed"
    killed = 0
    for stage in STAGES:
        with started("-m", "pipelines.scan", *order(output)) as process:
            until = time.monotonic() + PATIENCE_S
            while not any(output.glob(stage)) and process.poll() is None:
                assert time.monotonic() < until, f"{stage} did not come"
                time.sleep(0.01)
            killed += process.poll() is None
            kill_group(process)
    assert killed >= 2  # the others were faster than the eye
    assert scan.main(order(output)) == 0
    assert scan.main(order(tmp_path / "whole")) == 0
    for name in ("candidates.geojson", "cells.geojson"):
        found, expected = (gpd.read_file(o / name) for o in (output, tmp_path / "whole"))
        assert_geodataframe_equal(found, expected)
