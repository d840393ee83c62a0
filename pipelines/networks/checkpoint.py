"""A trained network and its file: what it is, its weights, and what it says of chips."""

from __future__ import annotations

import math
import pickle
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from analysis.networks.registry import NETWORKS, PRESETS, network, spec_of
from cube.contract import CubeError
from pipelines.networks.facts import NetworkFacts
from pipelines.networks.onnx_export import write_onnx
from pipelines.run_record import whole_path


@dataclass(frozen=True, eq=False)
class TrainedNetwork(NetworkFacts):
    """A network that has been trained, ready to be asked.

    weights : by name, as `network(name, bands, preset)` has them
    threads : that it computes with; 0 for as many as torch takes
    """

    weights: Mapping[str, torch.Tensor] | None = None
    threads: int = 0

    @staticmethod
    def load(path: str | Path, threads: int = 0) -> TrainedNetwork:
        """The network of a checkpoint. Nothing in the file is executed.

        threads : that it may compute with; 0 for as many as torch takes

        Raises
        ------
        CubeError
            If there is none, or it is truncated, damaged, of another kind, or of another
            architecture than it says.
        """
        held = _held(Path(path))
        facts = NetworkFacts.from_dict(held.get("facts"), str(path))
        weights = held.get("weights")
        if not isinstance(weights, dict) or not all(
            isinstance(name, str) and isinstance(value, torch.Tensor)
            for name, value in weights.items()
        ):
            raise CubeError(f"{path} holds no weights. Give a file that training wrote.")
        loaded = TrainedNetwork(**vars(facts), weights=weights, threads=threads)
        try:
            loaded.module  # noqa: B018 - refuses weights of another architecture
        except CubeError as error:
            raise CubeError(f"{path} cannot be used: {error}") from error
        return loaded

    def save(self, path: str | Path) -> None:
        """Write the checkpoint whole, or not at all."""
        with whole_path(Path(path)) as part:
            torch.save({"facts": self.to_dict(), "weights": dict(self._weights)}, part)

    def probability(self, pixels: np.ndarray) -> np.ndarray:
        """What the network says of chips.

        Parameters
        ----------
        pixels : (n, band, y, x) float32 reflectance, NaN where not measured; bands as `bands`

        Returns
        -------
        float32, 0..1
            (n,) of a scene network; (n, y, x) of a segmentation; (n, class, y, x) of land cover.
        """
        ready = torch.from_numpy(self.prepared(pixels))
        with torch.inference_mode(), _using(self.threads):
            found: np.ndarray = said(self.module(ready), self.task).float().numpy()
        return found

    def export_onnx(self, path: str | Path) -> None:
        """Write the network as one ONNX file with all it says of itself."""
        write_onnx(self.module, self, Path(path))

    def to_dict(self) -> dict[str, Any]:
        """The facts, without the weights."""
        plain = super().to_dict()
        return {name: value for name, value in plain.items() if name not in ("weights", "threads")}

    def with_scores(self, threshold: float, metrics: dict[str, Any]) -> TrainedNetwork:
        """The same with another threshold and other scores."""
        return replace(self, threshold=threshold, metrics=metrics)

    @property
    def _weights(self) -> Mapping[str, torch.Tensor]:
        assert self.weights is not None
        return self.weights

    @cached_property
    def module(self) -> nn.Module:
        """The network itself, for inference.

        Raises
        ------
        CubeError
            If there is no such network, or the weights are another's.
        """
        spec = spec_of(self.name)
        if self.preset not in PRESETS or self.task != spec.task:
            raise CubeError(
                f"a {self.task} network {self.name!r} of preset {self.preset!r} is not known; "
                f"known are {', '.join(NETWORKS)}."
            )
        made = network(self.name, len(self.bands), self.preset)
        own, given = made.state_dict(), self._weights
        other = sorted(own.keys() ^ given.keys())
        other += sorted(n for n in own.keys() & given.keys() if own[n].shape != given[n].shape)
        if other:
            raise CubeError(
                f"its weights are not those of {self.name!r} ({self.preset}, {len(self.bands)} "
                f"bands): {other[0]!r} does not fit. It is of another architecture."
            )
        made.load_state_dict(dict(given))
        return made.eval()


def said(logits: torch.Tensor, task: str) -> torch.Tensor:
    """Probabilities of logits: of each class of land cover, else of a mine."""
    return logits.softmax(dim=1) if task == "land_cover" else logits.sigmoid()


def _held(path: Path) -> dict[str, Any]:
    """What a checkpoint holds: plain values and tensors, nothing else."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of odd files: they are refused in words
            held = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CubeError(f"there is no checkpoint {path}. Check the path.") from None
    except pickle.UnpicklingError as error:
        raise CubeError(
            f"{path} holds more than weights and plain values, which is not loaded because it "
            "could execute code; or it is no checkpoint. Give a file that training wrote."
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CubeError(
            f"{path} is truncated or no checkpoint ({_first_line(error)}). Copy it again, or train "
            "again."
        ) from error
    if not isinstance(held, dict):
        raise CubeError(f"{path} holds no network. Give a file that training wrote.")
    return held


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "it is empty")[:120]


@contextmanager
def _using(threads: int) -> Iterator[None]:
    """So many threads of torch for a while; 0 leaves them as they are."""
    before = torch.get_num_threads()
    if threads:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def parameters(module: nn.Module) -> int:
    """How many weights a network has."""
    return sum(math.prod(weight.shape) for weight in module.parameters())
