"""Pixel tables on the grid: every row finds its pixel, or is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from cube.contract import CORE_BANDS, CubeError, Quality, Window
from cube.pixel_grid import pixel_rows, pixel_slots, placed, windows_around
from cube.pixels import SCHEMA, read_pixel_table
from cube.slots import slot_axis
from cube.windows import WindowSettings

WINDOW = Window("A", 0, 32644, 500_000.0, 2_400_000.0, 16)
AXIS = slot_axis("2023-01-01/2023-01-30", 10)
TO_DEGREES = Transformer.from_crs(32644, 4326, always_xy=True)


def rows(*points, date="2023-01-08", nir=3000) -> pd.DataFrame:
    """Rows at these metres east and south of the window's upper-left pixel centre."""
    east, south = np.array(points, float).T
    longitude, latitude = TO_DEGREES.transform(500_000 + east, 2_400_000 - south)
    count = len(points)
    values = np.broadcast_to(np.asarray(nir), count)
    return pd.DataFrame(
        {
            "row": np.arange(count),
            "mine_id": "A",
            "acquired": np.broadcast_to(np.array(date, "datetime64[s]"), count).copy(),
            "longitude": longitude,
            "latitude": latitude,
            "swir16": np.full(count, 2500, np.uint16),
            "red": np.full(count, 1500, np.uint16),
            "nir": values.astype(np.uint16),
        }
    )


def pixels(placement) -> list[tuple[int, int]]:
    """(y, x) in the order of the file."""
    ordered = placement.rows.sort_values("row")
    return list(zip(ordered.y.tolist(), ordered.x.tolist(), strict=True))


def test_a_row_on_a_pixel_s_centre_goes_to_that_pixel():
    placement = placed(rows((0, 0), (30, 10), (150, 150)), [WINDOW], AXIS)
    assert pixels(placement) == [(0, 0), (1, 3), (15, 15)]
    assert placement.shift_m == (0.0, 0.0)
    assert placement.left_out == {}


def test_sentinel_2_s_own_centres_go_up_left_as_nearest_reading_takes_them():
    # Sentinel-2's 10 m pixels span 500000..500010: the cube's pixel centred on 500000 lies on
    # its left edge, and nearest reading gives it that pixel.
    placement = placed(rows((5, 5), (15, 5), (25, 15)), [WINDOW], AXIS)
    assert pixels(placement) == [(0, 0), (0, 1), (1, 2)]
    assert placement.shift_m == (5.0, 5.0)


def test_rounded_coordinates_neither_collide_nor_leave_gaps():
    # five decimals of a degree: half a metre of noise either way, around a tie
    block = [(10 * x + 5, 10 * y + 5) for y in range(12) for x in range(12)]
    table = rows(*block)
    table["longitude"] = table["longitude"].round(5)
    table["latitude"] = table["latitude"].round(5)
    placement = placed(table, [WINDOW], AXIS)
    assert pixels(placement) == [(y, x) for y in range(12) for x in range(12)]
    assert placement.left_out == {}


@settings(max_examples=40, deadline=None)
@given(east=st.floats(0, 9.9), south=st.floats(0, 9.9))
def test_a_lattice_anywhere_keeps_its_shape(east, south):
    block = [(10 * x + east + 20, 10 * y + south + 20) for y in range(5) for x in range(5)]
    placement = placed(rows(*block), [WINDOW], AXIS)
    found = np.array(pixels(placement))
    assert len(found) == 25
    np.testing.assert_array_equal(found - found[0], [(y, x) for y in range(5) for x in range(5)])
    moved = np.hypot(*placement.shift_m)
    assert moved <= 7.8  # at most half a pixel each way, ties and their margin included


def test_of_two_rows_on_one_pixel_the_nearer_one_stays():
    scattered = [(1, 0), (4, 3), (33, 47), (66, 52), (108, 9), (14, 98), (71, 75), (2, 88)]
    placement = placed(rows(*scattered, nir=np.arange(8) + 3000), [WINDOW], AXIS)
    assert np.isnan(placement.shift_m).all()  # no lattice: each to the pixel it lies in
    assert placement.left_out == {"another row nearer the pixel's centre": 1}
    assert 1 not in placement.rows.row.tolist()
    assert 0 in placement.rows.row.tolist()


def test_a_repeated_row_counts_as_repeated_and_the_first_of_equals_stays():
    table = rows((0, 0), (0, 0), (0, 0), (10, 0), nir=[3000, 3000, 3100, 3000])
    placement = placed(table, [WINDOW], AXIS)
    assert placement.left_out == {"repeated": 1, "another row nearer the pixel's centre": 1}
    assert sorted(placement.rows.row) == [0, 3]


def test_a_slot_holds_the_day_with_most_pixels_then_the_earliest():
    few, many = rows((0, 0), date="2023-01-03"), rows((0, 0), (10, 0), date="2023-01-08")
    later, other = rows((0, 0), (10, 0), date="2023-01-09"), rows((0, 0), date="2023-01-11")
    table = pd.concat([later, few, other, many], ignore_index=True).assign(row=range(6))
    placement = placed(table, [WINDOW], AXIS)
    assert sorted(placement.rows.row) == [3, 4, 5]
    assert placement.left_out == {"another day of the slot has more pixels": 3}
    assert placement.targets == [(WINDOW, 0), (WINDOW, 1)]


def test_rows_outside_the_windows_or_the_period_are_counted():
    table = pd.concat(
        [rows((0, 0), (160, 0), (-10, 0)), rows((0, 0), date="2022-12-31")], ignore_index=True
    ).assign(row=range(4))
    placement = placed(table, [WINDOW], AXIS)
    assert placement.left_out == {"outside the mine's windows": 2, "outside the cube's period": 1}
    assert placement.rows.row.tolist() == [0]


def test_a_wide_mine_s_rows_go_to_its_several_windows():
    right = Window("A", 1, 32644, 500_160.0, 2_400_000.0, 16)
    below = Window("A", 2, 32644, 500_160.0, 2_399_840.0, 16)
    placement = placed(rows((150, 0), (160, 0), (310, 310)), [WINDOW, right, below], AXIS)
    assert placement.rows.sort_values("row").window.tolist() == [0, 1, 2]
    assert pixels(placement) == [(0, 15), (0, 0), (15, 15)]
    assert placement.targets == [(WINDOW, 0), (right, 0), (below, 0)]


def test_arrays_hold_the_rows_and_nothing_else():
    placement = placed(rows((0, 0), (30, 10), nir=[3000, 3100]), [WINDOW], AXIS)
    (block,) = pixel_slots(placement, CORE_BANDS, '[{"id":"t.csv"}]')
    assert block.reflectance.shape == (1, 6, 16, 16)
    assert block.reflectance.dtype == np.uint16
    assert block.reflectance[0, :, 0, 0].tolist() == [0, 0, 1500, 3000, 2500, 0]
    assert block.reflectance[0, :, 1, 3].tolist() == [0, 0, 1500, 3100, 2500, 0]
    assert np.count_nonzero(block.reflectance) == 6
    assert np.argwhere(block.quality[0] == Quality.CLEAR).tolist() == [[0, 0], [1, 3]]
    assert (block.quality == Quality.NO_ACQUISITION).sum() == 254
    assert block.acquired.tolist() == np.array(["2023-01-08"], "datetime64[s]").tolist()
    assert block.source_items == ('[{"id":"t.csv"}]',)


def test_a_cube_without_the_table_s_bands_is_refused():
    placement = placed(rows((0, 0)), [WINDOW], AXIS)
    with pytest.raises(CubeError, match=r"bands \['red', 'nir'\], but the table also \['swir16'\]"):
        list(pixel_slots(placement, ["red", "nir"], ""))


def test_windows_around_rows_are_centred_on_them():
    table = rows((0, 0), (100, 40))
    (window,) = windows_around(table, WindowSettings(32))
    assert (window.mine_id, window.epsg, window.size) == ("A", 32644, 32)
    # with a rim of a metre, 500000..500100 is pixels 50000..50010 (11): 21 spare, 10 before
    assert window.x0 == 500_000 - 10 * 10
    assert placed(table, [window], AXIS).left_out == {}


def test_a_slot_becomes_rows_of_the_schema():
    reflectance = np.zeros((6, 16, 16), np.uint16)
    reflectance[[2, 3, 4], 1, 3] = 1946, 3402, 3022
    reflectance[[2, 3, 4], 2, 0] = 1000, 0, 3000  # nir not measured
    reflectance[:, 5, 5] = 2000  # under cloud
    quality = np.full((16, 16), Quality.CLEAR, np.uint8)
    quality[5, 5] = Quality.CLOUD
    when = np.datetime64("2023-01-08T05:10:00", "s")
    table = pixel_rows(WINDOW, when, reflectance, quality, CORE_BANDS)
    assert tuple(table.columns) == SCHEMA
    first, second = table.to_dict("records")
    assert (first["B11"], first["B4"], first["B8"]) == (3022, 1946, 3402)
    assert (first["NBR"], first["NDVI"]) == (0.059153, 0.272251)  # as the real sample has them
    assert (first["date"], first["system:index"]) == ("08-01-2023", "20230108T05")
    longitude, latitude = TO_DEGREES.transform(500_030, 2_399_990)
    assert first["longitude"] == pytest.approx(longitude, abs=5.1e-6)
    assert f'"coordinates":[{longitude!r},{latitude!r}]' in first["geo"]
    assert pd.isna(second["B8"])
    assert pd.isna(second["NDVI"])
    assert second["B11"] == 3000


def test_a_slot_without_clear_pixels_gives_an_empty_table():
    nothing = np.zeros((6, 16, 16), np.uint16)
    quality = np.zeros((16, 16), np.uint8)
    table = pixel_rows(WINDOW, np.datetime64("2023-01-08", "s"), nothing, quality, CORE_BANDS)
    assert table.empty
    assert tuple(table.columns) == SCHEMA


def test_table_to_arrays_to_table_keeps_every_number(tmp_path):
    rng = np.random.default_rng(7)
    reflectance = np.zeros((6, 16, 16), np.uint16)
    reflectance[2:5] = rng.integers(1, 9000, (3, 16, 16))
    quality = np.full((16, 16), Quality.CLEAR, np.uint8)
    when = np.datetime64("2023-01-08T05:00:00", "s")
    written = pixel_rows(WINDOW, when, reflectance, quality, CORE_BANDS)
    written.to_csv(tmp_path / "t.csv", index=False)
    table = read_pixel_table(tmp_path / "t.csv")
    assert [check.name for check in table.indices] == ["ndmi", "ndvi"]
    (block,) = pixel_slots(placed(table.rows, [WINDOW], AXIS), CORE_BANDS, "")
    np.testing.assert_array_equal(block.reflectance[0], reflectance)
    np.testing.assert_array_equal(block.quality[0], quality)
    assert block.acquired[0] == when
