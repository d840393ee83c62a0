"""Isolation Forest of one window: looks unlike the others, two in a row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.detectors.learning import LearningDetector
from analysis.features import checked
from analysis.forest import Forest, ForestRule, grown_forest
from cube.contract import CubeError


@dataclass(frozen=True)
class ForestSettings:
    """What the forest looks at, and when its labels count."""

    features: tuple[str, ...] = ("red", "nir", "swir16", "ndvi", "ndmi")
    """Standardised columns. The published set is [B4, B8, B11, NDVI, NBR]; the NBR of its tables
    is (B8 - B11)/(B8 + B11), which is called NDMI here. `nbr` with swir22, `bsi`, `ndwi`, `month`
    and `time_index` are there for the asking."""
    forest: ForestRule = field(default_factory=ForestRule)
    open_only: bool = True
    """Whether only looks less green than the window's median look may be odd. The published rule
    is two-sided: lush fields and water are as odd as pits. False gives that."""
    needed: int = 2
    """Odd clear looks in a row that count, as published."""
    history_days: int = 365
    """Days from the first look in which nothing is claimed; ground odd there was open already."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(self.features))
        checked(self.features, "features of the forest")
        if self.open_only and "ndvi" not in self.features:
            raise CubeError("open_only needs ndvi among the features; add it, or say False.")
        if self.needed < 1 or self.history_days < 0:
            raise CubeError(
                f"needed is {self.needed} and history_days {self.history_days}; give 1 or more "
                "looks, and no negative history."
            )


@dataclass(frozen=True)
class ForestDetector(LearningDetector[Forest]):
    """One forest for each window, grown from its own clear looks: no other site is asked.

    Source
    ------
    Liu, Ting & Zhou 2008, doi:10.1109/ICDM.2008.17, for the score.
    """

    settings: ForestSettings = field(default_factory=ForestSettings)
    name: str = "forest"

    @property
    def training(self) -> tuple[int, int]:
        return self.settings.forest.training_looks, self.settings.forest.seed

    def model(self, training: np.ndarray) -> Forest | None:
        return grown_forest(training, self.settings.forest) if training.shape[1] >= 2 else None

    def odd(self, model: Forest, values: np.ndarray) -> np.ndarray:
        strange = model.scores(values) >= model.level
        if self.settings.open_only:
            green = self.settings.features.index("ndvi")
            strange &= values[green] < model.middle[green]
        return strange
