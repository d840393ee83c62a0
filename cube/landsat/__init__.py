"""Landsat in the same cube: annual composites at 30 m on a tile grid, group `landsat`.

Names are looked up on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cube.landsat.contract import LANDSAT_BANDS, LANDSAT_GROUP, AnnualComposite, Tile

if TYPE_CHECKING:
    from cube.landsat.opening import open_landsat, seven_bands

__all__ = [
    "LANDSAT_BANDS",
    "LANDSAT_GROUP",
    "AnnualComposite",
    "Tile",
    "open_landsat",
    "seven_bands",
]


def __getattr__(name: str) -> Any:
    if name in ("open_landsat", "seven_bands"):
        return getattr(import_module("cube.landsat.opening"), name)
    raise AttributeError(f"module 'cube.landsat' has no attribute {name!r}")
