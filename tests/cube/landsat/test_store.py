"""Group `landsat` of the repository: room, writing, opening; beside Sentinel-2, not in its way."""

import numpy as np
import pytest
import xarray as xr

from cube.contract import CORE_BANDS, CubeError, Quality, Window
from cube.landsat import LANDSAT_BANDS, open_landsat, seven_bands
from cube.landsat.contract import AnnualComposite, Tile
from cube.landsat.opening import stored_tiles
from cube.landsat.writing import commit_tiles, make_room, write_cover, write_tile
from cube.store import create_or_extend_cube, history, open_cube, open_repository
from tests.cube.landsat.scenes import TILE
from tests.cube.landsat.small_group import small_landsat

EAST = Tile(TILE.zone, TILE.column + 1, TILE.row, TILE.size)


def composite(reflectance=1000, kelvin=30000, size=64):
    pixels = (size, size)
    return AnnualComposite(
        reflectance=np.full((6, *pixels), reflectance, np.uint16),
        temperature=np.full(pixels, kelvin, np.uint16),
        looks=np.full(pixels, 3, np.uint8),
        quality=np.full(pixels, Quality.CLEAR, np.uint8),
        source_items='[{"id":"LC08"}]',
        failed_reads=1,
        scenes=3,
    )


def stored(path, tiles, year, value=1000, settings=None):
    repository = open_repository(path, create=True)
    places = make_room(repository, tiles, [year], settings)
    session = repository.writable_session("main")
    fork = session.fork()
    written = [write_tile(fork, places[t.tile_id], year, composite(value)) for t in tiles]
    return commit_tiles(session, written)


def test_what_is_written_is_read_back_in_reflectance_and_kelvin(tmp_path):
    stored(tmp_path / "cube", [TILE, EAST], 2020)
    dataset = open_landsat(tmp_path / "cube")
    assert dataset.sizes == {"tile": 2, "time": 1, "band": 6, "y": 64, "x": 64}
    assert dataset.band.values.tolist() == list(CORE_BANDS)
    assert stored_tiles(dataset) == [TILE, EAST]
    assert dataset.x0.values.tolist() == [TILE.x0, EAST.x0]
    assert dataset.reflectance.dtype == np.float32
    np.testing.assert_allclose(dataset.reflectance.values, 0.1, atol=1e-6)
    np.testing.assert_allclose(dataset.temperature.values, 300.0, atol=1e-3)
    assert dataset.failed_reads.values.tolist() == [[1], [1]]
    assert np.datetime64("now") - dataset.composed.values[0, 0] < np.timedelta64(600, "s")
    raw = open_landsat(tmp_path / "cube", raw=True)
    assert (raw.reflectance.dtype, raw.reflectance.values.max()) == (np.uint16, 1000)
    assert raw.cover.values.min() == 65535


def test_years_come_in_any_order_and_those_without_a_composite_are_not_there(tmp_path):
    path = tmp_path / "cube"
    stored(path, [TILE], 2020)
    stored(path, [TILE, EAST], 2015, value=500)
    dataset = open_landsat(path)
    assert dataset.time.dt.year.values.tolist() == [2015, 2020]
    east = dataset.isel(tile=1)
    assert east.reflectance.sel(time="2020").isnull().all()
    assert (east.quality.sel(time="2020") == Quality.NO_ACQUISITION).all()
    np.testing.assert_allclose(east.reflectance.sel(time="2015"), 0.05, atol=1e-6)
    assert open_landsat(path, years=[2015]).sizes["time"] == 1
    with pytest.raises(CubeError, match="no Landsat composite of 2018, only of: 2015, 2020"):
        open_landsat(path, years=[2015, 2018])


def test_seven_bands_are_lazy_and_in_order_with_kelvin_last(tmp_path):
    stored(tmp_path / "cube", [TILE, EAST], 2020)
    bands = seven_bands(open_landsat(tmp_path / "cube"))
    assert bands.chunks is not None
    assert tuple(bands.band.values) == LANDSAT_BANDS
    point = bands.isel(tile=0, time=0, y=3, x=3).values
    np.testing.assert_allclose(point, [0.1] * 6 + [300.0], atol=1e-3)
    with pytest.raises(CubeError, match="open it without raw=True"):
        seven_bands(open_landsat(tmp_path / "cube", raw=True))


def test_cover_is_kept_with_its_source_and_nothing_else_changes(tmp_path):
    path = tmp_path / "cube"
    stored(path, [TILE, EAST], 2020)
    repository = open_repository(path)
    session = repository.writable_session("main")
    share = np.zeros((64, 64), np.float32)
    share[2, 3] = 0.25
    fork = session.fork()
    commit_tiles(session, [write_cover(fork, 1, share, "polygons.gpkg abc")])
    dataset = open_landsat(path)
    assert dataset.cover_source.values.tolist() == ["", "polygons.gpkg abc"]
    assert dataset.cover.isel(tile=0).isnull().all()
    assert float(dataset.cover.isel(tile=1).values[2, 3]) == pytest.approx(0.25, abs=1e-7)
    assert float(dataset.cover.isel(tile=1).sum()) == pytest.approx(0.25, abs=1e-7)
    with pytest.raises(CubeError, match=r"cover runs from 0.0 to 2.0: expected 0 to 1"):
        write_cover(fork, 1, share * 8, "x")


def test_the_engine_opens_it_with_a_chunk_per_tile(tmp_path):
    stored(tmp_path / "cube", [TILE, EAST], 2020)
    dataset = xr.open_dataset(tmp_path / "cube", engine="minecube", group="landsat", chunks={})
    assert dataset.reflectance.chunks[0] == (1, 1)
    assert dataset.reflectance.attrs["long_name"].startswith("surface reflectance")


def test_it_lies_beside_sentinel_2_and_neither_disturbs_the_other(tmp_path):
    path = tmp_path / "cube"
    stored(path, [TILE], 2020)
    window = Window("CIL_001", 0, 32644, 600000.0, 2500000.0, 64)
    days = np.arange("2021-01-01", "2021-02-10", 10, "datetime64[D]")
    create_or_extend_cube(open_repository(path), [window], days, 10, CORE_BANDS)
    stored(path, [EAST], 2021)
    assert open_cube(path).sizes["time"] == 4
    assert open_landsat(path).sizes["tile"] == 2
    assert history(path).step.tolist()[:4] == ["landsat", "landsat-extend", "extend", "landsat"]


def test_other_settings_sizes_and_years_are_refused(tmp_path):
    path = tmp_path / "cube"
    stored(path, [TILE], 2020, settings={"tiers": ["T1"]})
    repository = open_repository(path)
    with pytest.raises(CubeError, match=r"tiers is \['T1'\] there and \['T1', 'T2'\] here"):
        make_room(repository, [TILE], [2020], {"tiers": ["T1", "T2"]})
    with pytest.raises(CubeError, match="tile_pixels is 64 there and 128 here"):
        make_room(repository, [Tile(35, 1, 1, 128)], [2020], {"tiers": ["T1"]})
    with pytest.raises(CubeError, match=r"one size, but got \[64, 128\]"):
        make_room(repository, [TILE, Tile(35, 1, 1, 128)], [2020])
    with pytest.raises(CubeError, match="Year 1983 comes before Landsat 5"):
        make_room(repository, [TILE], [1983])
    fork = repository.writable_session("main").fork()
    with pytest.raises(CubeError, match="Tile 0, year 2021 lie outside the cube"):
        write_tile(fork, 0, 2021, composite())
    with pytest.raises(CubeError, match=r"reflectance is uint16 \(6, 32, 32\), but the cube holds"):
        write_tile(fork, 0, 2020, composite(size=32))


def test_a_cube_without_landsat_says_so(tmp_path):
    open_repository(tmp_path / "cube", create=True)
    with pytest.raises(CubeError, match="holds no 'landsat'"):
        open_landsat(tmp_path / "cube")


def test_the_small_group_that_other_tests_use_is_what_it_says(tmp_path):
    tiles = small_landsat(tmp_path / "cube", tiles=2)
    dataset = open_landsat(tmp_path / "cube")
    assert stored_tiles(dataset) == tiles
    # 11 x 11 whole pixels, two sides of 11 halves and a half at the corner: 121 + 11 + 0.5
    assert float(dataset.cover.isel(tile=0).sum()) == pytest.approx(132.5, abs=1e-3)
    assert int(dataset.reflectance.isel(tile=0, time=0, band=0).isnull().sum()) == 64
