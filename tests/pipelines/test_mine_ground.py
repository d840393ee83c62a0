"""A mine's results as they are read for the steps are those that anybody opens."""

from __future__ import annotations

import xarray as xr

from analysis.mosaic import VARIABLES
from cube import open_cube, open_results
from pipelines.mine_ground import mine_results, positions_of, results_version


def test_a_mines_results_are_what_xarray_reads_of_them(small_run):
    repository = str(small_run / "cube")
    snapshot = results_version(repository)
    quality = open_cube(repository, snapshot=snapshot, raw=True, chunks=None)["quality"]
    whole = open_results(repository, snapshot=snapshot, chunks=None).assign(quality=quality)
    for positions in positions_of(repository, snapshot).values():
        expected = whole.isel(mine=positions).load()
        found = mine_results(repository, snapshot, positions)
        xr.testing.assert_identical(found, expected)
        assert {n: a.dtype for n, a in found.items()} == {n: a.dtype for n, a in expected.items()}
        some = mine_results(repository, snapshot, positions, VARIABLES)
        xr.testing.assert_identical(some, expected[list(some.data_vars)])
        assert set(some.data_vars) == set(VARIABLES)
