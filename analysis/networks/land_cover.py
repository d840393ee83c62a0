"""Classes of land cover as LoveDA numbers them, and which of them a mine is made of."""

from __future__ import annotations

from enum import IntEnum


class LandCover(IntEnum):
    """LoveDA's classes, in the order of the weights learnt on them.

    Source
    ------
    Wang et al. 2021, arXiv:2110.08733.
    """

    BACKGROUND = 0
    BUILDING = 1
    ROAD = 2
    WATER = 3
    BARREN = 4
    FOREST = 5
    AGRICULTURE = 6


UNKNOWN = -1
"""Stands for a class where none is known: neither learnt from nor scored."""

SUSPICIOUS = (LandCover.BUILDING, LandCover.ROAD, LandCover.WATER, LandCover.BARREN)
"""A mine is opened ground with its buildings, roads, ponds and dredged rivers."""
