"""Isolation Forest of one window: looks unlike the others, two in a row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.detection import Excavation
from analysis.detectors.block import Block
from analysis.detectors.block_features import BlockFeatures
from analysis.detectors.persistence import history_end, persistent
from analysis.features import bands_of, checked
from analysis.forest import Forest, ForestRule, grown_forest
from analysis.kernels.persistence import NOT_SEEN
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
class ForestDetector:
    """One forest for each window, grown from its own clear looks: no other site is asked.

    Source
    ------
    Liu, Ting & Zhou 2008, doi:10.1109/ICDM.2008.17, for the score.
    """

    settings: ForestSettings = field(default_factory=ForestSettings)
    name: str = "forest"

    @property
    def bands(self) -> tuple[str, ...]:
        return bands_of(self.settings.features)

    def __call__(self, block: Block) -> Excavation:
        days = block.days
        first = history_end(days, self.settings.history_days)
        return persistent(self.labels(block), days, first, self.settings.needed)

    def learnt(self, block: Block) -> Forest | None:
        """The forest of a block's own clear looks; None where there are hardly any."""
        rule = self.settings.forest
        looks = BlockFeatures(block, self.settings.features)
        training = looks.sample(rule.training_looks, rule.seed)
        return grown_forest(training, rule) if training.shape[1] >= 2 else None

    def labels(self, block: Block, forest: Forest | None = None) -> np.ndarray:
        """(time, y, x) int8: 1 odd, 0 normal, -1 not seen; by the block's own forest if None."""
        forest = forest or self.learnt(block)
        label = np.full(block.shape, NOT_SEEN)
        if forest is not None:
            for slot, here, values in BlockFeatures(block, self.settings.features).slots():
                label[slot, here] = odd(forest, values, self.settings)
        return label


def odd(forest: Forest, values: np.ndarray, settings: ForestSettings) -> np.ndarray:
    """(n,) bool, which looks (feature, n) count as odd."""
    strange = forest.scores(values) >= forest.level
    if settings.open_only:
        green = settings.features.index("ndvi")
        strange &= values[green] < forest.middle[green]
    return strange
