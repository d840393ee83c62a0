"""Networks learn, stop, go on after a kill as if nothing had been, and say how good they are."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from rich.console import Console

from analysis.networks.losses import LossRule
from analysis.networks.module import OptimiserRule
from analysis.networks.registry import NETWORKS
from cube.contract import CubeError
from pipelines.networks import training
from pipelines.networks.checkpoint import TrainedNetwork
from pipelines.networks.scoring import scored
from pipelines.networks.settings import TrainSettings
from pipelines.networks.training import NETWORK, trained
from tests.pipelines.networks.small_chips import SmallChips
from tests.pipelines.processes import PATIENCE_S


def settings(**told):
    usual = {
        "network": "light_cnn",
        "preset": "tiny",
        "epochs": 4,
        "batch_size": 4,
        "augmentation": "light",
        "device": "cpu",
        "threads": 1,
        "deterministic": True,
        "loss": LossRule(positive_weight=2.0),
        "optimiser": OptimiserRule(learning_rate=1e-2),
    }
    return TrainSettings(**usual | told)


@pytest.fixture(autouse=True)
def threads():
    """Training sets torch's threads; other tests have theirs."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
    torch.use_deterministic_algorithms(False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished training of four epochs."""
    folder = tmp_path_factory.mktemp("training") / "whole"
    trained(SmallChips(), settings(), folder)
    return folder


def same_weights(one, other):
    assert one.weights.keys() == other.weights.keys()
    for name, value in one.weights.items():
        assert torch.equal(value, other.weights[name]), name


def test_a_network_draws_what_it_was_taught_on_sites_it_never_saw(folder):
    found = TrainedNetwork.load(folder / NETWORK)
    assert found.metrics["test"]["iou"][0] > 0.8
    low, high = found.metrics["test"]["iou"][1:]
    assert low <= found.metrics["test"]["iou"][0] <= high
    assert found.metrics["test"]["sites"] == 3
    assert (found.bands, found.chip_size, found.data_hash) == (SmallChips().bands, 32, "small")


def test_the_threshold_is_of_the_validation_sites_and_the_scores_of_the_test_sites(folder):
    found = TrainedNetwork.load(folder / NETWORK)
    test = scored(found, SmallChips().of_split("test"))
    assert sorted(test.sites.counts) == [3, 7, 11]
    assert test.metrics(found.threshold)["f1"] == tuple(found.metrics["test"]["f1"])
    assert found.threshold == found.metrics["validation"]["threshold"]
    by_torchmetrics = found.metrics["torchmetrics"]
    for name, value in by_torchmetrics.items():
        assert found.metrics["test"][name][0] == pytest.approx(value, abs=2e-3), name


def test_a_finished_training_is_loaded_and_not_repeated(folder, monkeypatch):
    monkeypatch.setattr(training, "_fit", lambda *_: pytest.fail("trained again"))
    again = trained(SmallChips(), settings(threads=0), folder)
    same_weights(again, TrainedNetwork.load(folder / NETWORK))


def test_a_training_that_is_taken_up_ends_as_one_that_was_never_stopped(folder, tmp_path):
    trained(SmallChips(), settings(epochs=2), tmp_path)
    longer = trained(SmallChips(), settings(epochs=4), tmp_path)
    same_weights(longer, TrainedNetwork.load(folder / NETWORK))
    assert json.loads((tmp_path / "training.json").read_text())["settings"]["epochs"] == 4


def test_a_training_with_other_settings_or_chips_is_not_mixed_up_with_this_one(folder):
    with pytest.raises(CubeError, match="begun with other settings or other chips"):
        trained(SmallChips(), settings(seed=1), folder)
    with pytest.raises(CubeError, match="begun with other settings or other chips"):
        trained(SmallChips(hash="others"), settings(), folder)


CYCLE = {"optimiser": OptimiserRule(learning_rate=1e-2, schedule="one_cycle")}


@pytest.fixture(scope="module")
def cycled(tmp_path_factory):
    """A finished training of four epochs in one cycle, whose patience ended before."""
    folder = tmp_path_factory.mktemp("training") / "cycled"
    trained(SmallChips(), settings(patience=1, **CYCLE), folder)
    return folder


def test_in_one_cycle_steps_grow_for_three_tenths_and_then_shrink(cycled):
    rates = [event.value for event in logged(cycled).Scalars("learning_rate")]
    assert len(rates) == 4  # nothing stops it early
    # 3 steps an epoch: up until 0.3 x 12 - 1 = 2.6 steps, then half a cosine wave down to the 12th
    down = [1e-2 * (1 + math.cos(math.pi * (step - 2.6) / 8.4)) / 2 for step in (3, 6, 9)]
    assert rates[:3] == pytest.approx(down, rel=1e-3)


def test_a_cycle_that_was_killed_goes_on_where_it_was(cycled, tmp_path, monkeypatch):
    whole = training.NetworkModule.training_step

    def killed(self, batch, number):
        if self.current_epoch == 2:
            raise RuntimeError("killed")
        return whole(self, batch, number)

    monkeypatch.setattr(training.NetworkModule, "training_step", killed)
    with pytest.raises(RuntimeError, match="killed"):
        trained(SmallChips(), settings(patience=1, **CYCLE), tmp_path)
    monkeypatch.undo()
    again = trained(SmallChips(), settings(patience=1, **CYCLE), tmp_path)
    same_weights(again, TrainedNetwork.load(cycled / NETWORK))


def test_a_cycle_is_not_made_longer_afterwards(cycled):
    with pytest.raises(CubeError, match="begun with other settings or other chips"):
        trained(SmallChips(), settings(epochs=6, **CYCLE), cycled)


def logged(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    return events


def test_tensorboard_gets_losses_scores_and_the_learning_rate(folder):
    events = logged(folder)
    assert {"train_loss", "val_loss", "val_f1", "val_auc", "learning_rate"} <= set(
        events.Tags()["scalars"]
    )
    assert [event.step for event in events.Scalars("val_loss")][-1] > 0


def test_without_an_accelerator_the_time_is_said_before_it_is_spent(tmp_path, capsys):
    console = Console(soft_wrap=True)
    trained(SmallChips(sites=4), settings(epochs=1, device="auto"), tmp_path, console)
    said = capsys.readouterr().out
    if not torch.accelerator.is_available():
        assert "No accelerator was found, so that this CPU trains: about" in said
    assert "light_cnn (tiny), threshold" in said
    assert "validation: F1" in said


def test_an_accelerator_that_is_not_there_is_refused(tmp_path):
    if torch.accelerator.is_available():
        pytest.skip("there is one")
    with pytest.raises(CubeError, match="an accelerator was asked for, but torch finds none"):
        trained(SmallChips(), settings(device="gpu"), tmp_path)


def test_when_memory_runs_out_the_batch_that_fits_is_named(tmp_path, monkeypatch):
    whole = training.NetworkModule.training_step

    def hungry(self, batch, number):
        if len(batch["label"]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
        return whole(self, batch, number)

    def hungry_too(work, size):
        if size > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(training.NetworkModule, "training_step", hungry)
    monkeypatch.setattr(training, "_try", hungry_too)
    with pytest.raises(CubeError, match=r"ran out with a batch of 8\. A batch of 2 fits"):
        trained(SmallChips(), settings(batch_size=8), tmp_path)


def test_a_step_of_any_batch_can_be_tried(tmp_path):
    training._try(training._work(SmallChips(), settings()), 7)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_every_tiny_network_trains_an_epoch_in_less_than_a_minute(name, tmp_path):
    begun = time.process_time()
    found = trained(SmallChips(sites=40, size=64), settings(network=name, epochs=1), tmp_path)
    assert time.process_time() - begun < 60
    assert found.probability(np.zeros((1, 4, 64, 64), np.float32)).shape[0] == 1


KILLED = """
from pathlib import Path
from tests.pipelines.networks.small_chips import SmallChips
from tests.pipelines.networks.test_training import settings
from pipelines.networks.training import trained
trained(SmallChips(), settings(epochs=12, patience=12), Path({folder!r}))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_training_killed_again_and_again_ends_as_if_nothing_had_happened(tmp_path):
    whole = trained(SmallChips(), settings(epochs=12, patience=12), tmp_path / "whole")
    folder, kills = tmp_path / "killed", 0
    last = folder / "checkpoints/last.ckpt"
    for wait in (0.0, 0.05, 0.3):
        seen = last.stat().st_mtime_ns if last.exists() else 0
        process = subprocess.Popen([sys.executable, "-c", KILLED.format(folder=str(folder))])
        try:
            until = time.monotonic() + PATIENCE_S
            while process.poll() is None and time.monotonic() < until:
                if last.exists() and last.stat().st_mtime_ns != seen:
                    time.sleep(wait)
                    break
                time.sleep(0.01)
            kills += process.poll() is None
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            process.wait()
    assert kills >= 2
    again = trained(SmallChips(), settings(epochs=12, patience=12), folder)
    same_weights(again, whole)
    assert again.metrics == whole.metrics


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"network": "vgg"}, "no network is called 'vgg'"),
        ({"preset": "huge"}, "preset is 'huge'; give one of full, tiny"),
        ({"epochs": 0}, "epochs is 0; give 1 or more"),
        ({"augmentation": "wild"}, "augmentation is 'wild'; give one of none, light"),
        ({"weights": "hub"}, "pretrained weights fit the full preset alone"),
        ({"weights": "hub", "preset": "full"}, "light_cnn has no pretrained weights"),
    ],
)
def test_wrong_settings_are_refused(told, message):
    with pytest.raises(CubeError, match=message):
        settings(**told)


def test_an_unknown_schedule_is_refused():
    with pytest.raises(CubeError, match="schedule is 'cosine'; give one of plateau, one_cycle"):
        OptimiserRule(schedule="cosine")
