"""How many chips of each class there are, and what an empty class says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.networks.balance import class_balance, positive_weight, refuse_empty_class
from cube.contract import CubeError

RECORDS = pd.DataFrame(
    {
        "split": ["train", "train", "train", "train", "test", "test"],
        "site": [1, 1, 2, 2, 3, 3],
        "label": [1.0, 0.0, 0.0, 0.0, 1.0, 1.0],
        "positive_share": [0.4, 0.0, 0.0, 0.0, 0.2, 0.1],
        "weight": [0.8, 1.0, 1.0, 1.0, 1.0, 1.0],
    }
)


def test_every_split_says_what_it_has():
    train, test = class_balance(RECORDS).to_dict("records")
    assert (train["chips"], train["sites"]) == (4, 2)
    assert (train["positive"], train["negative"]) == (1, 3)
    assert train["positive_share_of_chips"] == 0.25
    assert train["positive_share_of_pixels"] == pytest.approx(0.1)
    assert train["mean_weight"] == pytest.approx(0.95)
    assert (test["split"], test["positive"], test["negative"]) == ("test", 2, 0)


def test_an_empty_class_is_refused_by_split_and_class():
    with pytest.raises(CubeError, match=r"2 chips of split 'test' not one is negative .* Add some"):
        refuse_empty_class(class_balance(RECORDS), "Add some.")
    refuse_empty_class(class_balance(RECORDS[:4]), "Add some.")


def test_a_mask_is_learnt_from_chips_that_all_hold_some_mine_but_not_from_mine_alone():
    balance = class_balance(RECORDS)
    refuse_empty_class(balance, "Add some.", pixels=True)  # the test chips are 15 % mine
    whole = class_balance(RECORDS.assign(positive_share=1.0))
    with pytest.raises(CubeError, match="not one is negative"):
        refuse_empty_class(whole, "Add some.", pixels=True)
    none = class_balance(RECORDS[1:4])
    with pytest.raises(CubeError, match="not one is positive"):
        refuse_empty_class(none, "Add some.", pixels=True)


def test_a_positive_weighs_as_many_as_there_are_negatives_for_it():
    label = RECORDS["label"].to_numpy()[:4]
    assert positive_weight(label) == 3.0
    assert positive_weight(label, np.array([0.5, 1, 1, 1])) == 6.0
    with pytest.raises(CubeError, match="class that is empty"):
        positive_weight(np.ones(3))
