"""How much of each class of land cover a split has, and what is too little."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.networks.cover_balance import cover_balance, refuse_one_cover
from cube.contract import CubeError

CHIPS = pd.DataFrame(
    {
        "split": ["train", "train", "test"],
        "cover": [[0, 0, 0, 10, 0, 30, 0], [0, 0, 0, 0, 0, 40, 0], [0, 0, 0, 0, 0, 5, 0]],
    }
)


def test_shares_are_of_the_known_pixels_of_a_split():
    told = cover_balance(CHIPS).set_index("split")
    assert told.loc["train", "water"] == 10 / 80
    assert told.loc["train", "forest"] == 70 / 80
    assert told.loc["test", "forest"] == 1.0


def test_a_split_of_one_class_is_refused():
    with pytest.raises(CubeError, match="split 'test' knows only forest: nothing can be told"):
        refuse_one_cover(cover_balance(CHIPS))
    refuse_one_cover(cover_balance(CHIPS[CHIPS["split"] == "train"]))


def test_chips_without_land_cover_have_no_shares_of_it():
    bare = CHIPS.drop(columns="cover")
    assert cover_balance(bare) is None
    with pytest.raises(CubeError, match="carry no classes of land cover"):
        refuse_one_cover(cover_balance(bare))
