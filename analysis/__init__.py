"""From the cube to what happened, where and when: arrays in, arrays out."""

from analysis.detection import DetectionSettings, Excavation, block_bytes, detect_block
from analysis.excavation import excavation
from analysis.indices import INDICES, index

__all__ = [
    "INDICES",
    "DetectionSettings",
    "Excavation",
    "block_bytes",
    "detect_block",
    "excavation",
    "index",
]
