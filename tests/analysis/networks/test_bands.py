"""Weights for three colours become weights for any number of bands."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from analysis.networks.bands import Standardised, adapted
from cube.contract import CubeError


def weights(red, green, blue):
    return torch.tensor([red, green, blue]).reshape(1, 3, 1, 1)


def test_blue_green_and_red_keep_their_own_weights_in_the_cubes_order():
    found = adapted(weights(1.0, 2.0, 6.0), 3)
    assert found.flatten().tolist() == [6.0, 2.0, 1.0]


def test_every_further_band_takes_the_mean_and_the_sum_over_a_grey_pixel_stays():
    found = adapted(weights(1.0, 2.0, 6.0), 6)
    # (6, 2, 1 and three times their mean 3) x 3/6
    assert found.flatten().tolist() == [3.0, 1.0, 0.5, 1.5, 1.5, 1.5]
    assert found.sum() == pytest.approx(9.0)


def test_a_single_band_takes_the_sum():
    assert adapted(weights(1.0, 2.0, 6.0), 1).flatten().tolist() == pytest.approx([9.0])


def test_weights_of_another_shape_are_refused():
    with pytest.raises(CubeError, match=r"shape \(8, 4, 3, 3\); expected \(channels, 3, rows"):
        adapted(torch.zeros(8, 4, 3, 3), 7)
    with pytest.raises(CubeError, match="bands is 0; give 1 or more"):
        adapted(torch.zeros(8, 3, 3, 3), 0)


def test_normalised_pixels_reach_the_network_as_pretrained_weights_expect_them():
    pixels = torch.full((1, 4, 1, 1), -1.0)  # the 2nd percentile: 0 on the scale of 0..1
    found = Standardised(nn.Identity(), 4)(pixels).flatten()
    # blue, green, red, and a band that is none of them: the middle of the three
    expected = [-0.406 / 0.225, -0.456 / 0.224, -0.485 / 0.229, -0.449 / 0.226]
    assert found.tolist() == pytest.approx(expected, abs=1e-5)
