"""Landsat by area and year from the command line: a local STAC API in, the cube's group out."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from cube.contract import Quality
from cube.landsat import LANDSAT_BANDS, open_landsat, seven_bands
from cube.landsat.contract import Tile
from cube.landsat.grid import tile_bbox
from pipelines import landsat
from pipelines.landsat_tiles.ledger import Ledger
from tests.cube.landsat.scenes import CLOUD, TILE, scene_item
from tests.cube.sources.conftest import serve  # noqa: F401
from tests.cube.sources.serving import stac_service
from tests.pipelines.processes import PATIENCE_S

EAST = Tile(TILE.zone, TILE.column + 1, TILE.row, TILE.size)

MIDDLES = [((a + b) / 2, (c + d) / 2) for a, c, b, d in map(tile_bbox, (TILE, EAST))]
BBOX = ",".join(
    f"{value:.5f}" for value in (MIDDLES[0][0], MIDDLES[0][1] - 1e-3, MIDDLES[1][0], MIDDLES[1][1])
)
"""From the middle of one tile to the middle of its eastern neighbour."""


@pytest.fixture
def api(tmp_path, serve):  # noqa: F811
    """A catalogue of three scenes in 2020: two of the western tile, one of the eastern."""
    half = np.full((TILE.size, TILE.size), 21824)
    half[:32] = CLOUD
    items = [
        scene_item(tmp_path / "a", "2020-03-05", reflectance=0.1, kelvin=300.0),
        scene_item(tmp_path / "b", "2020-06-09", reflectance=0.2, kelvin=310.0, qa=half),
        scene_item(tmp_path / "c", "2020-07-02", mission=7, tile=EAST, reflectance=0.3),
    ]
    for item in items:  # 8 pixels beyond a tile would reach its neighbour
        tile = EAST if "/c/" in item["assets"]["red"]["href"] else TILE
        west, south, east, north = tile_bbox(tile)
        inner = shapely.box(west, south, east, north).buffer(-0.0035)
        item["geometry"] = shapely.geometry.mapping(inner)
    service = stac_service(items)
    service.items = items
    return serve(service)


def run(api, output, command, *arguments):
    given = ["--output", str(output), *arguments]
    if command in ("download", "process"):
        given += ["--cluster", "threads"]
    if command == "download":
        given += ["--catalog", api.url, "--bbox", BBOX, "--year", "2020", "--tile-pixels", "64"]
    return landsat.main([command, *given])


def states(output):
    with sqlite3.connect(output / "landsat" / "ledger.sqlite") as ledger:
        return dict(ledger.execute("SELECT tile_id, state FROM tiles").fetchall())


def test_download_status_process_put_a_year_of_an_area_into_the_cube(api, tmp_path, capsys):
    output = tmp_path / "outputs"
    assert run(api, output, "download") == 0
    assert states(output) == {TILE.tile_id: "downloaded", EAST.tile_id: "downloaded"}
    assert run(api, output, "status") == 0
    assert "2020: 2 tiles: 2 downloaded" in capsys.readouterr().out
    assert run(api, output, "process") == 0
    assert states(output) == {TILE.tile_id: "processed", EAST.tile_id: "processed"}
    assert not list((output / "landsat" / "downloads").rglob("*.tif"))
    imagery = open_landsat(output / "cube")
    assert imagery.time.values.astype("datetime64[D]").tolist() == [
        np.datetime64("2020-01-01").tolist()
    ]
    west = imagery.isel(tile=imagery.tile_id.values.tolist().index(TILE.tile_id), time=0).compute()
    # the north was seen once, 0.1; the south twice, the mean of 0.1 and 0.2
    np.testing.assert_allclose(west.reflectance[:, :32], 0.1, atol=1e-4)
    np.testing.assert_allclose(west.reflectance[:, 32:], 0.15, atol=1e-4)
    np.testing.assert_allclose(west.temperature[32:], 305.0, atol=0.02)
    assert (west.looks.values[:32] == 1).all()
    assert (west.looks.values[32:] == 2).all()
    assert (west.quality == Quality.CLEAR).all()
    assert len(json.loads(west.source_items.item())) == 2
    assert west.cover.isnull().all(), "no polygons were given"
    bands = seven_bands(imagery)
    assert tuple(bands.band.values) == LANDSAT_BANDS
    assert bands.dims == ("tile", "time", "band", "y", "x")
    assert bands.dtype == np.float32


def test_a_second_time_there_is_nothing_to_do_and_nothing_is_asked(api, tmp_path):
    output = tmp_path / "outputs"
    assert run(api, output, "download") == 0
    searches = [r for r in api.requests if "search" in r]
    assert len(searches) == 2
    assert run(api, output, "download") == 0
    assert [r for r in api.requests if "search" in r] == searches
    assert run(api, output, "process") == 0
    before = open_landsat(output / "cube").attrs["snapshot"]
    assert run(api, output, "process") == 0
    assert open_landsat(output / "cube").attrs["snapshot"] == before


def test_a_tile_that_fails_is_listed_with_its_reason_and_retried(api, tmp_path, capsys):
    output = tmp_path / "outputs"
    broken = [Path(a["href"]) for a in api.items[2]["assets"].values()]
    for path in broken:
        path.rename(path.with_suffix(".gone"))
    assert run(api, output, "download") == 3
    assert states(output) == {TILE.tile_id: "downloaded", EAST.tile_id: "failed"}
    run(api, output, "status", "--verbose")
    said = capsys.readouterr().out
    assert f"{EAST.tile_id} 2020: failed" in said
    assert "attempt 1" in said
    assert "None of the 1 scenes" in said
    assert "1 failed: retry" in said
    for path in broken:
        path.with_suffix(".gone").rename(path)
    assert run(api, output, "retry") == 0
    assert states(output)[EAST.tile_id] == "waiting"
    assert run(api, output, "download") == 0
    assert states(output)[EAST.tile_id] == "downloaded"


def test_polygons_lie_over_the_tiles_as_shares_of_pixels(api, tmp_path, capsys):
    output, file = tmp_path / "outputs", tmp_path / "global_mining_polygons_v2.gpkg"
    left, _, _, top = TILE.bounds
    # from the middle of pixel 10 to the middle of pixel 12: shares 1/4 at corners, 1/2 at sides
    box = shapely.box(left + 315, top - 375, left + 375, top - 315)
    degrees = Transformer.from_crs(TILE.epsg, 4326, always_xy=True)
    placed = shapely.transform(box, lambda xy: np.column_stack(degrees.transform(*xy.T)))
    table = {"ISO3_CODE": ["ZAF"], "COUNTRY_NAME": ["South Africa"], "AREA": [0.0036]}
    gpd.GeoDataFrame(table, geometry=[placed], crs=4326).to_file(file)
    assert run(api, output, "download", "--polygons", str(file)) == 0
    assert states(output) == {TILE.tile_id: "downloaded"}, "the other tile holds no polygon"
    assert run(api, output, "process", "--polygons", str(file)) == 0
    cover = open_landsat(output / "cube").cover.isel(tile=0).compute()
    np.testing.assert_allclose(
        cover[10:13, 10:13], [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]], atol=2e-4
    )
    assert float(cover.sum()) == pytest.approx(4.0, abs=2e-3)
    assert "polygons laid over 1 tile" in capsys.readouterr().out
    assert run(api, output, "process", "--polygons", str(file)) == 0
    assert "polygons laid over 0 tiles" in capsys.readouterr().out


def test_polygons_of_another_place_are_refused(api, tmp_path, capsys):
    output, file = tmp_path / "outputs", tmp_path / "elsewhere.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.box(80, 20, 81, 21)], crs=4326).to_file(file)
    assert run(api, output, "download", "--polygons", str(file)) == 2
    assert "None of the 2 tiles of" in capsys.readouterr().err
    assert run(api, output, "download") == 0
    assert run(api, output, "process", "--polygons", str(file)) == 2
    assert "are polygons and imagery of one place?" in capsys.readouterr().err
    assert open_landsat(output / "cube").cover.isnull().all()


def test_a_downloaded_file_that_changed_is_refused_and_downloaded_again(api, tmp_path, capsys):
    output = tmp_path / "outputs"
    run(api, output, "download")
    path = output / "landsat" / "downloads" / "2020" / f"{TILE.tile_id}.tif"
    path.write_bytes(path.read_bytes()[:-100])
    assert run(api, output, "process") == 3
    assert "it changed since. Download it again" in capsys.readouterr().out
    assert states(output) == {TILE.tile_id: "failed", EAST.tile_id: "processed"}
    assert run(api, output, "download") == 0
    assert run(api, output, "process") == 0
    assert set(states(output).values()) == {"processed"}


def test_other_settings_over_the_same_output_are_refused_by_name(api, tmp_path, capsys):
    output = tmp_path / "outputs"
    run(api, output, "download")
    assert run(api, output, "download", "--tiers", "T1", "T2") == 2
    assert "begun with other settings: tiers ['T1'] there" in capsys.readouterr().err


@pytest.mark.slow
def test_a_killed_download_loses_nothing_and_is_shown_as_stuck(api, tmp_path, capsys):
    output = tmp_path / "outputs"
    first, held = api.answer, threading.Event()

    def answer(method, path, query, headers, body):
        if path == "/search" and json.loads(body)["bbox"][0] > MIDDLES[0][0] - 0.01:
            held.wait(PATIENCE_S)  # the eastern tile's search never ends
        return first(method, path, query, headers, body)

    api.answer = answer
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.landsat", "download", "--output", str(output),
         "--cluster", "threads", "--catalog", api.url, "--bbox", BBOX, "--year", "2020",
         "--tile-pixels", "64"],
        cwd=Path(landsat.__file__).parents[1],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: "downloaded" in found(output), PATIENCE_S)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait(PATIENCE_S)
        held.set()
    api.answer = first
    assert states(output) == {TILE.tile_id: "downloaded", EAST.tile_id: "downloading"}
    run(api, output, "status", "--verbose")
    said = capsys.readouterr().out
    assert "1 downloaded, 1 stuck" in said
    assert f"{EAST.tile_id} 2020: stuck" in said
    assert f"process {process.pid} on" in said
    assert run(api, output, "download") == 0
    assert set(states(output).values()) == {"downloaded"}


def found(output):
    try:
        return states(output).values()
    except sqlite3.Error:
        return ()


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["download", "--year", "2020"], "Say where: --country ZAF or --bbox"),
        (["download", "--country", "XYZ", "--year", "2020"], "no box of 'XYZ'"),
        (["download", "--country", "ZAF", "--year", "1970"], "Landsat 5 began in 1984"),
        (["download", "--bbox", "1,2,3", "--year", "2020"], "expected W,S,E,N"),
        (["process"], "There is no Landsat ledger"),
        (["status"], "There is no Landsat ledger"),
    ],
)
def test_bad_input_is_said_in_words(arguments, said, tmp_path, capsys, real_items):
    catalog = ["--catalog", str(real_items)] if arguments[0] == "download" else []
    assert landsat.main([*arguments, *catalog, "--output", str(tmp_path / "outputs")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "outputs").exists() or arguments[0] != "download"


@pytest.fixture
def real_items(tmp_path):
    """A catalogue of one item, never read."""
    file = tmp_path / "items.json"
    item = scene_item(tmp_path, "2020-03-05")
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [item]}))
    return file


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--tile-pixels=0"], "A tile of 0 pixels: expected 16 to 8192"),
        (["--attempts=0"], "attempts is 0; give how often a tile is tried"),
        (["--limit=-1"], "limit is -1; give how many tiles at most"),
        (["--bbox=-180,-60,180,70"], "tiles; give up to 200,000 at once"),
    ],
)
def test_impossible_downloads_are_refused(real_items, tmp_path, capsys, flags, message):
    output = tmp_path / "outputs"
    told = ["download", f"--bbox={BBOX}", "--year=2020", f"--catalog={real_items}"]
    assert landsat.main([*told, f"--output={output}", *flags]) == 2
    assert message in capsys.readouterr().err
    assert not output.exists()


def test_a_tile_that_the_ledger_does_not_know_is_not_said_to_be_retried(tmp_path, capsys):
    Ledger(tmp_path / "landsat" / "ledger.sqlite", create=True)
    assert landsat.main(["retry", f"--output={tmp_path}", "--tile=utm35_x025_y-203"]) == 2
    assert "Tile 'utm35_x025_y-203' was not set back" in capsys.readouterr().err


def test_a_box_west_of_greenwich_is_a_box_and_no_flag(tmp_path, capsys):
    told = ["download", "--bbox", "-65.2,-3.4,-65.1,-3.3", "--year", "2020", "--dry-run"]
    assert landsat.main([*told, "--output", str(tmp_path / "outputs")]) == 0
    assert "-65.2,-3.4,-65.1,-3.3 2020: " in capsys.readouterr().out


def test_a_dry_run_says_how_many_tiles_and_leaves_nothing(real_items, tmp_path, capsys):
    output = tmp_path / "outputs"
    told = ["download", "--country", "RWA", "--year", "2020", "--dry-run", "--output", str(output)]
    assert landsat.main([*told, "--catalog", str(real_items)]) == 0
    said = capsys.readouterr().out
    # 2.2 x 1.9 degrees are 245 x 211 km; tiles are 15.36 km: about 17 x 15 of them, and a seam
    assert "RWA 2020: 2" in said
    assert "nothing was read" in said
    assert "--boundaries FILE gives its outline" in said
    assert not output.exists()


def test_killed_between_the_commit_and_the_ledger_the_same_pixels_are_written_again(api, tmp_path):
    output = tmp_path / "outputs"
    assert run(api, output, "download") == 0
    assert run(api, output, "process", "--keep") == 0
    before = open_landsat(output / "cube", chunks=None).load()
    with sqlite3.connect(output / "landsat" / "ledger.sqlite") as ledger:
        dead = "INSERT INTO runs VALUES (99, 4194309, ?, 1.0, 1.0, NULL, 'killed')"
        ledger.execute(dead, (socket.gethostname(),))
        ledger.execute("UPDATE tiles SET state='processing', stage='process', run=99")
    assert run(api, output, "process") == 0
    assert set(states(output).values()) == {"processed"}
    after = open_landsat(output / "cube", chunks=None).load()
    np.testing.assert_array_equal(before.reflectance, after.reflectance)
    assert after.sizes == before.sizes
    assert not list((output / "landsat" / "downloads").rglob("*.tif"))
