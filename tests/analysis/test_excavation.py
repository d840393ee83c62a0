"""Excavation of a cube: labels, laziness, tiling, refusals."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr

from analysis.detection import DetectionSettings, block_bytes, detect_block
from analysis.excavation import VARIABLES, excavation
from cube.contract import CORE_BANDS, CubeError
from tests.analysis.ground import slot_dates, world


def cube(mines: int = 2, rows: int | None = None) -> xr.Dataset:
    """Windows of random ground, one chunk each, or parts of `rows` along y."""
    grounds = [world(seed) for seed in range(mines)]
    ds = xr.Dataset(
        {
            "reflectance": (DIMS, np.stack([ground[0] for ground in grounds])),
            "quality": (("mine", "time", "y", "x"), np.stack([g[1] for g in grounds])),
            "acquired": (("mine", "time"), np.stack([g[2] for g in grounds]).astype("M8[ns]")),
        },
        coords={
            "band": list(CORE_BANDS),
            "time": grounds[0][2].astype("datetime64[ns]"),
            "mine_id": ("mine", [f"M{number}" for number in range(mines)]),
        },
    )
    return ds.chunk(mine=1, y=rows or -1)


DIMS = ("mine", "time", "band", "y", "x")


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("building a graph computed something")


def test_a_cube_gives_what_each_window_gives_with_names_dates_and_flags():
    ds = cube()
    found = excavation(ds)
    assert set(found) == set(VARIABLES)
    assert found["state"].dims == ("mine", "time", "y", "x")
    assert found["onset"].dims == ("mine", "y", "x")
    assert found["mine_id"].values.tolist() == ["M0", "M1"]
    assert "band" not in found.coords
    assert found["state"].attrs["flag_meanings"].split()[4] == "not_observable"
    computed = found.compute()
    for mine in range(2):
        reflectance, quality, dates = world(mine)
        expected = detect_block(reflectance, quality, dates)
        for name, (dtype, _, _) in VARIABLES.items():
            got = computed[name].isel(mine=mine).values
            assert found[name].dtype == got.dtype == np.dtype(dtype), name
            np.testing.assert_array_equal(got, getattr(expected, name), err_msg=name)
    assert computed["excavated"].values.any()


@pytest.mark.parametrize("rows", [1, 5, 14])
def test_any_tiling_along_y_gives_the_same(rows: int):
    xr.testing.assert_identical(excavation(cube(rows=rows)).compute(), excavation(cube()).compute())


def test_a_cube_in_memory_gives_the_same():
    whole = excavation(cube()).compute()
    xr.testing.assert_identical(excavation(cube().compute()).compute(), whole)


def test_building_the_graph_computes_nothing():
    ds = cube(rows=5)
    inside = xr.DataArray(da.ones((2, 14, 14), bool), dims=("mine", "y", "x"))
    with dask.config.set(scheduler=refuse):
        found = excavation(ds, inside=inside)
    assert found["change"].chunks == ((1, 1), (84,), (14,), (14,))


@pytest.mark.parametrize(("rows", "parts"), [(-1, 1), (5, 3)])
def test_a_window_is_nine_tasks_and_one_for_every_further_part(
    tmp_path: Path, rows: int, parts: int
):
    # Read and reduced in one task, detected in one, and one for each of the seven variables.
    cube(mines=6).to_zarr(tmp_path, zarr_format=2)
    stored = xr.open_zarr(tmp_path, chunks={"mine": 1, "y": rows})
    ds = stored.assign(acquired=stored["acquired"].compute(), mine_id=stored["mine_id"].compute())
    found = excavation(ds)
    two_stores = 2
    assert len(dict(found.__dask_graph__())) == 6 * (8 + parts) + two_stores
    xr.testing.assert_equal(found.isel(mine=[5]).compute(), excavation(cube(6)).isel(mine=[5]))


def test_the_outline_says_where_open_ground_is_measured():
    ds = cube(mines=1)
    everywhere = xr.DataArray(np.ones((1, 14, 14), bool), dims=("mine", "y", "x"))
    xr.testing.assert_identical(
        excavation(ds, inside=everywhere).compute(), excavation(ds).compute()
    )


def test_selecting_windows_before_or_after_is_the_same():
    ds = cube()
    before = excavation(ds.isel(mine=[1])).compute()
    xr.testing.assert_identical(before, excavation(ds).isel(mine=[1]).compute())


def test_other_settings_are_another_graph():
    ds = cube(mines=1)
    other = DetectionSettings(onset_backdating=0.0)
    assert excavation(ds)["onset"].data.name != excavation(ds, other)["onset"].data.name
    assert excavation(ds)["onset"].data.name == excavation(ds)["onset"].data.name


def test_refusals_name_what_was_found_and_the_remedy():
    ds = cube()
    with pytest.raises(CubeError, match=r"into 2 chunks along time.*\.chunk\(time=-1\)"):
        excavation(ds.chunk(time=42))
    with pytest.raises(CubeError, match="into 2 chunks along x"):
        excavation(ds.chunk(x=7))
    with pytest.raises(CubeError, match="into 2 chunks along band"):
        excavation(ds.chunk(band=3))
    with pytest.raises(CubeError, match=r"holds 2 windows.*\.chunk\(mine=1\)"):
        excavation(ds.chunk(mine=2))
    with pytest.raises(CubeError, match="has no windows"):
        excavation(ds.isel(mine=[]))
    with pytest.raises(CubeError, match="chunk both alike"):
        excavation(ds.assign(quality=ds["quality"].chunk(y=7)))
    with pytest.raises(CubeError, match=r"'reflectance' is float32.*raw=True"):
        excavation(ds.assign(reflectance=ds["reflectance"].astype(np.float32)))
    with pytest.raises(CubeError, match=r"Keep `mine` with \.isel\(mine=\[0\]\)"):
        excavation(ds.isel(mine=0))
    with pytest.raises(CubeError, match="the dataset has no 'quality'"):
        excavation(ds.drop_vars("quality"))
    with pytest.raises(CubeError, match="the dataset has no 'acquired'"):
        excavation(ds.drop_vars("acquired"))


def made(times: int, size: int, rows: int) -> xr.Dataset:
    """A lazy window of clear ground in parts of `rows`, which costs nothing but itself."""

    def fill(value: int, dtype: type, *chunks: tuple[int, ...]) -> da.Array:
        def filled(block_info: dict) -> np.ndarray:
            return np.full(block_info[None]["chunk-shape"], value, dtype)

        return da.map_blocks(filled, chunks=chunks, dtype=dtype, meta=np.empty((), dtype))

    whole, parts = (size,), (rows,) * (size // rows)
    return xr.Dataset(
        {
            "reflectance": (DIMS, fill(2500, np.uint16, (1,), (times,), (6,), parts, whole)),
            "quality": (DIMS[:2] + DIMS[3:], fill(1, np.uint8, (1,), (times,), parts, whole)),
            "acquired": (DIMS[:2], slot_dates(times).astype("M8[ns]")[np.newaxis]),
        },
        coords={"band": list(CORE_BANDS)},
    )


@pytest.mark.parametrize("parts", [1, 4])
def test_memory_is_what_block_bytes_says(parts: int):
    found = excavation(made(60, 128, 128 // parts))
    excavation(made(4, 16, 16)).compute(scheduler="synchronous")  # compile first
    tracemalloc.start()
    held = found.compute(scheduler="synchronous")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held.sizes["time"] == 60
    assert 0.85 < peak / block_bytes(60, 6, 128, parts) < 1.05
