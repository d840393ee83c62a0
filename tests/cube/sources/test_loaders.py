"""Pixels of real files on a window's grid, by both loaders, and what happens to bad files."""

import json
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
import rasterio
import rasterio.warp
import stackstac
from rasterio.errors import RasterioIOError

from cube.contract import CubeError, Window
from cube.sources import Patience, ReadFailure, loader, scene
from cube.sources.reading import GDAL_OPTIONS, may_pass
from tests.cube.sources.serving import LEFT, TOP, cog, file_service, numbered, s2_item

HASTE = Patience(retries=1, backoff_s=0.01)
WINDOW = Window("CIL_001", 0, 32644, LEFT + 100, TOP - 100, 48)


@pytest.fixture(params=["stackstac", "odc-stac"])
def load(request):
    return loader(request.param, threads=2, patience=HASTE).load


def scene_of(hrefs, name="S2A_44QPK_20220301_0_L2A", **properties):
    return scene(s2_item(name, "2022-03-01", hrefs, **properties))


def test_ten_metre_pixels_land_where_the_window_says(load, tmp_path):
    red = cog(tmp_path / "red.tif", numbered(80, 80))
    (pixels,) = load([scene_of({"red": red})], ["red"], WINDOW)
    assert (pixels.shape, pixels.dtype) == ((1, 48, 48), np.uint16)
    # (x0, y0) is the corner between source pixels 9 and 10 both ways: the lower right one, 10,
    # is taken, always: 100 * 10 + 10 + 1 = 1011
    assert pixels[0, 0, 0] == 1011
    assert pixels[0, 3, 5] == 100 * 13 + 15 + 1
    np.testing.assert_array_equal(pixels[0], numbered(80, 80)[10:58, 10:58])


def test_a_window_whose_pixels_are_the_tiles_own_takes_them_one_to_one(load, tmp_path):
    red = cog(tmp_path / "red.tif", numbered(80, 80))
    window = replace(WINDOW, x0=LEFT + 105, y0=TOP - 105)
    (pixels,) = load([scene_of({"red": red})], ["red"], window)
    np.testing.assert_array_equal(pixels[0], numbered(80, 80)[10:58, 10:58])


def test_twenty_metre_pixels_are_repeated_never_interpolated(load, tmp_path):
    swir = cog(tmp_path / "swir.tif", numbered(40, 40), metres=20)
    (pixels,) = load([scene_of({"swir16": swir})], ["swir16"], WINDOW)
    # x0 = left + 100 is the edge between columns 4 and 5: again the right one
    assert pixels[0, 0, :6].tolist() == [506, 506, 507, 507, 508, 508]
    assert pixels[0, :6, 0].tolist() == [506, 506, 606, 606, 706, 706]


def test_bands_come_in_the_order_asked_for_and_scl_beside_them(load, tmp_path):
    classes = np.full((40, 40), 4, np.uint8)
    hrefs = {
        "red": cog(tmp_path / "red.tif", np.full((80, 80), 7, np.uint16)),
        "nir": cog(tmp_path / "nir.tif", np.full((80, 80), 9, np.uint16)),
        "scl": cog(tmp_path / "scl.tif", classes, metres=20),
    }
    (pixels,) = load([scene_of(hrefs)], ["scl", "nir", "red"], WINDOW)
    assert pixels[:, 0, 0].tolist() == [4, 9, 7]


def test_the_same_zone_is_pixel_identical_in_both_loaders_and_stock_stackstac(tmp_path):
    rng = np.random.default_rng(0)
    hrefs = {}
    for band, metres in (("red", 10), ("swir16", 20), ("coastal", 60)):
        numbers = rng.integers(1, 9000, (1200 // metres, 1200 // metres)).astype(np.uint16)
        hrefs[band] = cog(tmp_path / f"{band}.tif", numbers, metres=metres)
    item = s2_item("S2A_44QPK_20220301_0_L2A", "2022-03-01", hrefs)
    for x0 in (LEFT + 100, LEFT + 105, LEFT - 230, LEFT + 900):
        window = replace(WINDOW, x0=x0)
        (ours,) = loader("stackstac").load([scene(item)], list(hrefs), window)
        (odc,) = loader("odc-stac").load([scene(item)], list(hrefs), window)
        left, bottom, right, top = window.bounds
        stock = stackstac.stack(
            [item],
            assets=list(hrefs),
            epsg=32644,
            bounds=(left + 0.01, bottom - 0.01, right + 0.01, top - 0.01),
            resolution=10,
            snap_bounds=False,
            rescale=False,
            dtype=np.dtype("uint16"),
            fill_value=np.uint16(0),
            xy_coords="center",
        )
        np.testing.assert_array_equal(ours, odc)
        np.testing.assert_array_equal(ours, stock.to_numpy()[0])
        assert (ours == 0).any() == (x0 in (LEFT - 230, LEFT + 900)), "beyond the file is 0"


def by_hand(href, window):
    """Nearest neighbours by exact transformation of every pixel centre, and nothing else."""
    with rasterio.open(href) as file:
        source = file.read(1)
        steps = 10 * np.arange(window.size)
        xs, ys = np.meshgrid(window.x0 + 0.01 + steps, window.y0 - 0.01 - steps)
        places = rasterio.warp.transform(f"EPSG:{window.epsg}", file.crs, xs.ravel(), ys.ravel())
        row, col = (np.asarray(v) for v in rasterio.transform.rowcol(file.transform, *places))
        inside = (row >= 0) & (row < file.height) & (col >= 0) & (col < file.width)
        numbers = np.zeros(xs.size, np.uint16)
        numbers[inside] = source[row[inside], col[inside]]
    return numbers.reshape(window.size, window.size)


def test_the_neighbouring_zone_is_exact_and_odc_stac_agrees_in_996_of_1000_pixels(tmp_path):
    # 810,000 E 2,500,000 N of zone 43 is 193,018 E 2,499,939 N of zone 44
    window = Window("CIL_007", 0, 32643, 810000.0, 2500000.0, 128)
    numbers = np.random.default_rng(1).integers(1, 9000, (500, 500)).astype(np.uint16)
    red = cog(tmp_path / "red.tif", numbers, left=190000.0)
    scenes, truth = [scene_of({"red": red})], by_hand(red, window)
    assert (truth > 0).all(), "the window lies inside the tile"
    np.testing.assert_array_equal(loader("stackstac").load(scenes, ["red"], window)[0][0], truth)
    assert (loader("odc-stac").load(scenes, ["red"], window)[0][0] == truth).mean() > 0.996


def test_the_real_mine_is_read_exactly_as_by_hand_and_odc_stac_agrees_in_999_of_1000(real):
    path = real / "cil_mine_1/items.json"
    items = json.loads(path.read_text())["features"]
    half = min(items, key=lambda i: i["assets"]["red"]["proj:shape"])
    # CIL_001 lies at 81.156 E 21.196 N: 516,200 E 2,343,850 N in zone 44
    window = Window("CIL_001", 0, 32644, 515800.0, 2344300.0, 96)
    bands = ["blue", "red", "nir", "swir16", "swir22", "scl"]
    scenes = [scene(i, str(path)) for i in (items[0], items[60], half)]
    ours = loader("stackstac").load(scenes, bands, window)
    odc = loader("odc-stac").load(scenes, bands, window)
    for one, pixels, others in zip(scenes, ours, odc, strict=True):
        truth = np.stack([by_hand(one.assets[band].href, window) for band in bands])
        assert ((truth > 0).sum(axis=(1, 2)) > 1000).all(), "the mine is in the window"
        np.testing.assert_array_equal(pixels, truth)
        assert (others == truth).mean() > 0.999


def test_the_real_tile_is_read_though_it_is_coarser_than_its_item_says(real, load):
    folder = real / "sentinel2_tile_29RKH"
    item = json.loads((folder / "S2A_29RKH_20200219_0_L2A.json").read_text())
    for key, name in (("red", "B04"), ("swir16", "B11"), ("scl", "SCL")):
        item["assets"][key]["href"] = f"{name}.tif"
    one = scene(item, str(folder / "item.json"))
    window = Window("29RKH", 0, 32629, 250000.0, 2750000.0, 64)
    (pixels,) = load([one], ["red", "swir16", "scl"], window)
    for band, name in zip(pixels, ("B04", "B11", "SCL"), strict=True):
        with rasterio.open(folder / f"{name}.tif") as file:
            row, col = file.index(window.x0 + 0.01, window.y0 - 0.01)
            assert band[0, 0] == file.read(1)[row, col]
    assert pixels[0].min() > 0


def test_a_file_whose_rows_run_north_is_turned_round(load, tmp_path):
    path = tmp_path / "red.tif"
    upward = rasterio.Affine(10, 0, LEFT, 0, 10, TOP - 800)
    profile = {"width": 80, "height": 80, "count": 1, "dtype": "uint16", "crs": "EPSG:32644"}
    with rasterio.open(path, "w", driver="GTiff", transform=upward, **profile) as file:
        file.write(numbered(80, 80)[::-1], 1)
    (pixels,) = load([scene_of({"red": str(path)})], ["red"], WINDOW)
    np.testing.assert_array_equal(pixels[0], numbered(80, 80)[10:58, 10:58])


def test_numbers_a_file_calls_nodata_become_0(load, tmp_path):
    numbers = numbered(80, 80)
    numbers[20:30] = 65535
    red = cog(tmp_path / "red.tif", numbers, nodata=65535)
    (pixels,) = load([scene_of({"red": red})], ["red"], WINDOW)
    assert (pixels[0, 10:20] == 0).all()
    assert (pixels[0, :10] > 0).all()


def test_a_scene_beside_the_window_is_all_0_and_no_failure(load, tmp_path):
    red = cog(tmp_path / "red.tif", numbered(80, 80))
    (pixels,) = load([scene_of({"red": red})], ["red"], replace(WINDOW, x0=LEFT + 5000))
    assert not pixels.any()


BAD_FILES = {
    "missing": "No such file",
    "truncated": "IReadBlock failed|TIFFReadEncodedTile|Read error",
    "empty": "not recognized as being in a supported file format",
    "html": "not recognized as being in a supported file format",
    "no_crs": "it has no CRS",
    "other_crs": "it is in EPSG:32643, but its item says EPSG:32644",
    "elsewhere": r"its corner lies at \(700000, 2500020\), but its item says \(600000, 2500020\)",
    "float": "its pixels are float32: expected uint8 or uint16",
    "two_bands": "it has 2 bands: expected one",
}


def bad_file(kind, path):
    numbers = np.random.default_rng(0).integers(1, 9000, (80, 80)).astype(np.uint16)
    if kind == "missing":
        return str(path)
    if kind in ("empty", "html"):
        path.write_bytes(b"" if kind == "empty" else b"<html>Sign in</html>")
        return str(path)
    if kind == "two_bands":
        profile = {"width": 80, "height": 80, "count": 2, "dtype": "uint16", "crs": "EPSG:32644"}
        grid = rasterio.transform.from_origin(LEFT, TOP, 10, 10)
        with rasterio.open(path, "w", driver="GTiff", transform=grid, **profile) as file:
            file.write(np.stack([numbers, numbers]))
        return str(path)
    options = {
        "no_crs": {"epsg": None},
        "other_crs": {"epsg": 32643},
        "elsewhere": {"left": 700000.0},
    }.get(kind, {})
    href = cog(path, numbers.astype(np.float32) if kind == "float" else numbers, **options)
    if kind == "truncated":
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 3])
    return href


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_costs_its_scene_with_the_reason_and_no_other(kind, load, tmp_path):
    good = cog(tmp_path / "good.tif", numbered(80, 80))
    bad = scene_of({"nir": good, "red": bad_file(kind, tmp_path / "red.tif")}, "bad scene S2A")
    asset = replace(
        bad.assets["red"], transform=(10, 0, LEFT, 0, -10, TOP), shape=(80, 80), epsg=32644
    )
    bad = replace(bad, assets={**bad.assets, "red": asset})
    fine = scene_of({"red": good, "nir": good})
    first, failed, last = load([fine, bad, fine], ["nir", "red"], WINDOW)
    assert first[1, 0, 0] == last[1, 0, 0] == 1011
    assert isinstance(failed, ReadFailure)
    assert failed.item_id == "bad scene S2A"
    assert re.search(BAD_FILES[kind], failed.reason), failed.reason


def test_a_scene_without_a_band_that_is_asked_for_is_a_failure_that_names_it(load, tmp_path):
    red = cog(tmp_path / "red.tif", numbered(80, 80))
    (failed,) = load([scene_of({"red": red})], ["red", "nir"], WINDOW)
    assert failed.reason == "no asset for nir; it has red"


def test_no_scenes_give_no_pixels(load):
    assert load([], ["red"], WINDOW) == []


def test_a_loader_pickles(tmp_path):
    red = cog(tmp_path / "red.tif", numbered(80, 80))
    for name in ("stackstac", "odc-stac"):
        again = pickle.loads(pickle.dumps(loader(name)))
        assert again.load([scene_of({"red": red})], ["red"], WINDOW)[0][0, 0, 0] == 1011


def test_an_unknown_loader_is_refused_with_those_there_are():
    with pytest.raises(CubeError, match="no loader 'gdal': expected stackstac or odc-stac"):
        loader("gdal")
    with pytest.raises(CubeError, match="threads is 0: expected 1 or more"):
        loader(threads=0)
    with pytest.raises(CubeError, match="must be 0 or more"):
        Patience(retries=-1)


def test_files_are_read_over_http_by_ranges(load, tmp_path, serve):
    cog(tmp_path / "red.tif", numbered(80, 80))
    service = serve(file_service(tmp_path))
    (pixels,) = load([scene_of({"red": f"{service.url}/red.tif"})], ["red"], WINDOW)
    assert pixels[0, 0, 0] == 1011
    asked = [r.split()[1] for r in service.requests]
    assert set(asked) == {"/red.tif"}, "no listing of folders, no sidecar files"


@pytest.mark.parametrize("faults", [[503], [500], [429, 503]])
def test_a_server_that_stumbles_is_asked_again(faults, load, tmp_path, serve, monkeypatch):
    monkeypatch.setitem(GDAL_OPTIONS, "GDAL_HTTP_MAX_RETRY", len(faults) - 1)
    monkeypatch.setitem(GDAL_OPTIONS, "GDAL_HTTP_RETRY_DELAY", 0.01)
    cog(tmp_path / "red.tif", numbered(80, 80))
    service = serve(file_service(tmp_path))
    service.faults.extend(faults)
    (pixels,) = load([scene_of({"red": f"{service.url}/red.tif"})], ["red"], WINDOW)
    assert not isinstance(pixels, ReadFailure), pixels
    assert pixels[0, 0, 0] == 1011


def test_a_file_cut_short_on_a_server_is_a_failure_not_nodata(load, tmp_path, serve):
    path = tmp_path / "red.tif"
    cog(path, np.random.default_rng(0).integers(1, 9000, (80, 80)).astype(np.uint16))
    path.write_bytes(path.read_bytes()[:5000])
    service = serve(file_service(tmp_path))
    (failed,) = load([scene_of({"red": f"{service.url}/red.tif"})], ["red"], WINDOW)
    assert isinstance(failed, ReadFailure), failed


def test_a_server_that_goes_on_failing_is_a_failure_not_nodata(load, tmp_path, serve, monkeypatch):
    monkeypatch.setitem(GDAL_OPTIONS, "GDAL_HTTP_MAX_RETRY", 0)
    service = serve(file_service(tmp_path))
    service.faults.extend([500] * 50)
    (failed,) = load([scene_of({"red": f"{service.url}/red.tif"})], ["red"], WINDOW)
    assert isinstance(failed, ReadFailure)
    assert "500" in failed.reason


def test_a_missing_file_on_a_server_is_not_asked_for_again(tmp_path, serve):
    service = serve(file_service(tmp_path))
    loaded = loader(patience=Patience(3, 5.0)).load(
        [scene_of({"red": f"{service.url}/red.tif"})], ["red"], WINDOW
    )
    assert "404" in loaded[0].reason


def test_only_errors_that_may_pass_are_worth_waiting_for():
    url = "https://host/red.tif"
    assert may_pass(url, RasterioIOError("HTTP response code: 503"))
    assert may_pass(url, RasterioIOError("Operation timed out"))
    assert not may_pass(url, RasterioIOError("HTTP response code: 404"))
    assert not may_pass(url, RasterioIOError("HTTP response code: 403"))
    assert may_pass(
        "https://a.blob.core.windows.net/c/red.tif", RasterioIOError("HTTP response code: 403")
    )
    assert not may_pass("/data/red.tif", RasterioIOError("anything"))
