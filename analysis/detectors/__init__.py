"""Detectors of excavation, one interface: a block of one window in, what was dug in it out."""

from analysis.detectors.block import Block, Detector
from analysis.detectors.graph import excavation_by
from analysis.detectors.registry import DETECTORS, TRAINED, detector, detector_of, settings_class

__all__ = [
    "DETECTORS",
    "TRAINED",
    "Block",
    "Detector",
    "detector",
    "detector_of",
    "excavation_by",
    "settings_class",
]
