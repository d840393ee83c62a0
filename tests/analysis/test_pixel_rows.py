from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.detectors.forest import ForestSettings
from analysis.forest import ForestRule
from analysis.pixel_rows import odd_rows, row_block
from cube.contract import CubeError

SETTINGS = ForestSettings(forest=ForestRule(trees=50, training_looks=8000, contamination=0.02))
DATES = pd.to_datetime(["2023-01-08", "2023-01-13", "2023-01-18", "2023-01-23", "2023-02-02"])


def rows(seed: int = 1) -> pd.DataFrame:
    """Two mines of 20 x 20 pixels, five dates; at CIL_339 pixels 5 and 6 are dug from 2023-01-18.

    Fields as a real row of CIL_339 has them: B11 3022, B4 1946, B8 3402, and noise.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for mine, east in (("CIL_339", 79.30137), ("CIL_340", 79.5)):
        x, y = np.meshgrid(np.arange(20), np.arange(20))
        for number, date in enumerate(DATES):
            band = {"swir16": 3022, "red": 1946, "nir": 3402}
            table = {n: np.rint(v * rng.normal(1, 0.01, 400)) for n, v in band.items()}
            if mine == "CIL_339" and number >= 2:
                for name, value in {"swir16": 2600, "red": 2100, "nir": 2200}.items():
                    table[name][5:7] = value
            parts.append(
                pd.DataFrame(table).assign(
                    mine_id=mine,
                    acquired=date,
                    longitude=east + 9.5e-5 * x.ravel(),
                    latitude=19.92875 - 9e-5 * y.ravel(),
                    pixel=np.arange(400),
                )
            )
    table = pd.concat(parts, ignore_index=True)
    return table.astype({"swir16": np.uint16, "red": np.uint16, "nir": np.uint16})


def of_pixel(told: pd.DataFrame, pixel: int, mine: str = "CIL_339") -> pd.DataFrame:
    return told[(told["mine_id"] == mine) & (told["pixel"] == pixel)].sort_values("acquired")


def test_the_second_odd_look_in_a_row_is_excavation_as_published():
    told = odd_rows(rows(), SETTINGS)
    dug = of_pixel(told, 5)
    assert dug["anomaly"].tolist() == [False, False, True, True, True]
    assert dug["excavated"].tolist() == [False, False, False, True, True]
    assert dug["time_index"].tolist() == [0, 1, 2, 3, 4]
    others = told[~told["pixel"].isin([5, 6]) | (told["mine_id"] != "CIL_339")]
    assert others["excavated"].mean() < 0.01


def test_a_row_without_a_measurement_neither_counts_nor_breaks_the_run():
    table = rows()
    gap = (table["pixel"] == 5) & (table["acquired"] == DATES[3]) & (table["mine_id"] == "CIL_339")
    table.loc[gap, "nir"] = 0
    dug = of_pixel(odd_rows(table, SETTINGS), 5)
    assert dug["excavated"].tolist() == [False, False, False, False, True]
    assert dug["time_index"].tolist() == [0, 1, 2, 3, 3]


def test_rows_come_back_in_their_own_order_whatever_it_is():
    table = rows()
    shuffled = table.sample(frac=1, random_state=3)
    told = odd_rows(shuffled, SETTINGS)
    pd.testing.assert_index_equal(told.index, shuffled.index)
    pd.testing.assert_frame_equal(told.sort_index(), odd_rows(table, SETTINGS))


def test_every_mine_has_a_forest_of_its_own():
    table = rows()
    alone = table[table["mine_id"] == "CIL_340"]
    both = odd_rows(table, SETTINGS)
    pd.testing.assert_frame_equal(both[both["mine_id"] == "CIL_340"], odd_rows(alone, SETTINGS))


def test_of_two_rows_of_one_pixel_and_date_the_last_counts():
    table = rows()
    again = table.iloc[[0]].assign(nir=np.uint16(9999))
    made = row_block(pd.concat([table[table["mine_id"] == "CIL_339"], again]))
    assert made.block.shape == (5, 1, 400)
    assert made.block.band("nir")[made.slot[-1], 0, made.pixel[-1]] == 9999


def test_rows_that_lack_a_column_are_refused():
    with pytest.raises(CubeError, match="the rows lack nir; expected mine_id, acquired"):
        row_block(rows().drop(columns="nir"))


def test_a_band_the_table_has_not_is_refused():
    with pytest.raises(CubeError, match="needs swir22, but the bands are red, nir, swir16"):
        odd_rows(rows(), dataclasses.replace(SETTINGS, features=("ndvi", "nbr")))
