"""What training needs is said before it starts, and what fits once memory ran out."""

from __future__ import annotations

import pytest
import torch

from analysis.networks.losses import LossRule
from analysis.networks.module import NetworkModule, OptimiserRule
from cube.contract import CubeError
from pipelines.networks.examples import Examples, loader, normalisation_of
from pipelines.networks.fitting import (
    Step,
    batch_refusal,
    estimate_text,
    largest_batch,
    measured_step,
    out_of_memory,
    require_batch,
)
from tests.pipelines.networks.small_chips import SmallChips


def module(name="light_cnn"):
    return NetworkModule(name, 4, "tiny", LossRule(), OptimiserRule())


def batch(count=4):
    chips = SmallChips(sites=count)
    return next(iter(loader(Examples(chips, normalisation_of(chips)), count)))


def test_measuring_a_step_leaves_the_network_as_it_was():
    trained = module()
    before = {name: value.clone() for name, value in trained.state_dict().items()}
    step = measured_step(trained, batch())
    assert step.seconds > 0
    for name, value in trained.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert all(weight.grad is None for weight in trained.parameters())


def test_a_step_weighs_what_is_held_for_each_chip():
    four, eight = (measured_step(module(), batch(count)) for count in (4, 8))
    assert eight.chip_bytes == pytest.approx(four.chip_bytes, rel=0.05)
    # at the very least the input of each convolution: 4 bands, then 16 channels, of 32 x 32 float32
    assert four.chip_bytes > (4 + 16 * 10) * 32 * 32 * 4
    weights = sum(weight.numel() for weight in module().parameters())
    assert four.own_bytes == 4 * 4 * weights


def test_without_an_accelerator_the_time_is_estimated():
    # 2 s for 4 chips; 100 to learn and 20 to look at: 0.5 s x (100 + 7), 53.5 s an epoch
    said = estimate_text(Step(2.0, 4, 1, 1), 100, 20, 100)
    assert "this CPU trains: about 53.5 s an epoch, 89.2 min for 100" in said


def test_a_batch_that_will_not_fit_is_refused_with_one_that_does():
    step = Step(1.0, 4, chip_bytes=100, own_bytes=400)
    require_batch(step, 5, available=1000)  # 400 + 500 of 900
    with pytest.raises(CubeError, match=r"a batch of 6 needs about .*A batch of 5 fits: give "):
        require_batch(step, 6, available=1000)
    with pytest.raises(CubeError, match="Not even one chip fits"):
        require_batch(step, 6, available=500)


def test_after_memory_ran_out_halves_are_tried_until_one_fits():
    tried = []

    def step(size):
        tried.append(size)
        if size > 5:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    assert largest_batch(step, 32) == 4
    assert tried == [16, 8, 4]
    assert "A batch of 4 fits: give --batch-size 4." in str(batch_refusal(32, 4))


def test_other_errors_are_not_taken_for_a_want_of_memory():
    with pytest.raises(RuntimeError, match="shapes"):
        largest_batch(lambda size: (_ for _ in ()).throw(RuntimeError("shapes differ")), 8)
    assert not out_of_memory(ValueError("out of memory"))


def test_what_the_cpu_says_when_memory_runs_out_is_understood():
    with pytest.raises(RuntimeError) as refused:
        torch.empty(2**60)
    assert out_of_memory(refused.value)
