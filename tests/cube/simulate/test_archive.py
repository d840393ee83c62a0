from __future__ import annotations

import hashlib
import json
import struct
import time
from dataclasses import replace

import numpy as np
import pystac
import pytest
import rasterio

from cube.contract import CubeError
from cube.simulate import Archive, ArchiveSettings, new_site, read_truth, write_archive
from cube.simulate.__main__ import main
from cube.simulate.archive import _site
from cube.simulate.site import digital_numbers

from .conftest import TINY

ONE = replace(TINY, mines=1, bands=("red",), cadence_days=40)


def digest(archive: Archive) -> str:
    total = hashlib.sha256()
    for path in sorted(p for p in archive.folder.rglob("*") if p.is_file()):
        total.update(str(path.relative_to(archive.folder)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def items_of(archive: Archive) -> list[dict]:
    return json.loads(archive.items.read_text())["features"]


def pixels(archive: Archive, item: dict, key: str) -> np.ndarray:
    with rasterio.open(archive.folder / item["assets"][key]["href"]) as file:
        return file.read(1)


def test_the_same_seed_gives_the_same_files_byte_for_byte(tmp_path):
    first = write_archive(tmp_path / "a", replace(ONE, workers=1))
    second = write_archive(tmp_path / "b", replace(ONE, workers=3))
    assert digest(first) == digest(second)


def test_another_seed_gives_other_pixels(tmp_path):
    first = write_archive(tmp_path / "a", ONE)
    second = write_archive(tmp_path / "b", replace(ONE, seed=4))
    one, two = items_of(first)[0], items_of(second)[0]
    assert not np.array_equal(pixels(first, one, "red"), pixels(second, two, "red"))


def test_writing_again_keeps_the_archive_and_other_settings_are_refused(tmp_path):
    archive = write_archive(tmp_path / "a", ONE)
    stamp = archive.items.stat().st_mtime_ns
    write_archive(tmp_path / "a", replace(ONE, workers=2))
    assert archive.items.stat().st_mtime_ns == stamp
    with pytest.raises(CubeError, match=r"other settings \(seed: \[3\], asked for \[9\]\)"):
        write_archive(tmp_path / "a", replace(ONE, seed=9))


def test_an_archive_cut_short_is_written_anew(tmp_path):
    archive = write_archive(tmp_path / "a", ONE)
    whole = digest(archive)
    (archive.folder / "archive.json").unlink()
    next(archive.folder.rglob("B04.tif")).write_bytes(b"half")
    assert digest(write_archive(tmp_path / "a", ONE)) == whole


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CubeError, match=r"holds 'thesis\.txt' and is no simulated archive"):
        write_archive(tmp_path, ONE)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    with pytest.raises(CubeError, match="is a file"):
        write_archive(tmp_path / "thesis.txt", ONE)


def test_every_item_is_valid_stac_and_every_file_is_where_it_says(archive):
    for found in items_of(archive):
        item = pystac.Item.from_dict(found)
        assert item.geometry["type"] == "Polygon"
        west, south, east, north = item.bbox
        assert 68 < west < east < 98
        assert 6 < south < north < 38
        for asset in found["assets"].values():
            with rasterio.open(archive.folder / asset["href"]) as file:
                assert list(file.shape) == asset["proj:shape"]
                assert list(file.transform)[:6] == asset["proj:transform"]
                assert file.crs.to_epsg() == found["properties"]["proj:epsg"]
                assert file.nodata == 0


def test_item_ids_are_unique(archive):
    ids = [item["id"] for item in items_of(archive)]
    assert len(set(ids)) == len(ids) > 100


def test_mines_of_one_tile_have_scenes_of_their_own(tmp_path):
    # nine mines on eight coal fields: mine 8 lies 17 km north of mine 0, on the same tile
    crowded = write_archive(tmp_path, replace(ONE, mines=9, size=48, cadence_days=60))
    items = items_of(crowded)
    assert len({item["id"] for item in items}) == len(items)
    added = [item for item in items if not item["id"].endswith("_L2A")]
    assert {item["id"][-12:] for item in added} == {"_L2A_SIM_008"}
    tiles = {item["properties"]["grid:code"] for item in items if item not in added}
    assert {item["properties"]["grid:code"] for item in added} <= tiles
    for item in items:  # each file still is what its own item says: none was written over
        asset = item["assets"]["red"]
        with rasterio.open(crowded.folder / asset["href"]) as file:
            assert list(file.transform)[:6] == asset["proj:transform"]


def test_a_file_is_a_cog_header_before_pixels_and_tiled(archive):
    path = archive.folder / items_of(archive)[0]["assets"]["red"]["href"]
    with rasterio.open(path) as file:
        assert file.profile["tiled"]
        assert file.compression.name == "deflate"
    assert struct.unpack("<2sHI", path.read_bytes()[:8]) == (b"II", 42, 8)


def test_earth_search_items_carry_the_offset_exactly_where_the_flag_says_so(archive):
    flags = set()
    for item in items_of(archive):
        if item["properties"]["mgrs:utm_zone"] != 44:
            continue
        baseline = float(item["properties"]["s2:processing_baseline"])
        applied = item["properties"]["earthsearch:boa_offset_applied"]
        stated = item["assets"]["red"]["raster:bands"][0]["offset"]
        assert stated == (-0.1 if baseline >= 4 else 0)  # even where it was applied: the trap
        red = pixels(archive, item, "red")
        swir16 = pixels(archive, item, "swir16")
        carries = baseline >= 4 and not applied
        lowest = min(np.percentile(red[red > 0], 0.5), np.percentile(swir16[swir16 > 0], 0.5))
        if item["properties"]["eo:cloud_cover"] < 20:  # water, coal or shade is below 0.09
            assert (lowest > 1000) == carries
        flags.add((baseline >= 4, applied))
    assert flags == {(False, False), (True, False), (True, True)}


def test_planetary_computer_items_have_no_band_metadata_and_always_the_offset(tmp_path):
    settings = replace(ONE, start="2022-01-01", dialect="planetary_computer")
    archive = write_archive(tmp_path / "pc", settings)
    seen = set()
    for item in items_of(archive):
        assert set(item["assets"]) == {"B04", "SCL"}
        assert "raster:bands" not in item["assets"]["B04"]
        assert item["id"].startswith("S2B_MSIL2A_2022")
        new = float(item["properties"]["s2:processing_baseline"]) >= 4
        red = pixels(archive, item, "B04")
        assert (red[red > 0].min() > 1000) == new
        seen.add(new)
    assert seen == {True, False}


def test_both_dialects_show_the_same_reflectance(tmp_path):
    settings = replace(ONE, start="2022-02-01")
    there = write_archive(tmp_path / "es", settings)
    here = write_archive(tmp_path / "pc", replace(settings, dialect="planetary_computer"))
    for one, two in zip(items_of(there), items_of(here), strict=True):
        red = pixels(there, one, "red").astype(int)
        carries = not one["properties"]["earthsearch:boa_offset_applied"]
        np.testing.assert_array_equal(red + (0 if carries else 1000), pixels(here, two, "B04"))


def test_two_tiles_of_one_zone_agree_where_they_overlap(archive):
    pairs = same_moment(archive, "SIM_000")
    assert pairs
    for upper, lower in pairs:
        a, b = pixels(archive, upper, "red"), pixels(archive, lower, "red")
        top_a = upper["assets"]["red"]["proj:transform"][5]
        top_b = lower["assets"]["red"]["proj:transform"][5]
        skip = round((top_a - top_b) / 10)
        shared = a.shape[0] - skip
        assert 0 < shared < a.shape[0]
        np.testing.assert_array_equal(a[skip:], b[:shared])


def test_a_tile_of_the_neighbouring_zone_shows_the_same_ground(archive):
    """A pixel of zone 45, taken back to zone 44 by its centre, holds that pixel's number."""
    from pyproj import Transformer

    for own, other in same_moment(archive, "SIM_001")[:3]:
        assert own["properties"]["proj:epsg"] == 32644
        assert other["properties"]["proj:epsg"] == 32645
        a, b = pixels(archive, own, "nir"), pixels(archive, other, "nir")
        left, top = (own["assets"]["nir"]["proj:transform"][k] for k in (2, 5))
        x0, y0 = (other["assets"]["nir"]["proj:transform"][k] for k in (2, 5))
        rows, columns = np.nonzero(b)
        assert rows.size > 0.4 * a.size
        back = Transformer.from_crs(32645, 32644, always_xy=True)
        x, y = back.transform(x0 + 10 * (columns + 0.5), y0 - 10 * (rows + 0.5))
        np.testing.assert_array_equal(
            a[((top - y) // 10).astype(int), ((x - left) // 10).astype(int)], b[rows, columns]
        )


def same_moment(archive: Archive, mine_id: str) -> list[tuple[dict, dict]]:
    """Pairs of items of one mine and date whose numbers carry the same offset."""
    truth = read_truth(archive.truth(mine_id))
    left = float(truth.attrs["left"])
    zone = int(truth.attrs["epsg"]) % 100
    own, other = {}, {}
    for item in items_of(archive):
        properties = item["properties"]
        if properties["s2:sequence"] != "0":
            continue
        grid = item["assets"]["red"]["proj:transform"]
        if properties["mgrs:utm_zone"] == zone and abs(grid[2] - left) < 1:
            first = grid[5] == float(truth.attrs["top"])
            (own if first else other)[properties["datetime"][:10]] = item
        elif properties["mgrs:utm_zone"] == zone + 1 and mine_id == "SIM_001":
            other[properties["datetime"][:10]] = item
    return [(own[day], other[day]) for day in sorted(own) if day in other]


def test_a_reprocessed_scene_stands_beside_the_old_one(archive):
    by_tile: dict[tuple, list[dict]] = {}
    for item in items_of(archive):
        key = (item["properties"]["grid:code"], item["properties"]["datetime"])
        by_tile.setdefault(key, []).append(item)
    twice = [sorted(v, key=lambda i: i["id"]) for v in by_tile.values() if len(v) == 2]
    assert twice
    for old, new in twice:
        assert old["properties"]["s2:processing_baseline"] < "04"
        assert new["properties"]["s2:processing_baseline"] == "05.00"
        a, b = pixels(archive, old, "red").astype(int), pixels(archive, new, "red").astype(int)
        np.testing.assert_array_equal(np.where(a > 0, a + 1000, 0), b)


def test_the_edge_of_a_swath_is_nodata_in_bands_and_classification(tmp_path):
    settings = ArchiveSettings(
        mines=4, size=64, years=1, start="2021-01-01", cadence_days=30, bands=("red", "swir16")
    )
    archive = write_archive(tmp_path / "a", settings)
    cut = [
        item
        for item in items_of(archive)
        if item["properties"]["mgrs:utm_zone"] == 45
        and item["properties"]["mgrs:grid_square"] == "VG"
        and item["properties"]["s2:nodata_pixel_percentage"] > 0
    ]
    assert cut
    for item in cut:
        missing = pixels(archive, item, "scl") == 0
        np.testing.assert_array_equal(pixels(archive, item, "swir16") == 0, missing)
        np.testing.assert_array_equal(
            pixels(archive, item, "red") == 0, missing.repeat(2, 0).repeat(2, 1)
        )
        assert 0.15 < missing.mean() < 0.75
        assert item["properties"]["s2:nodata_pixel_percentage"] == pytest.approx(
            100 * missing.mean(), abs=1e-4
        )
        box = (item["bbox"][2] - item["bbox"][0]) * 111e3 * np.cos(np.radians(23.8))
        assert box < 640  # the footprint ends where the swath does


def test_pixels_are_the_site_in_memory(archive):
    site, place = _site(TINY, 0)
    assert place.mine_id == "SIM_000"
    item = next(i for i in items_of(archive) if i["id"].startswith("S2B_44QPK_20210701_0"))
    fine, _ = digital_numbers(site.look(0))
    shown = pixels(archive, item, "red")
    np.testing.assert_array_equal(shown, fine[2][: shown.shape[0]])


def test_the_command_line_writes_an_archive_and_says_what_is_in_it(tmp_path, capsys):
    asked = ["--mines", "1", "--years", "1", "--size", "64", "--cadence-days", "60"]
    asked += ["--bands", "red", "nir", "--workers", "1"]
    assert main(["--output", str(tmp_path / "a"), *asked]) == 0
    assert "1 mines, 14 scenes, 0 true violations" in capsys.readouterr().out
    assert main(["--output", str(tmp_path / "a"), *asked, "--seed", "5"]) == 2
    assert "other settings" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mines": 0}, "mines is 0; give 1 to 64"),
        ({"size": 65}, "size is 65; give an even number"),
        ({"years": 0}, "years is 0"),
        ({"cadence_days": 90}, "cadence_days is 90"),
        ({"dialect": "landsat"}, "dialect is 'landsat'; give one of earth_search"),
        ({"bands": ("red", "B04")}, r"bands are \('red', 'B04'\); give some of blue"),
        ({"start": "yesterday"}, "start is 'yesterday'"),
        ({"start": "NaT"}, "start is 'NaT'; give a date such as"),
        ({"workers": -1}, "workers is -1"),
    ],
)
def test_wrong_settings_are_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        ArchiveSettings(**wrong)


def test_a_site_does_not_depend_on_what_was_looked_at_before():
    site = new_site(5, TINY.site)
    late = site.look(20).fine
    site.look(3)
    np.testing.assert_array_equal(site.look(20).fine, late)


@pytest.mark.slow
def test_eight_mines_and_three_years_take_less_than_a_minute_on_two_cores(tmp_path):
    write_archive(tmp_path / "warm", ONE)
    began = time.monotonic()
    archive = write_archive(tmp_path / "a", ArchiveSettings(workers=2))
    assert time.monotonic() - began < 60
    assert len(items_of(archive)) > 8 * 110
