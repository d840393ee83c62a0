"""Chips that cannot teach a network are refused before anything is spent on them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cube.contract import CubeError
from pipelines.networks.lessons import refuse_unteachable


class Chips:
    """Two chips of each split, with these labels and shares of mine."""

    def __init__(self, labels, shares, covers=False):
        split = np.repeat(["train", "validation", "test"], 2)
        self.covers = covers
        self.records = pd.DataFrame(
            {"split": split, "site": range(6), "label": labels, "positive_share": shares,
             "weight": 1.0}
        )  # fmt: skip


BOTH = Chips([1.0, 0.0] * 3, [0.2, 0.0] * 3)
MINES = Chips([1.0] * 6, [0.2] * 6)
POINTS = Chips([1.0, 0.0] * 3, [np.nan] * 6)
COVER = Chips([np.nan] * 6, [np.nan] * 6, covers=True)


def test_what_can_be_learnt_is_let_through():
    refuse_unteachable(BOTH, "scene")
    refuse_unteachable(BOTH, "segmentation")
    refuse_unteachable(MINES, "segmentation")  # each chip holds other ground, too
    refuse_unteachable(POINTS, "scene")
    refuse_unteachable(COVER, "land_cover")


@pytest.mark.parametrize(
    ("chips", "task", "message"),
    [
        (MINES, "scene", r"2 chips of split 'train' not one is negative \(without one\)"),
        (COVER, "scene", r"2 chips of split 'train' not one is positive \(with a mine\)"),
        (POINTS, "segmentation", "say of no pixel whether it is mine"),
        (COVER, "segmentation", "say of no pixel whether it is mine"),
        (BOTH, "land_cover", "these chips carry no classes of land cover"),
    ],
)
def test_what_cannot_is_refused_in_words(chips, task, message):
    with pytest.raises(CubeError, match=message):
        refuse_unteachable(chips, task)
