"""Kinds of ground of one window: looks that turn to the open kind and stay with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.clusters import ClusterRule, Clusters, learnt_clusters
from analysis.detectors.learning import LearningDetector
from analysis.features import checked
from cube.contract import CubeError


@dataclass(frozen=True)
class ClusterSettings:
    """What the kinds are made of, and when open ground counts."""

    features: tuple[str, ...] = ("red", "nir", "swir16", "ndvi", "ndmi")
    """Standardised columns, as for the forest."""
    clusters: ClusterRule = field(default_factory=ClusterRule)
    wettest: float = 0.0
    """NDVI [1] of a centre below which a kind is water and no open ground."""
    greenest: float = 0.28
    """NDVI [1] of a centre above which a kind is no open ground either: a window may have none."""
    needed: int = 4
    """Clear looks in a row of the open kind that count: a harvested field has fewer by far."""
    history_days: int = 365
    """Days from the first look in which nothing is claimed; ground of the open kind there was open
    already."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(self.features))
        checked(self.features, "features of the clusters")
        if "ndvi" not in self.features:
            raise CubeError("clusters need ndvi among the features: it says which kind is open.")
        if not self.wettest < self.greenest:
            raise CubeError(
                f"wettest is {self.wettest} and greenest {self.greenest}; they must ascend."
            )
        if self.needed < 1 or self.history_days < 0:
            raise CubeError(
                f"needed is {self.needed} and history_days {self.history_days}; give 1 or more "
                "looks, and no negative history."
            )


@dataclass(frozen=True)
class ClusterDetector(LearningDetector[Clusters]):
    """k-means over the clear looks of one window; the dry kind least green is open ground."""

    settings: ClusterSettings = field(default_factory=ClusterSettings)
    name: str = "clusters"

    @property
    def training(self) -> tuple[int, int]:
        return self.settings.clusters.training_looks, self.settings.clusters.seed

    def model(self, training: np.ndarray) -> Clusters | None:
        rule = self.settings.clusters
        return learnt_clusters(training, rule) if training.shape[1] >= rule.kinds else None

    def odd(self, model: Clusters, values: np.ndarray) -> np.ndarray:
        return model.kinds(values) == open_kind(model, self.settings)


def open_kind(found: Clusters, settings: ClusterSettings) -> int:
    """The kind least green that is not water; -1 where no kind is open ground."""
    green = found.centre(settings.features.index("ndvi"))
    open_ground = (green > settings.wettest) & (green < settings.greenest)
    return int(np.argmin(np.where(open_ground, green, np.inf))) if open_ground.any() else -1
