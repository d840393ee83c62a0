"""A checkpoint carries all that is needed, runs no code, and refuses in words what does not fit."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest
import torch

from analysis.networks.normalisation import Normalisation
from analysis.networks.registry import network, spec_of
from analysis.networks.style import Style
from cube.contract import CubeError
from pipelines.networks.checkpoint import TrainedNetwork
from pipelines.networks.facts import FORMAT

BANDS = ("blue", "green", "red", "nir")


def made(name="light_cnn", bands=BANDS, **told):
    torch.manual_seed(1)
    spec = spec_of(name)
    settings = {
        "name": name,
        "task": spec.task,
        "preset": "tiny",
        "bands": bands,
        "normalisation": Normalisation(bands, (0.0,) * len(bands), (0.5,) * len(bands)),
        "chip_size": 16,
        "threshold": 0.4,
        "data_hash": "abc",
        "code_version": "0.1.0",
        "metrics": {"test": {"f1": (0.9, 0.8, 1.0)}},
        "multiple": spec.multiple,
        "weights": network(name, len(bands), "tiny").state_dict(),
    }
    return TrainedNetwork(**settings | told)


def chips(count=2, bands=4, size=16):
    return np.random.default_rng(0).random((count, bands, size, size), np.float32) * 0.5


def test_a_network_comes_back_as_it_was_kept(tmp_path):
    kept = made(style=Style(BANDS, (0.0,) * 4, (0.4,) * 4))
    kept.save(tmp_path / "network.pt")
    found = TrainedNetwork.load(tmp_path / "network.pt")
    assert (found.bands, found.threshold, found.chip_size) == (BANDS, 0.4, 16)
    assert (found.normalisation, found.style) == (kept.normalisation, kept.style)
    assert found.metrics == {"test": {"f1": (0.9, 0.8, 1.0)}}
    np.testing.assert_array_equal(found.probability(chips()), kept.probability(chips()))


def test_probabilities_are_of_chips_of_pixels_or_of_classes():
    assert made("resnet18").probability(chips(3)).shape == (3,)
    assert made().probability(chips(3)).shape == (3, 16, 16)
    said = made("segformer").probability(chips(1, size=32))
    assert said.shape == (1, 7, 32, 32)
    np.testing.assert_allclose(said.sum(axis=1), 1.0, rtol=1e-5)


def test_what_was_not_measured_counts_as_the_middle_of_the_scale():
    some = chips(1)
    some[0, 2, 5, 5] = np.nan
    filled = some.copy()
    filled[0, 2, 5, 5] = 0.25
    np.testing.assert_allclose(made().probability(some), made().probability(filled), atol=1e-6)


def test_a_style_is_laid_on_pixels_before_they_are_normalised():
    style = Style(BANDS, (0.0,) * 4, (0.25,) * 4)
    with_style, without = made(style=style), made()
    halved = chips(1)
    low, high = np.percentile(halved[0], (2, 98), axis=(1, 2))
    flat = (halved[0] - low[:, None, None]) / (high - low)[:, None, None] * 0.25
    np.testing.assert_allclose(
        with_style.probability(halved), without.probability(flat[None].astype(np.float32)),
        atol=2e-3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        (("blue", "green", "nir"), "these images have no red"),
        (("red", "green", "blue", "nir"), "have them in another order: red, green, blue, nir"),
        ((*BANDS, "swir16"), "these images have more"),
    ],
)
def test_images_of_other_bands_or_in_another_order_are_refused(bands, message):
    made().require_bands(BANDS)
    with pytest.raises(CubeError, match=message):
        made().require_bands(bands)


def test_chips_of_another_number_of_bands_are_refused():
    with pytest.raises(CubeError, match=r"\(2, 3, 16, 16\) given, but .* 4 bands blue, green"):
        made().probability(chips(bands=3))


def test_a_truncated_checkpoint_is_refused(tmp_path):
    path = tmp_path / "network.pt"
    made().save(path)
    for share in (0.02, 0.5, 0.98):
        part = tmp_path / "part.pt"
        part.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
        with pytest.raises(CubeError, match=r"part\.pt (is truncated|holds more)"):
            TrainedNetwork.load(part)


def test_an_empty_file_is_no_checkpoint(tmp_path):
    (tmp_path / "empty.pt").write_bytes(b"")
    with pytest.raises(CubeError, match=r"empty\.pt is truncated or no checkpoint"):
        TrainedNetwork.load(tmp_path / "empty.pt")


class Harm:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("kind", ["torch", "pickle"])
def test_nothing_in_a_checkpoint_is_executed(tmp_path, kind):
    path, harmed = tmp_path / "network.pt", tmp_path / "harmed"
    if kind == "torch":
        torch.save({"facts": Harm(harmed)}, path)
    else:
        path.write_bytes(pickle.dumps(Harm(harmed)))
    with pytest.raises(CubeError, match=r"holds more than weights|is truncated or no checkpoint"):
        TrainedNetwork.load(path)
    assert not harmed.exists()


def test_weights_of_another_architecture_are_refused(tmp_path):
    path = tmp_path / "network.pt"
    made(weights=network("unet", 4, "tiny").state_dict()).save(path)
    with pytest.raises(CubeError, match=r"network\.pt cannot be used: .* of another architecture"):
        TrainedNetwork.load(path)
    made(weights=network("light_cnn", 5, "tiny").state_dict()).save(path)
    with pytest.raises(CubeError, match=r"not those of 'light_cnn' \(tiny, 4 bands\)"):
        TrainedNetwork.load(path)
    made(task="scene").save(path)
    with pytest.raises(CubeError, match="a scene network 'light_cnn' of preset 'tiny' is not"):
        TrainedNetwork.load(path)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"format": "another 3"}, f"is no network of minecube .expected '{FORMAT}'"),
        ({"threshold": float("nan")}, "is a damaged network .its threshold is nan"),
        ({"name": 7}, "its name is 7, which is no text"),
        ({"bands": ["blue"]}, "the normalisation is of blue, green, red, nir, the network of blue"),
    ],
)
def test_odd_facts_are_refused(tmp_path, facts, message):
    path = tmp_path / "network.pt"
    whole = made()
    torch.save({"facts": whole.to_dict() | facts, "weights": dict(whole.weights)}, path)
    with pytest.raises(CubeError, match=message):
        TrainedNetwork.load(path)


def test_a_missing_checkpoint_and_one_without_weights_are_refused(tmp_path):
    with pytest.raises(CubeError, match=r"there is no checkpoint .*nothing\.pt"):
        TrainedNetwork.load(tmp_path / "nothing.pt")
    torch.save({"facts": made().to_dict()}, tmp_path / "network.pt")
    with pytest.raises(CubeError, match="holds no weights"):
        TrainedNetwork.load(tmp_path / "network.pt")
