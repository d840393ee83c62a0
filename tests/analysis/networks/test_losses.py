"""Losses worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from analysis.networks.losses import LossRule, land_cover_loss, loss
from cube.contract import CubeError

EVEN = math.log(2)  # the loss of a logit of 0, whatever is true


def of(name, logits, truth, weight=None, **settings):
    given = torch.tensor(logits), torch.tensor(truth)
    weights = torch.tensor(weight) if weight else torch.ones(len(logits))
    return float(loss(*given, weights, LossRule(name, **settings)))


def test_a_missed_mine_counts_ten_times_a_false_alarm_in_bce():
    assert of("bce", [0.0, 0.0], [1.0, 0.0]) == pytest.approx((10 * EVEN + EVEN) / 2)


def test_what_is_unknown_and_what_weighs_nothing_is_left_out():
    nan = float("nan")
    assert of("bce", [0.0, 9.0], [0.0, nan]) == pytest.approx(EVEN)
    assert of("bce", [0.0, 9.0], [0.0, 0.0], weight=[1.0, 0.0]) == pytest.approx(EVEN)
    assert of("bce", [5.0], [nan]) == 0.0


def test_weights_of_chips_make_a_weighted_mean():
    # a certain false alarm of weight 1 beside an undecided one of weight 3
    wrong = math.log1p(math.exp(4.0))
    assert of("bce", [4.0, 0.0], [0.0, 0.0], [1.0, 3.0]) == pytest.approx((wrong + 3 * EVEN) / 4)


def test_dice_is_one_minus_twice_the_common_part_over_both():
    # said 1/2 and 1/2, true 1 and 0: 2 x 1/2 + 1 over 1 + 1 + 1
    assert of("dice", [0.0, 0.0], [1.0, 0.0]) == pytest.approx(1 - 2 / 3)


def test_dice_of_nothing_where_nothing_is_said_is_no_loss():
    assert of("dice", [-40.0, -40.0], [0.0, 0.0]) == pytest.approx(0.0, abs=1e-6)


def test_focal_hardly_counts_what_is_easy():
    # said 1/2: (1/2)^2 x the share of its class x log 2
    assert of("focal", [0.0], [1.0]) == pytest.approx(0.75 * 0.25 * EVEN)
    assert of("focal", [0.0], [0.0]) == pytest.approx(0.25 * 0.25 * EVEN)
    easy, hard = of("focal", [3.0], [1.0]), of("focal", [-3.0], [1.0])
    assert hard / easy > 100 * of("bce", [-3.0], [1.0]) / of("bce", [3.0], [1.0]) / 10


def test_combined_is_half_of_each():
    both = of("bce", [0.3, -1.0], [1.0, 0.0]) + of("dice", [0.3, -1.0], [1.0, 0.0])
    assert of("combined", [0.3, -1.0], [1.0, 0.0]) == pytest.approx(both / 2)


def test_a_share_of_cover_is_best_met_by_saying_that_share():
    losses = [of("bce", [x], [0.25], positive_weight=1.0) for x in (-3.0, -math.log(3), 1.0)]
    assert min(losses) == losses[1]


def test_land_cover_leaves_out_what_is_unknown():
    logits = torch.zeros(1, 7, 1, 2)
    found = land_cover_loss(logits, torch.tensor([[[3, -1]]]), torch.ones(1))
    assert float(found) == pytest.approx(math.log(7))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "hinge"}, "the loss is 'hinge'; give one of bce, dice, focal, combined"),
        ({"positive_weight": 0.0}, "positive_weight is 0.0"),
        ({"focal_alpha": 1.0}, "focal_alpha 1.0"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(CubeError, match=message):
        LossRule(**settings)
