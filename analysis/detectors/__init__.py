"""Detectors of excavation, one interface: a block of one window in, what was dug in it out."""

from analysis.detectors.block import Block, Detector
from analysis.detectors.registry import DETECTORS, detector, settings_class

__all__ = ["DETECTORS", "Block", "Detector", "detector", "settings_class"]
