"""Chips reach a network normalised, in an order and with variations that the seed gives."""

from __future__ import annotations

import numpy as np
import torch

from analysis.networks.normalisation import Normalisation
from pipelines.networks.examples import EpochOrder, Examples, loader, normalisation_of
from tests.pipelines.networks.small_chips import BANDS, SmallChips

SCALE = Normalisation(BANDS, (0.0,) * 4, (0.5,) * 4)


def test_a_chip_is_normalised_and_its_unknown_truth_stays_unknown():
    chips = SmallChips()
    item, given = Examples(chips, SCALE)[0], chips[0]
    np.testing.assert_allclose(item["pixels"][2, 5, 5], given["pixels"][2, 5, 5] * 4 - 1, rtol=1e-5)
    assert item["pixels"][0, 0, 0] == 0.0  # not measured
    assert torch.isnan(item["mask"][0, 1])


def test_the_same_epoch_varies_a_chip_in_the_same_way_and_another_in_another():
    examples = Examples(SmallChips(), SCALE, "strong", seed=3)
    first, again = examples[0], examples[0]
    assert torch.equal(first["pixels"], again["pixels"])
    examples.epoch = 1
    assert not torch.equal(first["pixels"], examples[0]["pixels"])


def test_what_is_true_turns_with_the_pixels():
    examples = Examples(SmallChips(), SCALE, "light", seed=1)
    for epoch in range(6):
        examples.epoch = epoch
        item = examples[0]
        mine = item["mask"] == 1.0
        assert item["pixels"][2][mine].mean() > item["pixels"][2][~mine].mean() + 0.3
        assert torch.equal(item["classes"] == 4, mine)


def test_every_epoch_has_an_order_of_its_own_that_the_seed_gives():
    def order(seed, epoch):
        sampler = EpochOrder(Examples(SmallChips(), SCALE, seed=seed), 4)
        sampler.begin(epoch)
        return list(sampler)

    assert order(0, 2) == order(0, 2)
    assert order(0, 2) != order(0, 3)
    assert order(0, 2) != order(1, 2)
    assert sorted(order(0, 2)) == list(range(24))


def test_a_chip_that_would_be_a_batch_of_its_own_is_left_out_for_an_epoch():
    examples = Examples(SmallChips(sites=12), SCALE)  # 24 chips: 23 and one over
    order = EpochOrder(examples, 23)
    sizes = [len(batch["label"]) for batch in loader(examples, 23, order=order)]
    assert sizes == [23]


def test_the_normalisation_is_that_of_the_training_chips():
    chips = SmallChips().of_split("train")
    found = normalisation_of(chips)
    red = np.concatenate([chips[i]["pixels"][2].ravel() for i in range(len(chips))])
    low, high = np.nanpercentile(red, (2, 98))
    assert abs(found.low[2] - low) < 1e-3
    assert abs(found.high[2] - high) < 1e-3
