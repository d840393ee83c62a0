"""Of a finished run: dug ground is barer than ground nobody touched, mine by mine and overall."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis import DetectionSettings
from analysis.mosaic import ground
from analysis.regions import RegionSettings, regions
from cube import open_cube
from cube.mines import read_mines
from cube.store import measured_windows
from pipelines.dug_ground import dug_ground
from pipelines.mine_ground import mine_regions_of, mine_results, positions_of, results_version
from pipelines.spectral_signature import (
    DUG,
    UNTOUCHED,
    merged,
    signature_figure,
    signature_metrics,
)


@pytest.fixture(scope="module")
def asked(archive, small_run):
    """What a worker has of every mine."""
    repository = str(small_run / "cube")
    snapshot = results_version(repository)
    mines = read_mines(archive.mines)[0]
    outlines = dict(zip(mines["mine_id"], mines.geometry, strict=True))
    told = {}
    for mine_id, positions in positions_of(repository, snapshot).items():
        results = mine_results(repository, snapshot, positions)
        cube = open_cube(repository, raw=True, chunks=None).isel(mine=positions)
        windows = measured_windows(results)
        found = mine_regions_of(results, mines, windows, RegionSettings())
        outline = outlines[mine_id]
        told[mine_id] = (found, cube, results, windows, outline, DetectionSettings())
    return told


@pytest.fixture(scope="module")
def by_mine(asked):
    return {mine_id: dug_ground(*given)[1] for mine_id, given in asked.items()}


def test_confirmed_ground_is_as_bare_as_a_pit_and_other_ground_is_not(by_mine):
    overall = signature_metrics(by_mine)["overall"]
    assert 0.05 < overall[DUG]["ndvi"]["p50"] < 0.16
    assert overall[UNTOUCHED]["ndvi"]["p50"] > overall[DUG]["ndvi"]["p95"]
    assert overall[DUG]["bsi"]["p50"] > overall[UNTOUCHED]["bsi"]["p50"]
    for name in ("ndvi", "bsi", "nbr", "ndmi", "mndwi", "blue"):
        looks = [
            figures[DUG][name]["looks"]
            for figures in signature_metrics(by_mine)["by_mine"].values()
            if DUG in figures
        ]
        assert overall[DUG][name]["looks"] == sum(looks)


def test_looks_before_a_pixel_was_opened_are_no_looks_at_dug_ground(asked):
    for found, cube, results, *more in asked.values():
        _, told = dug_ground(found, cube, results, *more)
        if not told:
            continue
        dug = results["excavated"].values[:, -1] & (results["state"].values[:, -1] == 2)
        clear = results["quality"].values == 1
        days = cube["acquired"].values[:, :, None, None]
        since = days > results["onset"].values[:, None]
        assert told[DUG]["ndvi"].count <= np.count_nonzero(clear & since & dug[:, None])
        return
    raise AssertionError("no mine of this run has confirmed ground")


def test_a_mine_without_dug_ground_has_none_and_its_imagery_is_not_read(asked):
    _, cube, results, windows, *more = next(iter(asked.values()))
    quiet = results.assign(excavated=results["excavated"] & False)
    nothing = regions(ground(quiet, windows))
    unread = cube.drop_vars("reflectance")
    assert dug_ground(nothing, unread, quiet, windows, *more) == ({}, {})


def test_it_is_plain_json_and_a_picture(by_mine, tmp_path):
    json.dumps(signature_metrics(by_mine), allow_nan=False)
    overall: dict = {}
    for kinds in by_mine.values():
        overall = merged(overall, kinds)
    path = tmp_path / "spectral_signature.png"
    signature_figure(overall).savefig(path, dpi=40)
    assert path.stat().st_size > 5000
    assert len(signature_figure({}).axes) == 6
