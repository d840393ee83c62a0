"""A trained network as a detector: what it marks in composite after composite, and goes on marking.

The network itself is handed in as a function: nothing here knows what it runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from analysis.detection import Excavation
from analysis.detectors.block import Block
from analysis.detectors.persistence import history_end, persistent
from analysis.kernels.persistence import NOT_SEEN
from cube.contract import CORE_BANDS, CubeError

Marking = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Some slots of a window, reflectance (time, band, y, x) uint16 and quality (time, y, x) uint8, in;
probability of open ground (y, x) float32, NaN where nothing was clear, out."""


@dataclass(frozen=True)
class NetworkSettings:
    """Which network, what it is shown, and when its marks count."""

    file: str = ""
    """The network: an ONNX file of a segmentation network, as `pipelines.evaluate_model --export`
    writes it. A run names it with --network."""
    sha256: str = ""
    """Hash of that file: another network under the same name gives other results."""
    bands: tuple[str, ...] = CORE_BANDS
    """What it reads, in its order."""
    composite_days: int = 90
    """Days of looks behind each composite [day]: three months hold clear looks even in the rains,
    and no more of the growth is blurred than that."""
    every_days: int = 30
    """Days from one composite to the next [day]."""
    threshold: float = 0.5
    """Probability from which ground is marked."""
    needed: int = 2
    """Composites in a row that count: what one shows may be a cloud's shadow that was missed."""
    history_days: int = 365
    """Days from the first look in which nothing is claimed; what is marked then was open."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "bands", tuple(self.bands))
        if not self.bands:
            raise CubeError("a network needs bands; name those it reads.")
        if self.composite_days < 1 or self.every_days < 1:
            raise CubeError(
                f"composite_days is {self.composite_days} and every_days {self.every_days}; give "
                "1 or more of each."
            )
        if not 0 < self.threshold < 1:
            raise CubeError(f"threshold is {self.threshold}; give a probability between 0 and 1.")
        if self.needed < 1 or self.history_days < 0:
            raise CubeError(
                f"needed is {self.needed} and history_days {self.history_days}; give 1 or more "
                "composites, and no negative history."
            )


@dataclass(frozen=True)
class NetworkDetector:
    """Ground that a network marks and goes on marking.

    marking : the network; without it the detector can be named, but not asked
    """

    settings: NetworkSettings = field(default_factory=NetworkSettings)
    marking: Marking | None = field(default=None, compare=False)
    name: str = "network"

    @property
    def bands(self) -> tuple[str, ...]:
        return self.settings.bands

    def __call__(self, block: Block) -> Excavation:
        days = block.days
        first = history_end(days, self.settings.history_days)
        return persistent(self.labels(block), days, first, self.settings.needed)

    def labels(self, block: Block) -> np.ndarray:
        """(time, y, x) int8: 1 marked, 0 not, -1 not seen; in the last slot of each composite.

        Raises
        ------
        CubeError
            If it was given no network.
        """
        if self.marking is None:
            raise CubeError(
                "the detector 'network' was given no network. Name the ONNX file of a "
                "segmentation network (--network FILE)."
            )
        read = block.positions(self.bands)
        label = np.full(block.shape, NOT_SEEN)
        for slots in self._composites(block.days):
            part = slice(int(slots[0]), int(slots[-1]) + 1)
            likely = self.marking(block.reflectance[part][:, read], block.quality[part])
            known = ~np.isnan(likely)
            label[slots[-1]][known] = likely[known] >= self.settings.threshold
        return label

    def _composites(self, days: np.ndarray) -> Iterator[np.ndarray]:
        """Slots with clear looks of each composite; its last one is the composite's own date."""
        seen = np.flatnonzero(days >= 0)
        due = -1
        for slot in seen:
            if days[slot] < due:
                continue
            due = days[slot] + self.settings.every_days
            yield seen[(days[seen] > days[slot] - self.settings.composite_days) & (seen <= slot)]
