"""Chips of Landsat tiles: seven bands, kelvin among them; a mine over two tiles is one site."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.networks.splits import SplitRule
from cube import CubeError
from cube.contract import Quality
from cube.landsat.contract import LANDSAT_BANDS, AnnualComposite, Tile
from cube.landsat.writing import commit_tiles, make_room, write_tile
from cube.store import committer, open_repository
from pipelines.networks.chips import chip_set
from pipelines.networks.dataset import DatasetSettings

SIZE = 64
TILES = [Tile(35, 421 + step, -1497, SIZE) for step in (0, 1, 30, 60)]
"""Near eMalahleni, South Africa: the first two touch, the others lie 58 km further each."""

SPLITS = SplitRule(train=0.34, validation=0.33, test=0.33, block_km=20, apart_km=1)


def composite(number: int) -> AnnualComposite:
    """Reflectance of band b: 0.1 b + 0.01 per tile, with grain; 300 K and a hundredth per tile."""
    grain = np.random.default_rng(number).integers(0, 400, (6, SIZE, SIZE))
    level = 1000 * np.arange(1, 7)[:, None, None] + 100 * number
    quality = np.full((SIZE, SIZE), Quality.CLEAR, np.uint8)
    reflectance = (level + grain).astype(np.uint16)
    temperature = np.full((SIZE, SIZE), 30_000 + number, np.uint16)
    temperature[:, ::2] += 500
    if number == 3:  # the lower half of the last tile was never seen clear
        quality[32:] = Quality.CLOUD
        reflectance[:, 32:], temperature[32:] = 0, 0
    looks = np.where(quality == Quality.CLEAR, 9, 0).astype(np.uint8)
    return AnnualComposite(reflectance, temperature, looks, quality, "[]", 0, 9)


@pytest.fixture(scope="module")
def tiles(tmp_path_factory):
    """Four tiles of one year, and polygons: one over the first two tiles, one on each other."""
    path = tmp_path_factory.mktemp("landsat") / "cube"
    with committer(path):
        repository = open_repository(path, create=True)
        places = make_room(repository, TILES, [2020])
        session = repository.writable_session("main")
        fork = session.fork()
        written = [
            write_tile(fork, places[tile.tile_id], 2020, composite(number))
            for number, tile in enumerate(TILES)
        ]
        commit_tiles(session, written)
    border = TILES[0].bounds[2]
    top = TILES[0].bounds[3]
    metres = [shapely.box(border - 480, top - 480, border + 480, top)]
    for tile in TILES[2:]:
        left, _, _, top = tile.bounds
        metres.append(shapely.box(left, top - 480, left + 240, top))
    polygons = path.parent / "mines.gpkg"
    gpd.GeoDataFrame(geometry=metres, crs=TILES[0].epsg).to_crs(4326).to_file(polygons)
    return path, polygons


def settings(polygons, **other) -> DatasetSettings:
    told = {"group": "landsat", "size": 16, "labels": "polygons", "splits": SPLITS}
    return DatasetSettings(**{**told, "label_file": str(polygons), **other})


def test_a_chip_holds_seven_bands_the_last_in_kelvin(tiles):
    path, polygons = tiles
    chips = chip_set(path, settings(polygons))
    assert chips.bands == LANDSAT_BANDS
    index = int(np.flatnonzero(chips.records["mine_id"] == TILES[2].tile_id)[0])
    chip, row = chips[index], chips.records.iloc[index]
    assert (row["row"], row["column"], row["period"]) == (0, 0, "2020-01-01/2020-12-31")
    expected = composite(2)
    np.testing.assert_allclose(
        chip["pixels"][:6], expected.reflectance[:, :16, :16] / 1e4, rtol=1e-6
    )
    np.testing.assert_allclose(chip["pixels"][6], expected.temperature[:16, :16] / 100, rtol=1e-6)
    # 240 x 480 m of 480 x 480 m: eight columns of pixels whole
    np.testing.assert_allclose(chip["mask"][:, :8], 1, atol=1e-3)
    np.testing.assert_allclose(chip["mask"][:, 8:], 0, atol=1e-3)
    assert row["label"] == 1
    assert row["positive_share"] == pytest.approx(0.5, abs=1e-3)


def test_a_mine_over_two_tiles_is_one_site(tiles):
    path, polygons = tiles
    records = chip_set(path, settings(polygons)).records
    mine = records[records["label"] == 1]
    first = mine[mine["mine_id"].isin([TILES[0].tile_id, TILES[1].tile_id])]
    assert set(first["mine_id"]) == {TILES[0].tile_id, TILES[1].tile_id}
    assert first["site"].nunique() == 1
    assert first["split"].nunique() == 1
    assert mine["site"].nunique() == 3


def test_ground_never_seen_clear_gives_no_chip(tiles):
    path, polygons = tiles
    chips = chip_set(path, settings(polygons))
    last = chips.records[chips.records["mine_id"] == TILES[3].tile_id]
    assert set(last["row"]) == {0, 16}
    assert chips.report.left_out["unmeasured"] == 8


def test_bands_and_years_come_by_name(tiles):
    path, polygons = tiles
    chips = chip_set(path, settings(polygons, bands=("thermal", "red"), periods=("2020",)))
    assert chips[0]["pixels"][0].mean() == pytest.approx(302.5, abs=1)
    with pytest.raises(CubeError, match="no band 'coastal', only blue"):
        chip_set(path, settings(polygons, bands=("coastal",)))
    with pytest.raises(CubeError, match="no Landsat composite of 2019, only of: 2020"):
        chip_set(path, settings(polygons, periods=("2019",)))
    with pytest.raises(CubeError, match="composites are annual"):
        chip_set(path, settings(polygons, periods=("2020-01-01/2020-12-31",)))


def test_polygons_of_another_country_are_refused(tiles, tmp_path):
    path, _ = tiles
    there = tmp_path / "india.geojson"
    box = shapely.box(82.5, 22.3, 82.6, 22.4)
    gpd.GeoDataFrame(geometry=[box], crs=4326).to_file(there)
    with pytest.raises(CubeError, match=r"1 mine polygons touches the imagery: .* another region"):
        chip_set(path, settings(there))
