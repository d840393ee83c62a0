"""Outlines on a grid of 64 x 64 pixels in UTM zone 44 N; one pixel is 0.01 ha."""

from __future__ import annotations

import numpy as np
import pytest

from cube.contract import CubeError
from pipelines.networks.cells import Lattice, by_tile
from pipelines.networks.grid import ScanGrid
from pipelines.networks.outlining import OutlineRule, candidates, patches_over

GRID = ScanGrid(23.2, 82.0, 0.32, 64)
WHOLE = np.zeros((1, 2), np.int64)
RULE = OutlineRule(least_ha=0.3, join_m=100, hole_ha=0.05)


def image(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """(1, 64, 64): 0.9 within boxes (top, left, bottom, right), 0.1 elsewhere."""
    likely = np.full((1, 64, 64), 0.1)
    for top, left, bottom, right in boxes:
        likely[0, top:bottom, left:right] = 0.9
    return likely


def outlined(likely: np.ndarray, hits: list[tuple[int, int]], said: list[float] | None = None):
    told = np.array(hits, np.int64).reshape(-1, 2), np.array(said or [0.8] * len(hits))
    return candidates(GRID, (WHOLE, likely), told, 16, 0.5, RULE)


def test_a_candidate_has_the_area_and_the_place_of_its_pixels():
    (one,) = outlined(image((8, 8, 18, 18)), [(8, 8)]).itertuples()
    assert one.area_ha == 1.0  # 10 x 10 pixels
    assert one.probability == 0.8
    assert one.outline_probability == pytest.approx(0.9)
    # its middle is pixel (13, 13), 19 pixels north and west of the grid's middle: 190 m
    ((row, column),) = GRID.position(np.array([one.latitude]), np.array([one.longitude]))
    assert (row, column) == (pytest.approx(13, abs=0.05), pytest.approx(13, abs=0.05))


def test_ground_that_no_hit_holds_is_no_candidate():
    assert outlined(image((8, 8, 18, 18)), [(40, 40)]).empty
    assert outlined(image((8, 8, 18, 18)), []).empty


def test_parts_closer_than_100_m_are_one_mine_and_those_further_apart_two():
    near = outlined(image((8, 8, 18, 18), (8, 26, 18, 36)), [(8, 8), (8, 26)])  # 80 m apart
    assert near["area_ha"].tolist() == [2.0]
    far = outlined(image((8, 8, 18, 18), (8, 32, 18, 42)), [(8, 8), (8, 32)])  # 140 m apart
    assert far["area_ha"].tolist() == [1.0, 1.0]


def test_its_probability_is_the_mean_of_its_cells_by_how_much_they_hold():
    # columns 8 to 27 of ten rows: the cell at 8 holds 16 columns, that at 24 the other four
    (one,) = outlined(image((8, 8, 18, 28)), [(8, 8), (8, 24)], [1.0, 0.5]).itertuples()
    assert one.probability == pytest.approx((16 * 1.0 + 4 * 0.5) / 20)
    assert one.cells == 2


def test_specks_are_dropped_and_small_holes_filled():
    speck = image((8, 8, 13, 13))  # 25 pixels: 0.25 ha, below the 0.3 of the rule
    assert outlined(speck, [(8, 8)]).empty
    likely = image((8, 8, 18, 18))
    likely[0, 10:12, 10:12] = 0.1  # a hole of 0.04 ha, below the 0.05 of the rule
    assert outlined(likely, [(8, 8)])["area_ha"].tolist() == [1.0]
    likely[0, 10:13, 10:13] = 0.1  # one of 0.09 ha stays
    assert outlined(likely, [(8, 8)])["area_ha"].tolist() == [0.91]


def test_the_likeliest_comes_first():
    found = outlined(image((8, 8, 18, 18), (40, 40, 50, 50)), [(8, 8), (40, 40)], [0.6, 0.9])
    assert found["probability"].tolist() == [0.9, 0.6]
    assert found["candidate_id"].tolist() == ["C001", "C002"]


def test_only_patches_that_touch_a_hit_are_drawn():
    # patches of 32 every 16 pixels begin at 0, 16 and 32; a cell of 16 at (0, 0) lies in the first
    # of each axis alone, one at (16, 16) in the first two
    assert patches_over(GRID, np.array([[0, 0]]), 16, 32).tolist() == [[0, 0]]
    touched = patches_over(GRID, np.array([[16, 16]]), 16, 32).tolist()
    assert touched == [[0, 0], [0, 16], [16, 0], [16, 16]]


def test_a_cell_is_the_mean_of_its_four_blocks():
    cells = Lattice(size=4, pixels=8)
    blocks = np.arange(16.0).reshape(4, 4)
    # blocks of two pixels; the first cell holds blocks 0, 1, 4 and 5
    assert cells.of_blocks(blocks)[0, 0] == 2.5
    assert cells.of_blocks(blocks).shape == (cells.side, cells.side) == (3, 3)


def test_every_square_belongs_to_one_tile():
    grid = ScanGrid(23.2, 82.0, 0.64, 64)
    origins = 16 * np.argwhere(np.ones((7, 7), bool))
    shared = by_tile(grid, origins, 32)
    assert sum(len(some) for some in shared.values()) == 49
    # a square of 32 has its middle 16 further: those from 48 on lie on the next tile
    assert [48, 0] in shared["tile_001_000"].tolist()
    assert [32, 0] in shared["tile_000_000"].tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Lattice(5, 64), "give an even number"),
        (lambda: Lattice(48, 64), "do not fill a square of 64"),
        (lambda: patches_over(GRID, np.zeros((1, 2), int), 16, 128), "take a larger radius"),
        (lambda: OutlineRule(least_ha=-1), "give 0 or more"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(CubeError, match=message):
        call()
