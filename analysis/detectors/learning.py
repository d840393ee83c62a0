"""What detectors share that learn from a window's own clear looks and want several odd in a row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

import numpy as np

from analysis.detection import Excavation
from analysis.detectors.block import Block
from analysis.detectors.block_features import BlockFeatures
from analysis.detectors.persistence import history_end, persistent
from analysis.features import bands_of
from analysis.kernels.persistence import NOT_SEEN

Model = TypeVar("Model")


class LearningDetector(ABC, Generic[Model]):
    """A detector that asks no other site: it learns, labels every clear look, and counts.

    `settings` has `features`, `history_days` and `needed`; `name` is as in the registry.
    """

    settings: Any
    name: str

    @property
    def bands(self) -> tuple[str, ...]:
        return bands_of(self.settings.features)

    def __call__(self, block: Block) -> Excavation:
        days = block.days
        first = history_end(days, self.settings.history_days)
        return persistent(self.labels(block), days, first, self.settings.needed)

    def learnt(self, block: Block) -> Model | None:
        """The model of a block's own clear looks; None where there are hardly any."""
        looks = BlockFeatures(block, self.settings.features)
        return self.model(looks.sample(*self.training))

    def labels(self, block: Block, model: Model | None = None) -> np.ndarray:
        """(time, y, x) int8: 1 odd, 0 not, -1 not seen; by the block's own model if None."""
        model = model or self.learnt(block)
        label = np.full(block.shape, NOT_SEEN)
        if model is not None:
            for slot, here, values in BlockFeatures(block, self.settings.features).slots():
                label[slot, here] = self.odd(model, values)
        return label

    @property
    @abstractmethod
    def training(self) -> tuple[int, int]:
        """Looks to learn from, and the seed they are drawn with."""

    @abstractmethod
    def model(self, training: np.ndarray) -> Model | None:
        """What looks (feature, n) teach; None where they are too few."""

    @abstractmethod
    def odd(self, model: Model, values: np.ndarray) -> np.ndarray:
        """(n,) bool, which looks (feature, n) count."""
