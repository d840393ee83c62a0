"""The cube opens at once, lazily, in few large blocks, at any version, and by every way in."""

from __future__ import annotations

import pickle
import time

import dask
import numpy as np
import pytest
import xarray as xr

from cube import CubeError, history, open_cube, open_results
from cube.contract import CORE_BANDS
from cube.store import (
    begin_results,
    create_or_extend_cube,
    measured_windows,
    open_repository,
    publish_results,
    stored_windows,
)
from tests.cube.store.conftest import SmallCube


def never(*_, **__):
    raise AssertionError("building must compute nothing")


def laid_out(small, mines, slots, bands=CORE_BANDS):
    """A cube of full size without a pixel: it costs nothing on disk."""
    repository = open_repository(small.path, create=True)
    windows = small.windows(mines, size=512)
    create_or_extend_cube(repository, windows, small.times(slots), 10, bands)
    return small.path


def test_reflectance_is_a_number_and_nan_where_nothing_was_measured(small):
    small.fill(mines=1, slots=5)
    pixels = small.truth(1, 5)[0, 0, 2]
    red = open_cube(small.path).reflectance.sel(band="red").isel(mine=0)
    assert red.dtype == np.float32
    np.testing.assert_allclose(red.values[0], pixels * 1e-4, rtol=1e-6)
    assert np.isnan(red.values[4]).all()  # slot 4 saw nothing


def test_building_reads_no_pixel(small):
    small.fill(mines=2, slots=3)
    with dask.config.set(scheduler=never):
        cube = open_cube(small.path)
        lazy = cube.reflectance.where(cube.quality == 1).mean(("y", "x"))
    assert lazy.shape == (2, 3, 10)


def test_all_506_windows_open_at_once_in_one_task_each_and_little_later_than_one(small, tmp_path):
    def opened(path):
        """The fastest of some rounds [s], the cube and its tasks."""
        times = []
        for _ in range(4):
            begin = time.process_time()
            cube = open_cube(path, raw=True)
            tasks = dict(cube.reflectance.__dask_graph__())
            times.append(time.process_time() - begin)
        return min(times), cube, tasks

    one, *_ = opened(laid_out(SmallCube(tmp_path / "one"), 1, 36))
    all_, cube, tasks = opened(laid_out(small, 506, 36))
    assert len(tasks) <= 506 + 2
    assert cube.reflectance.data.chunksize == (1, 36, 6, 512, 512)
    assert all_ < 5 * one  # measured: 1.4
    assert cube.quality.data.chunksize == (1, 36, 512, 512)
    assert len(pickle.dumps(cube)) < 1e6


def test_a_long_series_is_cut_along_y_to_the_budget(small):
    path = laid_out(small, 3, 219)
    raw = open_cube(path, raw=True)
    assert raw.reflectance.data.chunksize == (1, 219, 6, 512, 512)  # 689 MB
    reflectance = open_cube(path)
    assert reflectance.reflectance.data.chunksize == (1, 219, 6, 256, 512)  # 2 x 689 MB as float32
    assert reflectance.quality.data.chunksize == (1, 219, 256, 512)
    tight = open_cube(path, raw=True, budget_mb=100)
    assert tight.reflectance.data.chunksize == (1, 219, 6, 74, 512)
    assert np.prod(tight.reflectance.data.chunksize) * 2 <= 100e6
    with pytest.raises(CubeError, match="more than the budget of 1 MB"):
        open_cube(path, raw=True, budget_mb=1)


def test_the_cut_gives_the_same_pixels(small):
    small.fill(mines=2, slots=5)
    whole = open_cube(small.path, raw=True)
    cut = open_cube(small.path, raw=True, budget_mb=0.03)
    assert cut.reflectance.data.numblocks[3] > 1
    xr.testing.assert_identical(whole.load(), cut.load())


@pytest.mark.parametrize("bands", [["red", "nir"], ["nir08", "blue"], ["swir22"]])
def test_bands_come_in_the_order_asked_for(small, bands):
    small.fill(mines=1, slots=2)
    every = open_cube(small.path, raw=True).reflectance.load()
    some = open_cube(small.path, raw=True, bands=bands).reflectance
    assert some.band.values.tolist() == bands
    xr.testing.assert_identical(some.load(), every.sel(band=bands))
    lazily = open_cube(small.path, raw=True, chunks=None).reflectance.sel(band=bands)
    xr.testing.assert_identical(lazily.load(), every.sel(band=bands))


def test_any_index_gives_what_numpy_gives(small):
    small.fill(mines=3, slots=4)
    truth = small.truth(3, 4)
    array = open_cube(small.path, raw=True, chunks=None).reflectance
    assert (array.isel(mine=[2, 0], time=[3, 1]).values == truth[[2, 0]][:, [3, 1]]).all()
    assert (array[1, ::-1, 2, 5:9, -1].values == truth[1, ::-1, 2, 5:9, -1]).all()
    picked = array.isel(y=xr.DataArray([0, 7], dims="p"), x=xr.DataArray([31, 2], dims="p"))
    assert (picked.values == truth[..., [0, 7], [31, 2]]).all()


@pytest.mark.slow
def test_a_list_of_bands_costs_no_more_than_the_slice_that_covers_it(small):
    repository = open_repository(small.path, create=True)
    create_or_extend_cube(repository, small.windows(1, size=512), small.times(12), 10)
    session = repository.writable_session("main")
    from cube.store import commit_slots, write_slots

    slots = small.slots(0, range(12), size=512)
    commit_slots(session, [write_slots(session.fork(), 0, 0, slots, small.times(12)[-1])])

    def seconds(*index):
        array = open_cube(small.path, raw=True, chunks=None).reflectance
        times = []
        for _ in range(3):
            begin = time.process_time()
            array[(0, slice(None), *index)].load()
            times.append(time.process_time() - begin)
        return min(times)

    assert seconds([2, 3, 4]) < 2 * seconds(slice(2, 5))


@pytest.mark.parametrize("chunks", [None, {"mine": 2, "time": 1}])
def test_chunks_can_be_chosen(small, chunks):
    small.fill(mines=2, slots=3)
    cube = open_cube(small.path, chunks=chunks)
    assert cube.reflectance.chunks == (
        None if chunks is None else ((2,), (1, 1, 1), (10,), (32,), (32,))
    )


@pytest.fixture
def versions(small):
    """A cube of one mine, tagged and branched, that then grew by a mine, and got results."""
    first = small.fill(mines=1, slots=3)
    repository = open_repository(small.path)
    repository.create_tag("2021", first)
    repository.create_branch("trial", first)
    small.fill(mines=2, slots=3)
    run = begin_results(repository, "rule 1")
    publish_results(repository, run, without=[0, 1])
    return small.path, first


@pytest.mark.parametrize("kind", ["snapshot", "tag", "branch"])
def test_an_older_version_opens_by_every_way_in(versions, kind):
    path, first = versions
    name = {"snapshot": first, "tag": "2021", "branch": "trial"}[kind]
    session = open_repository(path).readonly_session(
        **{"snapshot_id" if kind == "snapshot" else kind: name}
    )
    ways = [
        open_cube(path, **{kind: name}),
        xr.open_dataset(path, engine="minecube", **{kind: name}),
        xr.open_dataset(path, engine="minecube", chunks={}, **{kind: name}),
        xr.open_zarr(session.store, group="sentinel2", consolidated=False),
    ]
    for cube in ways:
        assert cube.sizes["mine"] == 1
        assert cube.mine_id.values.tolist() == ["M000"]
        np.testing.assert_allclose(cube.reflectance.values, ways[0].reflectance.values, rtol=1e-6)
        assert (cube.acquired.values == ways[0].acquired.values)[:, :3].all()
    assert open_cube(path).sizes["mine"] == 2
    with pytest.raises(CubeError, match="holds no 'excavation' at snapshot"):
        open_results(path, **{kind: name})


def test_results_open_by_every_way_in(versions):
    path, _ = versions
    session = open_repository(path).readonly_session("main")
    for results in (
        open_results(path),
        xr.open_dataset(path, engine="minecube", group="excavation"),
        xr.open_zarr(session.store, group="excavation", consolidated=False),
    ):
        assert results.onset.dtype == np.dtype("datetime64[ns]")
        assert np.isnat(results.onset.values).all()
        assert results.excavated.dtype == bool


def test_a_snapshot_stays_what_it_was_while_the_cube_grows(versions, small):
    path, _ = versions
    before = open_cube(path, raw=True)
    small.fill(mines=2, slots=5)
    assert before.sizes["time"] == 3
    assert (before.reflectance.values == small.truth(2, 3)).all()


def test_the_engine_takes_a_whole_series_per_chunk(small):
    path = laid_out(small, 3, 36)
    cube = xr.open_dataset(path, engine="minecube", chunks={})
    assert cube.reflectance.data.chunksize == (1, 36, 6, 512, 512)
    assert cube.quality.data.chunksize == (1, 36, 512, 512)


def test_xarray_recognises_the_folder_by_itself(small, tmp_path):
    small.fill(mines=1, slots=1)
    assert xr.open_dataset(small.path).attrs["cadence_days"] == 10
    with pytest.raises(ValueError, match="xarray"):
        xr.open_dataset(tmp_path)


def test_a_mine_is_picked_by_its_name(small):
    small.fill(mines=3, slots=1)
    cube = open_cube(small.path)
    mine = cube.isel(mine=cube.mine_id.values == "M001")
    assert stored_windows(mine) == small.windows(3)[1:2]


def test_pixels_were_measured_five_metres_to_the_lower_right_of_their_centres(small):
    small.fill(mines=1, slots=1)
    stored, measured = (of(open_cube(small.path))[0] for of in (stored_windows, measured_windows))
    assert (measured.x0, measured.y0) == (stored.x0 + 5, stored.y0 - 5)
    assert (measured.key, measured.epsg, measured.size) == (stored.key, stored.epsg, stored.size)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ({"tag": "2020"}, r"has no tag '2020' \(there: \['2021'\]\)"),
        ({"branch": "x"}, r"has no branch 'x' \(there: \['main', 'trial'\]\)"),
        ({"snapshot": "nonsense"}, r"has no snapshot 'nonsense' .*cube.history"),
        ({"tag": "2021", "branch": "trial"}, "a snapshot, a tag or a branch, not several"),
    ],
)
def test_a_version_that_is_not_there_is_refused_by_name(versions, version, message):
    with pytest.raises(CubeError, match=message):
        open_cube(versions[0], **version)


def test_the_history_of_a_branch_that_is_not_there_is_refused_by_name(versions):
    assert len(history(versions[0], "trial")) == 3
    with pytest.raises(CubeError, match=r"has no branch 'x' \(there: \['main', 'trial'\]\)"):
        history(versions[0], "x")


def test_results_keep_the_windows_and_slots_of_their_cube_while_it_grows(versions, small):
    path, _ = versions
    small.fill(mines=3, slots=5)
    results = open_results(path)
    assert (results.sizes["mine"], results.sizes["time"]) == (2, 3)
    theirs = open_cube(path, snapshot=results.attrs["cube_snapshot"])
    for name in ("mine_id", "x0", "time"):
        assert (results[name].values == theirs[name].values).all()
    assert open_cube(path).sizes["time"] == 5


def test_a_band_that_is_not_there_is_refused_by_name(small):
    small.fill(mines=1, slots=1)
    with pytest.raises(CubeError, match=r"no band 'B04'; it has \['blue', 'green'"):
        open_cube(small.path, bands=["red", "B04"])
