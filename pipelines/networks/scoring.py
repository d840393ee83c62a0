"""A trained network and chips in, how good it is out: scores, and intervals over sites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from analysis.networks.scores import scores
from analysis.networks.thresholds import SiteCounts, best_threshold, by_site, figures, intervals
from cube.contract import CubeError
from pipelines.networks.checkpoint import TrainedNetwork

MINE_COVER = 0.5
"""Share of a pixel from which on it counts as mine [1]."""


@dataclass(eq=False)
class Scored:
    """What a network said of the chips of one split.

    sites : counts of what was said of true and of other ground, by site
    chips : per chip its mean probability and label, in the order of the split
    """

    sites: SiteCounts = field(default_factory=SiteCounts)
    chips: list[tuple[float, float]] = field(default_factory=list)

    def count(self, said: np.ndarray, truth: np.ndarray, item: dict[str, Any]) -> None:
        """Count one chip: what was said and is true of it, () or (y, x)."""
        known = np.isfinite(truth)
        if float(item["weight"]) > 0:
            self.sites.add(int(item["site"]), said[known], truth[known] >= MINE_COVER)
        self.chips.append((float(said.mean()), float(item["label"])))

    def metrics(self, threshold: float, seed: int = 0) -> dict[str, Any]:
        """Every figure at a threshold as value, low and high (95 %, over sites), and counts."""
        values = figures(self.sites.whole, threshold)
        ranges = intervals(self.sites, threshold, seed)
        return {
            "sites": len(self.sites.counts),
            "chips": len(self.chips),
            "threshold": threshold,
            **{name: (values[name], *ranges[name]) for name in values},
        }

    def sites_alone(self, threshold: float) -> dict[int, dict[str, float]]:
        """The figures of every site alone."""
        return dict(by_site(self.sites, threshold))


def scored(trained: TrainedNetwork, chips: Any, batch_size: int = 16) -> Scored:
    """What a network says of chips, counted by site.

    Parameters
    ----------
    trained : of a scene or a segmentation
    chips : ChipSet, of one split or all

    Raises
    ------
    CubeError
        If the network is of land cover, or its bands are not those of the chips.
    """
    require_mines(trained)
    found = Scored()
    for said, item in answers(trained, chips, batch_size):
        truth = np.asarray(item["label"] if trained.task == "scene" else item["mask"], np.float32)
        found.count(said, truth, item)
    return found


def answers(
    trained: Any, chips: Any, batch_size: int = 16
) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
    """What a network, of a checkpoint or of ONNX, says of every chip, beside the chip.

    Yields () or (y, x) float32, (class, y, x) of land cover, and the chip's item.

    Raises
    ------
    CubeError
        If the network's bands are not those of the chips.
    """
    trained.require_bands(chips.bands)
    if chips.style is not None:  # the chips are matched to it already
        trained = replace(trained, style=None)
    for first in range(0, len(chips), batch_size):
        items = [chips[i] for i in range(first, min(first + batch_size, len(chips)))]
        said = trained.probability(np.stack([item["pixels"] for item in items]))
        yield from zip(said, items, strict=True)


def require_mines(trained: Any) -> None:
    """Refuse a network that says land cover where mines are scored.

    Raises
    ------
    CubeError
    """
    if trained.task == "land_cover":
        raise CubeError(
            f"{trained.name!r} says land cover, not mines. Score a scene or segmentation network."
        )


def chosen_threshold(validation: Scored) -> float:
    """The threshold of the best F1 on the validation split.

    Raises
    ------
    CubeError
        If that split lacks a class.
    """
    return best_threshold(validation.sites.whole)


def torchmetrics_of(trained: TrainedNetwork, chips: Any) -> dict[str, float]:
    """The same scores by torchmetrics, pixel for pixel, at the network's threshold."""
    collection = scores(trained.threshold)
    for said, item in answers(trained, chips):
        truth = np.asarray(item["label"] if trained.task == "scene" else item["mask"], np.float32)
        known = np.isfinite(truth) & (float(item["weight"]) > 0)
        if known.any():
            collection.update(
                torch.from_numpy(np.atleast_1d(said[known])),
                torch.from_numpy(np.atleast_1d(truth[known] >= MINE_COVER).astype(np.int64)),
            )
    return {name: float(value) for name, value in collection.compute().items()}
