"""Where the slots of a year and the windows of a mine lie on a contact sheet."""

from __future__ import annotations

import numpy as np

from cube.contract import Window
from pipelines.exports.grid import mine_grid
from pipelines.publish.painter import Painter, Sheet, factor_of, sheets_of


def test_a_sheet_holds_the_slots_that_begin_in_its_year():
    times = np.datetime64("2021-01-01", "ns") + np.arange(110) * np.timedelta64(10, "D")
    assert str(times[37])[:10] == "2022-01-06"  # 37 slots begin in 2021, the last on 12-27
    sheets = sheets_of(times)
    assert [(s.year, s.first, s.count) for s in sheets] == [
        (2021, 0, 37),
        (2022, 37, 36),
        (2023, 73, 37),
    ]
    assert [(s.columns, s.rows) for s in sheets] == [(7, 6), (6, 6), (7, 6)]


def test_a_year_with_one_slot_is_a_sheet_of_one_tile():
    [sheet] = sheets_of(np.array(["2021-12-27"], "datetime64[ns]"))
    assert (sheet.columns, sheet.rows) == (1, 1)


def test_a_wide_mine_is_one_picture_of_at_most_256_pixels():
    #  three windows of 512 pixels: two beside each other, one below the first
    windows = [
        Window("M", 0, 32644, 5.0, -5.0),
        Window("M", 1, 32644, 5125.0, -5.0),
        Window("M", 2, 32644, 5.0, -5125.0),
    ]
    grid = mine_grid(windows)
    assert grid.shape == (1024, 1024)
    assert factor_of(grid, 256) == 4
    assert factor_of(grid, 1024) == 1
    painter = Painter(grid, 4, windows)
    sheet = Sheet(2021, 0, 4)  # two tiles beside each other, two below
    assert painter.canvas(sheet, 3).shape == (512, 512, 3)
    assert painter.place(sheet, 0, 1) == (slice(0, 128), slice(128, 256))
    assert painter.place(sheet, 3, 2) == (slice(256 + 128, 512), slice(256, 256 + 128))


def test_a_window_whose_side_is_no_power_of_two_stays_on_its_tile():
    windows = [Window("M", 0, 32644, 5.0, -5.0, size=300)]
    grid = mine_grid(windows)
    painter = Painter(grid, factor_of(grid, 256), windows)
    assert painter.place(Sheet(2021, 0, 1), 0, 0) == (slice(0, 150), slice(0, 150))
