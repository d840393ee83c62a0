"""The core detector under the common interface: evidence against each pixel's own dry state."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.detection import DetectionSettings, Excavation, detect_block
from analysis.detectors.block import Block
from cube.contract import CORE_BANDS


@dataclass(frozen=True)
class Confirmation:
    """`analysis.detection.detect_block`, by name."""

    settings: DetectionSettings = field(default_factory=DetectionSettings)
    name: str = "confirmation"
    bands: tuple[str, ...] = CORE_BANDS

    def __call__(self, block: Block) -> Excavation:
        return detect_block(
            block.reflectance,
            block.quality,
            block.acquired,
            self.settings,
            block.bands,
            block.inside,
        )
