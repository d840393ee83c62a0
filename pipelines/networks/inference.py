"""Trained networks on the workers of a cluster: sent once, loaded once per worker, never pickled.

Each gets as many threads as its machine has cores for it, so that workers do not crowd each other.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from distributed import Client, WorkerPlugin, get_worker

from cube.contract import CubeError
from pipelines.networks.checkpoint import TrainedNetwork
from pipelines.networks.onnx import OnnxNetwork

BATCH_PIXELS = 64 * 64 * 64
"""Pixels given to a network at once: 64 chips of 64, or one of 512. More gains nothing on a CPU."""


class Network(Protocol):
    """What a scan asks of a network, whatever it runs on."""

    name: str
    task: str
    bands: tuple[str, ...]
    chip_size: int
    threshold: float

    def probability(self, pixels: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class NetworkFile:
    """A checkpoint or an ONNX file as bytes, and its hash."""

    name: str
    content: bytes = field(repr=False)

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def network_file(path: str | Path) -> NetworkFile:
    """A network's file, read.

    Raises
    ------
    CubeError
        If there is none.
    """
    path = Path(path)
    if not path.is_file():
        raise CubeError(
            f"there is no network at {path}. Train one (python -m pipelines.train), or give the "
            "checkpoint or ONNX file of one."
        )
    return NetworkFile(path.name, path.read_bytes())


def loaded(path: Path, threads: int = 0) -> Network:
    """The network of a file: ONNX by its suffix, else a checkpoint. `threads` 0: all cores."""
    kind: Any = OnnxNetwork if path.suffix == ".onnx" else TrainedNetwork
    return kind.load(path, threads=threads)


class NetworkPlugin(WorkerPlugin):
    """Networks by role, loaded by the first task that asks.

    files : role ("classifier", "segmenter") -> its file
    threads : threads of all workers on a machine, by host
    """

    name = "minecube-networks"

    def __init__(self, files: Mapping[str, NetworkFile], threads: Mapping[str, int]) -> None:
        self.files, self.threads = dict(files), dict(threads)

    def setup(self, worker: Any) -> None:
        """Called on every worker, also on one that joins later or was started again."""
        self.folder = Path(worker.local_directory) / "networks"
        crowd = self.threads.get(worker.ip) or worker.state.nthreads
        self.own_threads = max(1, (os.cpu_count() or 1) // crowd)
        self.lock, self.networks = threading.Lock(), dict[str, Network]()

    def network(self, role: str) -> Network:
        """The network of a role; loaded once."""
        with self.lock:
            if role not in self.networks:
                file = self.files[role]
                path = self.folder / file.hash / file.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.content)
                self.networks[role] = loaded(path, self.own_threads)
            return self.networks[role]


def bring_networks(client: Client, files: Mapping[str, NetworkFile]) -> None:
    """Give every worker the networks, also those that join later."""
    crowd: Counter[str] = Counter()
    for worker in client.scheduler_info(n_workers=-1)["workers"].values():
        crowd[worker["host"]] += int(worker["nthreads"])
    client.register_plugin(NetworkPlugin(files, crowd), name=NetworkPlugin.name)


def worker_network(role: str) -> Network:
    """The network of a role on the worker that runs this task."""
    plugin: Any = get_worker().plugins[NetworkPlugin.name]
    network: Network = plugin.network(role)
    return network


def probabilities(network: Network, chips: np.ndarray) -> np.ndarray:
    """(n,) or (n, y, x) float32 of chips (n, band, y, x), some at a time.

    A chip smaller than the network was trained on is one at an edge, and is refused: the scan's
    grid lays every chip whole.
    """
    if chips.shape[-1] != network.chip_size:
        raise CubeError(
            f"the network {network.name!r} was trained on chips of {network.chip_size} pixels, "
            f"but is given {chips.shape[-1]}."
        )
    most = max(1, BATCH_PIXELS // chips.shape[-1] ** 2)
    parts = [network.probability(chips[i : i + most]) for i in range(0, len(chips), most)]
    return np.concatenate(parts)
