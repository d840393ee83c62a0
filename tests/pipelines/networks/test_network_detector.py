"""A network of fixed weights: it marks what is less green than a field, whoever runs it."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
import torch

from analysis.detectors import Block, detector
from analysis.detectors.ensemble import EnsembleSettings
from analysis.detectors.network import NetworkSettings
from analysis.networks.normalisation import Normalisation
from analysis.networks.registry import network, spec_of
from cube.contract import CORE_BANDS, CubeError
from pipelines.config import RunConfig
from pipelines.network_detector import ready_detector, with_network
from pipelines.networks.checkpoint import TrainedNetwork
from tests.analysis.detectors.made_up import IN_PIT, block, window


def exported(folder):
    """An ONNX file of a tiny network with fresh weights."""
    name, bands = "light_cnn", CORE_BANDS
    torch.manual_seed(0)
    trained = TrainedNetwork(
        name=name,
        task=spec_of(name).task,
        preset="tiny",
        bands=bands,
        normalisation=Normalisation(bands, (0.0,) * len(bands), (1.0,) * len(bands)),
        chip_size=64,
        threshold=0.5,
        data_hash="",
        code_version="",
        multiple=spec_of(name).multiple,
        weights=network(name, len(bands), "tiny").state_dict(),
    )
    path = folder / f"{name}.onnx"
    trained.export_onnx(path)
    return path, trained


def said_to_be(path, other, task: str):
    """The same file, but for what it says of itself."""
    model = onnx.load(path)
    (facts,) = (prop for prop in model.metadata_props if prop.key == "minecube")
    facts.value = json.dumps(json.loads(facts.value) | {"task": task})
    onnx.save_model(model, other)
    return other


@pytest.fixture(scope="module")
def light(tmp_path_factory):
    return exported(tmp_path_factory.mktemp("network"))


def test_a_window_is_marked_as_the_network_marks_its_median(light):
    path, trained = light
    settings = with_network(NetworkSettings(), str(path))
    found = ready_detector(settings)
    numbers, quality = window(noise=0.0)
    # Until the pit opens in slot 47 every look is the same: so is the median, and the 20 pixels of
    # the window are one square
    image = (numbers[:1] * np.float32(1e-4)).astype(np.float32)
    expected = trained.probability(image)[0] >= settings.threshold
    labels = found.labels(block(numbers, quality))
    np.testing.assert_array_equal(labels[0] == 1, expected)
    assert (labels[1] == -1).all()  # no composite is due ten days after the first


def test_the_hash_of_the_file_is_part_of_the_settings(light, tmp_path):
    path, _ = light
    one = with_network(NetworkSettings(), str(path))
    other = tmp_path / path.name
    other.write_bytes(path.read_bytes() + b" ")
    assert len(one.sha256) == 64
    assert with_network(NetworkSettings(), str(other)).sha256 != one.sha256


def test_a_run_names_detector_and_network_together(light):
    path, _ = light
    alone = RunConfig(detector="network", network=str(path)).detector_settings
    joined = RunConfig(detector="ensemble", network=str(path)).detector_settings
    assert isinstance(alone, NetworkSettings)
    assert isinstance(joined, EnsembleSettings)
    assert alone == joined.network
    assert ready_detector(joined).marking is not None


def test_detectors_without_a_network_are_as_they_are():
    assert ready_detector(detector("forest").settings) == detector("forest")
    assert with_network(NetworkSettings(), "") == NetworkSettings()


def test_what_does_not_fit_is_refused(light, tmp_path):
    path, _ = light
    with pytest.raises(CubeError, match="of use to --detector network or ensemble alone"):
        with_network(detector("forest").settings, str(path))
    with pytest.raises(CubeError, match="needs its network: --network"):
        RunConfig(detector="network")
    scene = said_to_be(path, tmp_path / "scene.onnx", "scene")
    with pytest.raises(CubeError, match="holds a scene network"):
        ready_detector(with_network(NetworkSettings(), str(scene)))
    two = NetworkSettings(bands=("red", "nir"))
    with pytest.raises(CubeError, match="was trained on blue"):
        ready_detector(with_network(two, str(path)))
    with pytest.raises(CubeError, match="no ONNX file"):
        ready_detector(NetworkSettings(file=str(tmp_path / "none.onnx")))


def test_ground_no_look_of_which_was_clear_stays_unseen(light):
    path, _ = light
    numbers, quality = window(noise=0.0)
    quality[:, ~IN_PIT] = 2
    labels = ready_detector(with_network(NetworkSettings(), str(path))).labels(
        Block(numbers, quality, block(numbers, quality).acquired)
    )
    assert (labels[:, ~IN_PIT] == -1).all()
    assert (labels[0, IN_PIT] >= 0).all()
