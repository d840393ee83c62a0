"""Slots from scenes: hand-worked mosaics, choices and failures, then real files."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Transformer
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.vrt import WarpedVRT
from shapely.geometry import mapping

from cube.acquire import AcquiredSlots, acquire
from cube.contract import CORE_BANDS, Asset, CubeError, Quality, Scene, Window
from cube.mines import read_mines
from cube.quality import QualitySettings
from cube.simulate import ArchiveSettings, write_archive
from cube.slots import SlotAxis, SlotSettings, slot_axis
from cube.sources import ReadFailure, loader, open_source
from cube.windows import WindowSettings, lonlat_bbox, outline_mask, windows_of

NONE, CLEAR, CLOUD, OUTSIDE, FAILED = Quality
N = 16
WINDOW = Window("CIL_001", 0, 32644, 513610.0, 2346360.0, N)
AXIS = slot_axis("2023-01-01/2023-01-30", 10)
BANDS = ("blue", "red", "nir")
UNDILATED = QualitySettings(dilation_pixels=0)
LEFT, RIGHT = np.s_[:, : N // 2], np.s_[:, N // 2 :]


def lonlat(columns: slice = slice(None), window: Window = WINDOW) -> dict:
    """Footprint of some columns of the window, half a metre inside their edges."""
    first, last, _ = columns.indices(window.size)
    left, bottom, _, top = window.bounds
    to_degrees = Transformer.from_crs(window.epsg, 4326, always_xy=True)
    box = shapely.box(left + 10 * first + 0.5, bottom, left + 10 * last - 0.5, top)
    return mapping(shapely.transform(box, lambda xy: np.column_stack(to_degrees.transform(*xy.T))))


def scene(item_id: str, when: str, **given) -> Scene:
    known = {
        "collection": "sentinel-2-l2a",
        "platform": "sentinel-2a",
        "tile": item_id,
        "epsg": 32644,
        "baseline": 2.14,
        "offset_applied": None,
        "cloud_cover": 0.0,
        "bbox": (81.0, 21.0, 81.3, 21.3),
        "footprint": lonlat(),
        "assets": {b: Asset(f"{item_id}/{b}.tif?sig=secret") for b in (*BANDS, "scl")},
    }
    return Scene(item_id=item_id, acquired=np.datetime64(when, "s"), **(known | given))


@dataclass(frozen=True)
class Arrays:
    """A loader that reads from memory: item id -> band -> array; "scl" among them."""

    pixels: dict
    asked: list = field(default_factory=list)

    def load(self, scenes: Sequence[Scene], bands: Sequence[str], window: Window) -> list:
        loaded: list = []
        for one in scenes:
            self.asked.append((one.item_id, tuple(bands)))
            held = self.pixels[one.item_id]
            broken = [b for b in bands if isinstance(held[b], str)]
            if broken:
                loaded.append(ReadFailure(one.item_id, held[broken[0]]))
            else:
                loaded.append(np.stack([held[b] for b in bands]))
        return loaded


def image(value: int = 500, scl: int = 4) -> dict:
    pixels = {b: np.full((N, N), value + i, np.uint16) for i, b in enumerate(BANDS)}
    return pixels | {"scl": np.full((N, N), scl, np.uint16)}


def acquired(scenes, pixels, axis=AXIS, bands=BANDS, **settings) -> AcquiredSlots:
    return acquire(
        WINDOW,
        scenes,
        axis,
        range(axis.count),
        pixels if isinstance(pixels, Arrays) else Arrays(pixels),
        bands,
        SlotSettings(**settings),
        UNDILATED,
    )


def items(slots: AcquiredSlots, slot: int = 0) -> list[dict]:
    return json.loads(slots.source_items[slot])


def test_one_scene_fills_its_slot_and_no_other():
    slots = acquired([scene("A", "2023-01-12T05:10:00")], {"A": image(500)})
    assert slots.reflectance.dtype == np.uint16
    assert slots.quality.dtype == np.uint8
    assert slots.reflectance.shape == (3, 3, N, N)
    assert (slots.quality[1] == CLEAR).all()
    assert (slots.quality[[0, 2]] == NONE).all()
    assert (slots.reflectance[1] == np.array([500, 501, 502])[:, None, None]).all()
    assert not slots.reflectance[[0, 2]].any()
    np.testing.assert_array_equal(
        slots.acquired, np.array(["NaT", "2023-01-12T05:10:00", "NaT"], "datetime64[s]")
    )
    assert slots.acquired.dtype == "datetime64[s]"
    assert slots.failed_reads.tolist() == [0, 0, 0]
    assert slots.source_items.tolist()[::2] == ["[]", "[]"]
    (item,) = items(slots, 1)
    note = item.pop("note")
    assert item == {
        "id": "A",
        "acquired": "2023-01-12T05:10:00",
        "baseline": 2.14,
        "offset": 0,
        "href": "A/blue.tif",
        "pixels": 256,
    }
    assert note == "offset 0 not checked: too few clear land pixels"


def test_the_offset_goes_once_and_before_two_baselines_meet():
    old, new = image(500), image(1500)
    for band in (*BANDS, "scl"):
        old[band][RIGHT] = 0
    scenes = [
        scene("B_new", "2023-01-02T05:10:10", baseline=5.0),
        scene("A_old", "2023-01-02T05:10:00"),
    ]
    slots = acquired(scenes, {"A_old": old, "B_new": new})
    assert (slots.reflectance[0, 0] == 500).all()  # 500 left; 1500 - 1000 right
    assert [(i["id"], i["offset"], i["pixels"]) for i in items(slots)] == [
        ("A_old", 0, 128),
        ("B_new", -1000, 128),
    ]
    assert slots.acquired[0] == np.datetime64("2023-01-02T05:10:00")


def test_what_falls_to_zero_or_below_becomes_one_and_nothing_stays_nothing():
    pixels = image(2000)
    pixels["blue"][0, :4] = [1, 1000, 1001, 1002]
    pixels["red"][1, 0] = 0
    slots = acquired([scene("A", "2023-01-02", baseline=4.0)], {"A": pixels})
    assert slots.reflectance[0, 0, 0, :4].tolist() == [1, 1, 1, 2]
    assert (slots.quality[0, 0] == CLEAR).all()
    assert slots.reflectance[0, :, 1, 0].tolist() == [1000, 0, 1002]
    assert slots.quality[0, 1, 0] == OUTSIDE


def test_saturated_numbers_survive_the_offset():
    pixels = image(65533)
    slots = acquired([scene("A", "2023-01-02", baseline=4.0)], {"A": pixels})
    assert slots.reflectance[0, :, 0, 0].tolist() == [64533, 64534, 64535]


def repaired(value: int, **given) -> tuple[int, dict]:
    """Reflectance of blue and the source item of a 32 x 32 window of such land."""
    window = replace(WINDOW, size=32)
    pixels = {b: np.full((32, 32), value + 100 * i, np.uint16) for i, b in enumerate(BANDS)}
    pixels["scl"] = np.full((32, 32), 5, np.uint16)
    slots = acquire(
        window, [scene("A", "2023-01-02", **given)], AXIS, range(1), Arrays({"A": pixels}), BANDS
    )
    return int(slots.reflectance[0, 0, 0, 0]), items(slots)[0]


def test_a_wrong_flag_is_repaired_by_the_pixels_both_ways_and_told():
    value, item = repaired(400, baseline=5.0)  # Planetary Computer's dialect, offset gone already
    assert (value, item["offset"]) == (400, 0)
    assert "100% of 1024 land pixels would fall below" in item["note"]
    value, item = repaired(1400, baseline=5.0, offset_applied=True)
    assert (value, item["offset"]) == (400, -1000)
    assert "offset 0 declared, -1000 applied" in item["note"]


def test_right_flags_stand_and_need_no_note():
    for value, given in (
        (400, {"offset_applied": True, "baseline": 5.0}),
        (1400, {"baseline": 5.0}),
    ):
        reflectance, item = repaired(value, **given)
        assert reflectance == 400
        assert "note" not in item


def test_an_overlap_belongs_to_the_first_complete_pixel():
    first, second = image(500), image(700)
    first["nir"][LEFT] = 0  # a wedge: nir's swath ends here
    scenes = [scene("A", "2023-01-02T05:10:00"), scene("B", "2023-01-02T05:10:14")]
    slots = acquired(scenes[::-1], {"A": first, "B": second})
    assert (slots.reflectance[0, :, 0, 0] == [700, 701, 702]).all()
    assert (slots.reflectance[0, :, 0, -1] == [500, 501, 502]).all()
    assert (slots.quality[0] == CLEAR).all()


def test_a_pixel_without_a_class_gives_way_to_one_that_has_it():
    unclassified, second = image(500), image(700)
    unclassified["scl"][LEFT] = 0
    scenes = [scene("A", "2023-01-02T05:10:00"), scene("B", "2023-01-02T05:10:14")]
    slots = acquired(scenes, {"A": unclassified, "B": second})
    assert (slots.reflectance[0, 0][LEFT] == 700).all()
    assert (slots.reflectance[0, 0][RIGHT] == 500).all()
    alone = acquired(scenes[:1], {"A": unclassified})
    assert (alone.quality[0][LEFT] == OUTSIDE).all()


def test_the_windows_own_zone_comes_before_an_earlier_neighbour():
    scenes = [
        scene("A", "2023-01-02T05:10:00", epsg=32643),
        scene("B", "2023-01-02T05:10:14", epsg=32644),
    ]
    slots = acquired(scenes, {"A": image(500), "B": image(700)})
    assert (slots.reflectance[0, 0] == 700).all()
    assert [i["id"] for i in items(slots)] == ["B"]


def test_cloud_keeps_its_reflectance_and_a_nodata_wedge_is_outside():
    pixels = image(9000, scl=9)
    for band in (*BANDS, "scl"):
        pixels[band][LEFT] = 0
    slots = acquired([scene("A", "2023-01-02")], {"A": pixels})
    assert (slots.quality[0][LEFT] == OUTSIDE).all()
    assert (slots.quality[0][RIGHT] == CLOUD).all()
    assert (slots.reflectance[0, 0][RIGHT] == 9000).all()
    assert not slots.reflectance[0, 0][LEFT].any()


def test_a_class_beyond_a_byte_is_none_of_the_clear_ones():
    slots = acquired([scene("A", "2023-01-02")], {"A": image(scl=256 + 4)})
    assert (slots.quality[0] == CLOUD).all()


def test_a_scene_that_reaches_the_window_with_nothing_leaves_it_outside_and_undated():
    slots = acquired([scene("A", "2023-01-02")], {"A": image(0, scl=0)})
    assert (slots.quality[0] == OUTSIDE).all()
    assert np.isnat(slots.acquired[0])
    assert slots.source_items[0] == "[]"


def test_a_failed_read_is_failed_under_its_footprint_and_outside_beyond():
    broken = image() | {"red": "truncated"}
    slots = acquired([scene("A", "2023-01-02", footprint=lonlat(slice(0, N // 2)))], {"A": broken})
    assert (slots.quality[0][LEFT] == FAILED).all()
    assert (slots.quality[0][RIGHT] == OUTSIDE).all()
    assert not slots.reflectance[0].any()
    assert np.isnat(slots.acquired[0])
    assert slots.failed_reads[0] == 1
    assert items(slots) == [{"id": "A", "error": "truncated"}]


def test_what_another_scene_measured_is_not_failed_be_it_cloud():
    half = image(9000, scl=9)
    for band in (*BANDS, "scl"):
        half[band][RIGHT] = 0
    scenes = [scene("A", "2023-01-02T05:10:00"), scene("B", "2023-01-02T05:10:14")]
    slots = acquired(scenes, {"A": image() | {"scl": "404"}, "B": half})
    assert (slots.quality[0][LEFT] == CLOUD).all()
    assert (slots.quality[0][RIGHT] == FAILED).all()
    assert slots.failed_reads[0] == 1


def test_a_clear_day_whose_bands_fail_makes_room_for_the_next():
    scenes = [scene("A", "2023-01-02"), scene("B", "2023-01-07")]
    cloudy = image(700)
    cloudy["scl"][LEFT] = 9
    slots = acquired(scenes, {"A": image() | {"nir": "timed out"}, "B": cloudy})
    assert slots.acquired[0] == np.datetime64("2023-01-07T00:00:00")
    assert (slots.quality[0][LEFT] == CLOUD).all()
    assert (slots.quality[0][RIGHT] == CLEAR).all()
    assert slots.failed_reads[0] == 1
    assert items(slots)[-1] == {"id": "A", "error": "timed out"}


def test_the_clearest_day_wins_and_the_bands_of_the_others_are_never_read():
    days = {"A": image(500), "B": image(600), "C": image(700)}
    days["A"]["scl"][0, :5] = 9
    days["B"]["scl"][0, :2] = 3
    days["C"]["scl"][:] = 8
    read = Arrays(days)
    slots = acquired([scene(i, f"2023-01-0{d}") for i, d in (("A", 1), ("B", 4), ("C", 9))], read)
    assert slots.acquired[0] == np.datetime64("2023-01-04T00:00:00")
    assert (slots.quality[0] == CLEAR).sum() == 254
    assert [i for i, bands in read.asked if bands != ("scl",)] == ["B"]


def test_of_equally_clear_days_the_earliest_wins():
    scenes = [scene("B", "2023-01-07"), scene("A", "2023-01-02")]
    slots = acquired(scenes, {"A": image(500), "B": image(600)})
    assert slots.acquired[0] == np.datetime64("2023-01-02T00:00:00")


def test_under_cloud_all_slot_long_the_day_that_measured_most_is_kept():
    sliver = image(9000, scl=9)
    for band in (*BANDS, "scl"):
        sliver[band][:, 3:] = 0
    scenes = [scene("A", "2023-01-02"), scene("B", "2023-01-07")]
    slots = acquired(scenes, {"A": sliver, "B": image(8000, scl=9)})
    assert slots.acquired[0] == np.datetime64("2023-01-07T00:00:00")
    assert (slots.quality[0] == CLOUD).all()


def test_a_promise_of_scl_that_the_bands_break_loses_to_the_next_day():
    promising, modest = image(500), image(600)
    promising["blue"][: N - 2] = 0
    modest["scl"][0] = 9
    scenes = [scene("A", "2023-01-02"), scene("B", "2023-01-07")]
    slots = acquired(scenes, {"A": promising, "B": modest})
    assert slots.acquired[0] == np.datetime64("2023-01-07T00:00:00")
    assert (slots.quality[0] == CLEAR).sum() == 15 * 16


def swaths() -> tuple[list[Scene], dict]:
    """Two orbits: the larger part of the window on the 2nd, the rest on the 7th."""
    larger, rest = image(500), image(600)
    for band in (*BANDS, "scl"):
        larger[band][:, 12:] = 0
        rest[band][:, :12] = 0
    return [scene("A", "2023-01-02"), scene("B", "2023-01-07")], {"A": larger, "B": rest}


def test_a_window_cut_by_a_swaths_edge_gets_its_other_part_from_the_other_orbit():
    slots = acquired(*swaths())
    assert (slots.quality[0] == CLEAR).all()
    assert (slots.reflectance[0, 0, :, :12] == 500).all()
    assert (slots.reflectance[0, 0, :, 12:] == 600).all()
    assert slots.acquired[0] == np.datetime64("2023-01-02T00:00:00")
    assert [(i["id"], i["pixels"]) for i in items(slots)] == [("A", 192), ("B", 64)]


def test_filling_can_be_turned_off():
    slots = acquired(*swaths(), fill_share=1.0)
    assert (slots.quality[0, :, 12:] == OUTSIDE).all()
    assert [i["id"] for i in items(slots)] == ["A"]


def test_a_cloud_is_not_filled_from_another_day():
    cloudy = image(500)
    cloudy["scl"][0, 0] = 9
    other = image(600)
    other["scl"][1] = 9
    scenes = [scene("A", "2023-01-02"), scene("B", "2023-01-07")]
    slots = acquired(scenes, {"A": cloudy, "B": other})
    assert slots.quality[0, 0, 0] == CLOUD
    assert slots.reflectance[0, 0, 0, 0] == 500


def test_the_median_takes_clear_days_only_and_falls_back_where_there_is_none():
    days = {"A": image(500), "B": image(600), "C": image(1000)}
    for day in days.values():
        day["scl"][0, 0] = 9  # never seen
    days["C"]["scl"][LEFT] = 8
    scenes = [scene(i, f"2023-01-0{d}") for i, d in (("A", 1), ("B", 4), ("C", 9))]
    slots = acquired(scenes, days, composite="median")
    assert slots.reflectance[0, 0, 5, 0] == 550  # A and B
    assert slots.reflectance[0, 0, 5, -1] == 600  # A, B and C
    assert slots.quality[0, 0, 0] == CLOUD
    assert slots.reflectance[0, 0, 0, 0] == 500  # the clearest day's, as measured
    assert (slots.quality[0] == CLEAR).sum() == 255
    assert slots.acquired[0] == np.datetime64("2023-01-01T00:00:00")
    assert [(i["id"], i["pixels"]) for i in items(slots)] == [("A", 256), ("B", 255), ("C", 128)]


def test_the_median_sees_through_the_clearest_days_cloud():
    days = {"A": image(500), "B": image(600)}
    days["A"]["scl"][0, 0] = 9
    days["B"]["scl"][1] = 9
    scenes = [scene("A", "2023-01-02"), scene("B", "2023-01-07")]
    slots = acquired(scenes, days, composite="median")
    assert slots.quality[0, 0, 0] == CLEAR
    assert slots.reflectance[0, 0, 0, 0] == 600
    assert slots.reflectance[0, 0, 1, 0] == 500


def test_what_the_median_calls_clear_holds_no_cloud_in_a_band_that_no_clear_day_has():
    cloudy, clear = image(9000), image(500)
    cloudy["scl"][0, 0] = 9
    clear["scl"][5:] = 9
    without_nir = {b: Asset(f"B/{b}.tif") for b in ("blue", "red", "scl")}
    scenes = [scene("A", "2023-01-02"), scene("B", "2023-01-07", assets=without_nir)]
    slots = acquired(scenes, {"A": cloudy, "B": clear}, composite="median")
    assert slots.quality[0, 0, 0] == CLEAR
    assert slots.reflectance[0, :, 0, 0].tolist() == [500, 501, 0]
    assert slots.reflectance[0, 2, 5, 0] == 9002  # clear on the 2nd


def test_the_median_of_one_day_is_that_day():
    scenes, pixels = [scene("A", "2023-01-02")], {"A": image(500)}
    one, other = acquired(scenes, pixels), acquired(scenes, pixels, composite="median")
    np.testing.assert_array_equal(one.reflectance, other.reflectance)
    np.testing.assert_array_equal(one.quality, other.quality)
    assert one.source_items.tolist() == other.source_items.tolist()


def test_of_a_reprocessed_scene_only_the_newest_baseline_is_read():
    scenes = [
        scene("A_0300", "2023-01-02T05:10:00", tile="44QMG", baseline=3.0),
        scene("A_0510", "2023-01-02T05:10:02", tile="44QMG", baseline=5.1),
    ]
    slots = acquired(scenes, {"A_0300": image(500), "A_0510": image(1500)})
    assert [i["id"] for i in items(slots)] == ["A_0510"]
    assert (slots.reflectance[0, 0] == 500).all()


def test_a_newer_product_that_does_not_reach_the_window_replaces_nothing_there():
    whole = shapely.box(80.9, 20.9, 81.9, 21.9)
    clipped = whole.difference(shapely.box(81.0, 21.1, 81.25, 21.3))  # 95 % of it; not the window
    scenes = [
        scene("A_0300", "2023-01-02T05:10:00", tile="T", footprint=mapping(whole)),
        scene("A_0510", "2023-01-02T05:10:02", tile="T", baseline=5.1, footprint=mapping(clipped)),
    ]
    slots = acquired(scenes, {"A_0300": image(500), "A_0510": image(0, scl=0)})
    assert [i["id"] for i in items(slots)] == ["A_0300"]


def test_a_pass_over_utc_midnight_is_one_day_by_the_sun():
    # Kamchatka, 158.6 E: half past ten in the morning there is midnight in Greenwich.
    window = Window("K", 0, 32657, 474000.0, 5880000.0, N)
    footprint = lonlat(window=window)
    times = ("2023-01-02T23:59:55", "2023-01-03T00:00:09")
    scenes = [
        scene(i, t, epsg=32657, footprint=footprint) for i, t in zip("AB", times, strict=True)
    ]
    pixels = {"A": image(500), "B": image(600)}
    for band in (*BANDS, "scl"):
        pixels["A"][band][RIGHT] = 0
    slots = acquire(
        window, scenes, AXIS, range(1), Arrays(pixels), BANDS, SlotSettings(fill_share=1.0)
    )
    assert (slots.quality[0] == CLEAR).all()
    assert [i["id"] for i in items(slots)] == ["A", "B"]


def test_scenes_elsewhere_or_at_other_times_are_passed_over():
    away = mapping(shapely.box(81.5, 21.0, 82.5, 22.0))
    scenes = [
        scene("away", "2023-01-02", footprint=away),
        scene("early", "2022-12-31T23:59:59"),
        scene("late", "2023-01-31"),
    ]
    read = Arrays({})
    assert (acquired(scenes, read).quality == NONE).all()
    assert read.asked == []


@pytest.mark.parametrize("footprint", [{}, None, {"type": "Point", "coordinates": [81.1, 21.2]}])
def test_a_footprint_that_is_no_polygon_gives_way_to_the_bounding_box(footprint):
    slots = acquired([scene("A", "2023-01-02", footprint=footprint)], {"A": image()})
    assert (slots.quality[0] == CLEAR).all()


def test_a_band_the_scene_does_not_have_stays_empty_and_costs_no_other():
    slots = acquired([scene("A", "2023-01-02")], {"A": image(500)}, bands=("blue", "green", "nir"))
    assert slots.reflectance[0, :, 0, 0].tolist() == [500, 0, 502]
    assert (slots.quality[0] == CLEAR).all()


def test_a_scene_with_none_of_the_bands_is_a_failed_read():
    slots = acquired([scene("A", "2023-01-02")], {"A": image()}, bands=("green",))
    assert (slots.quality[0] == FAILED).all()
    assert items(slots) == [{"id": "A", "error": "it has none of the bands green"}]


def busy_month() -> tuple[list[Scene], dict]:
    rng = np.random.default_rng(5)
    scenes, pixels = [], {}
    for day in range(1, 31, 2):
        for tile in "AB":
            name = f"{tile}{day:02d}"
            scenes.append(scene(name, f"2023-01-{day:02d}T05:10:0{'AB'.index(tile)}", tile=tile))
            pixels[name] = {b: rng.integers(1, 4000, (N, N)).astype(np.uint16) for b in BANDS}
            pixels[name]["scl"] = rng.choice([0, 4, 5, 8, 9], (N, N)).astype(np.uint16)
            if day == 13:
                pixels[name]["red"] = "gone"
    return scenes, pixels


@pytest.mark.parametrize("composite", ["clearest", "median"])
def test_neither_order_nor_batches_nor_threads_change_anything(composite):
    scenes, pixels = busy_month()
    settings = SlotSettings(composite=composite)
    whole = acquire(WINDOW, scenes, AXIS, range(3), Arrays(pixels), BANDS, settings, UNDILATED)
    serial = replace(settings, slots_at_once=1)
    for slots in (range(0, 1), range(1, 3)):
        part = acquire(WINDOW, scenes[::-1], AXIS, slots, Arrays(pixels), BANDS, serial, UNDILATED)
        at = slice(slots.start, slots.stop)
        np.testing.assert_array_equal(part.reflectance, whole.reflectance[at])
        np.testing.assert_array_equal(part.quality, whole.quality[at])
        np.testing.assert_array_equal(part.acquired, whole.acquired[at])
        assert part.source_items.tolist() == whole.source_items[at].tolist()
        np.testing.assert_array_equal(part.failed_reads, whole.failed_reads[at])


@pytest.mark.parametrize("composite", ["clearest", "median"])
def test_clear_and_cloud_are_measured_in_every_band_and_no_acquisition_in_none(composite):
    scenes, pixels = busy_month()
    slots = acquired(scenes, pixels, composite=composite)
    measured = (slots.reflectance > 0).all(axis=1)
    seen = np.isin(slots.quality, (CLEAR, CLOUD))
    assert measured[seen].all()
    assert sum(i.get("pixels", 0) for i in items(slots)) >= seen[0].sum()


@pytest.mark.parametrize(
    ("slots", "bands", "message"),
    [
        (range(0), BANDS, "not consecutive slots of an axis of 3"),
        (range(2, 4), BANDS, "not consecutive slots of an axis of 3"),
        (range(0, 3, 2), BANDS, "not consecutive slots of an axis of 3"),
        (range(3), (), "at least one, none twice"),
        (range(3), ("red", "red"), "at least one, none twice"),
        (range(3), ("red", "B08"), "'B08' is no band"),
    ],
)
def test_acquire_refuses_what_it_cannot_do(slots, bands, message):
    with pytest.raises(CubeError, match=message):
        acquire(WINDOW, [], AXIS, slots, Arrays({}), bands)


def test_what_was_acquired_travels_between_processes():
    slots = acquired([scene("A", "2023-01-02")], {"A": image()})
    copy = pickle.loads(pickle.dumps(slots))
    np.testing.assert_array_equal(copy.reflectance, slots.reflectance)


# Real files from here on.


def write_cog(path, pixels: np.ndarray, metres: int, epsg: int = 32644) -> Asset:
    transform = from_origin(513600, 2346360, metres, metres)
    profile = {"driver": "COG", "dtype": pixels.dtype, "count": 1, "nodata": 0,
               "height": pixels.shape[0], "width": pixels.shape[1]}  # fmt: skip
    with rasterio.open(path, "w", crs=CRS.from_epsg(epsg), transform=transform, **profile) as file:
        file.write(pixels, 1)
    return Asset(str(path), epsg=epsg)


def scene_of_files(folder, item_id: str, when: str, value: int, **given) -> Scene:
    """A 320 m square: blue and nir at 10 m, red (here) and scl at 20 m."""
    assets = {}
    for band, metres, number in (("blue", 10, value), ("red", 20, value + 1),
                                 ("nir", 10, value + 2), ("scl", 20, 4)):  # fmt: skip
        pixels = np.full((320 // metres,) * 2, number, np.uint8 if band == "scl" else np.uint16)
        assets[band] = write_cog(folder / f"{item_id}_{band}.tif", pixels, metres)
    return scene(item_id, when, assets=assets, **given)


@pytest.mark.parametrize("name", ["stackstac", "odc-stac"])
def test_real_files_of_two_baselines_and_one_truncated(tmp_path, name):
    scenes = [
        scene_of_files(tmp_path, "A", "2023-01-02T05:10:00", 1500, baseline=5.0),
        scene_of_files(tmp_path, "B", "2023-01-12T05:10:00", 500),
        scene_of_files(tmp_path, "C", "2023-01-22T05:10:00", 500),
    ]
    broken = tmp_path / "C_nir.tif"
    broken.write_bytes(broken.read_bytes()[:200])
    slots = acquire(WINDOW, scenes, AXIS, range(3), loader(name), BANDS)
    assert (slots.reflectance[:2] == np.array([500, 501, 502])[:, None, None]).all()
    assert (slots.quality[:2] == CLEAR).all()
    assert (slots.quality[2] == FAILED).all()
    assert slots.failed_reads.tolist() == [0, 0, 1]
    assert "C_nir.tif" in items(slots, 2)[0]["error"]


def by_hand(path, window: Window, tolerance: float) -> np.ndarray:
    """A band on the window's grid by nothing but rasterio, nearest; a hair off the ties.

    `tolerance` is how far GDAL may be from the nearest pixel, to save time [pixel]; its own
    default is 0.125.
    """
    left, _, _, top = window.bounds
    grid = from_origin(left + 0.01, top - 0.01, 10, 10)
    size = window.size
    with (
        rasterio.open(path) as file,
        WarpedVRT(file, crs=f"EPSG:{window.epsg}", transform=grid, width=size, height=size,
                  resampling=Resampling.nearest, src_nodata=0, nodata=0,
                  tolerance=tolerance) as warped,
    ):  # fmt: skip
        return warped.read(1)


def test_ndvi_inside_cil_001_is_what_rasterio_gives_by_hand(real):
    folder = real / "cil_mine_1"
    mines, _ = read_mines(folder / "mines.geojson")
    (window,) = windows_of(mines)
    axis = slot_axis("2019-01-01/2024-12-31", 10)
    scenes = open_source(folder / "items.json").search(lonlat_bbox(window), axis.start, axis.last)
    # 2019-01-04 alone in its slot; 2020-02-18 and 02-23 share one; so do 2024-06-26, at half
    # resolution and all cloud, and 07-01
    wanted = [int(axis.index(np.datetime64(d))) for d in ("2019-01-04", "2020-02-18", "2024-06-26")]
    bands = ("blue", "red", "nir", "swir16", "swir22")
    inside = outline_mask(window, mines.geometry.iloc[0])
    for slot in wanted:
        slots = acquire(window, scenes.scenes, axis, range(slot, slot + 1), loader(), bands)
        date = str(slots.acquired[0])[:10]
        assert int(axis.index(np.datetime64(date))) == slot
        red = by_hand(folder / "assets" / date / "red.tif", window, 1e-6).astype(float)
        nir = by_hand(folder / "assets" / date / "nir.tif", window, 1e-6).astype(float)
        ours = slots.reflectance[0].astype(float)
        np.testing.assert_array_equal(ours[1], red)
        np.testing.assert_array_equal(ours[2], nir)
        seen = inside & (red > 0) & (nir > 0)
        assert seen.sum() > 2000
        with np.errstate(invalid="ignore"):
            ndvi = (ours[2] - ours[1]) / (ours[2] + ours[1])
        np.testing.assert_array_equal(ndvi[seen], (nir[seen] - red[seen]) / (nir[seen] + red[seen]))
        assert (slots.quality[0][~outline_mask(window, mines.geometry.iloc[0].buffer(3e-4))]
                == OUTSIDE).all()  # fmt: skip
        assert {i["offset"] for i in items(slots)} == {0}


def test_every_real_date_of_cil_001_lands_in_a_slot_and_none_fails(real):
    folder = real / "cil_mine_1"
    (window,) = windows_of(read_mines(folder / "mines.geojson")[0])
    small = replace(window, x0=window.x0 + 2300, y0=window.y0 - 2200, size=64)
    axis = SlotAxis(np.datetime64("2023-01-01"), 10, 37)
    scenes = open_source(folder / "items.json").search(
        lonlat_bbox(window), np.datetime64("2023-01-01"), np.datetime64("2023-12-31")
    )
    slots = acquire(small, scenes.scenes, axis, range(37), loader(), ("red", "nir"))
    occupied = {int(axis.index(s.acquired)) for s in scenes.scenes}
    with_pixels = set(np.flatnonzero(~np.isnat(slots.acquired)).tolist())
    empty = {int(axis.index(np.datetime64(d))) for d in ("2023-09-17", "2023-12-31")}
    assert occupied - with_pixels <= empty  # two dates hold no measurement at all
    assert slots.failed_reads.sum() == 0
    assert not (slots.quality == FAILED).any()


def flipped(one: Scene) -> Scene:
    """The scene with the opposite flag, and nothing else said of the offset."""
    assets = {band: replace(asset, offset=None) for band, asset in one.assets.items()}
    return replace(one, assets=assets, offset_applied=not one.offset_applied)


def test_simulated_scenes_stand_as_flagged_and_wrong_flags_are_repaired_or_told(tmp_path):
    settings = ArchiveSettings(seed=3, mines=1, size=64, start="2022-06-01", years=1,
                               bands=CORE_BANDS, workers=1)  # fmt: skip
    archive = write_archive(tmp_path, settings)
    (window,) = windows_of(read_mines(archive.mines)[0], WindowSettings(size=64))
    axis = slot_axis("2022-06-01/2023-05-31", 10)
    found = open_source(archive.items).search(lonlat_bbox(window), axis.start, axis.last).scenes
    new = [one for one in found if (one.baseline or 0) >= 4]

    def sources(scenes: list[Scene]) -> dict[str, dict]:
        slots = acquire(window, scenes, axis, range(axis.count), loader(), CORE_BANDS)
        return {i["id"]: i for slot in range(axis.count) for i in items(slots, slot)}

    right, wrong = sources(new), sources([flipped(one) for one in new])
    assert {i["offset"] for i in right.values()} == {0, -1000}
    assert not [i for i in right.values() if "applied: " in i.get("note", "")]
    still = [name for name in wrong if wrong[name]["offset"] != right[name]["offset"]]
    assert all("undecided" in wrong[n]["note"] or "not checked" in wrong[n]["note"] for n in still)
    checked = [name for name in wrong if "not checked" not in wrong[name].get("note", "")]
    repaired = [name for name in checked if name not in still]
    assert len(repaired) >= 0.7 * len(checked) > 0
