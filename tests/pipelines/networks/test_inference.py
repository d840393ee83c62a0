from __future__ import annotations

import os

import numpy as np
import pytest
from distributed import Client, LocalCluster

from cube.contract import CubeError
from pipelines.networks import inference
from pipelines.networks.inference import (
    bring_networks,
    loaded,
    network_file,
    probabilities,
    worker_network,
)
from tests.pipelines.networks.rule_networks import CHIP_PX, rule_network


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return rule_network(tmp_path_factory.mktemp("rule") / "classifier.onnx", "scene")


def chips(*ndvi: float) -> np.ndarray:
    """(n, 2, y, x): red 0.1 and the nir that gives each NDVI."""
    red = np.full((len(ndvi), CHIP_PX, CHIP_PX), 0.1, np.float32)
    ratio = (1 + np.array(ndvi)) / (1 - np.array(ndvi))
    return np.stack([red, red * ratio[:, None, None]], axis=1).astype(np.float32)


def test_chips_are_asked_in_batches_and_answered_in_order(file, monkeypatch):
    network = loaded(file)
    told = chips(0.0, 0.6, 0.1, 0.7, -0.3)
    whole = probabilities(network, told)
    assert (whole > 0.5).tolist() == [True, False, True, False, True]
    monkeypatch.setattr(inference, "BATCH_PIXELS", 2 * CHIP_PX**2)
    np.testing.assert_allclose(probabilities(network, told), whole, atol=1e-6)


def test_chips_of_another_size_are_refused(file):
    with pytest.raises(CubeError, match="trained on chips of 32 pixels, but is given 16"):
        probabilities(loaded(file), np.zeros((1, 2, 16, 16), np.float32))


def test_a_worker_loads_a_network_once_with_its_share_of_the_cores(file):
    with (
        LocalCluster(
            processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        bring_networks(client, {"classifier": network_file(file)})
        names = client.gather(
            [client.submit(lambda n: id(worker_network("classifier")), n) for n in range(8)]
        )
        assert len(set(names)) == 1
        (worker,) = cluster.workers.values()
        plugin = worker.plugins[inference.NetworkPlugin.name]
        assert plugin.own_threads == max(1, (os.cpu_count() or 1) // 2)
        assert list(plugin.networks) == ["classifier"]


def test_a_network_that_is_not_there_is_missed_in_words(tmp_path):
    with pytest.raises(CubeError, match="there is no network at"):
        network_file(tmp_path / "none.onnx")
