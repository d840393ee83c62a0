"""A plain drop of NDVI: what anybody would try first."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from analysis.detection import Excavation
from analysis.detectors import Block
from cube.contract import CubeError
from pipelines.evaluate.peers.claims import excavation_of
from pipelines.evaluate.peers.runs import RunRule, followed
from pipelines.evaluate.peers.season import same_season
from pipelines.evaluate.sites import ndvi_of


@dataclass(frozen=True)
class NdviDropSettings:
    """Round numbers, as one would choose them."""

    history_days: int = 365
    """Days from the first slot."""
    half_window: int = 30
    """Days on either side of the date in the history."""
    drop: float = 0.20
    """NDVI [1] below the median of the same season."""
    looks: int = 3
    """Clear looks in a row that confirm; one look to the contrary ends it."""

    def __post_init__(self) -> None:
        if self.looks < 1:
            raise CubeError(f"looks is {self.looks}; give 1 or more.")


@dataclass(frozen=True)
class NdviDrop:
    """NDVI well below the same season's median, three clear looks in a row."""

    settings: NdviDropSettings = NdviDropSettings()
    name: str = "ndvi_drop"
    bands: tuple[str, ...] = ("red", "nir")

    def __call__(self, block: Block) -> Excavation:
        s = self.settings
        ndvi, days = ndvi_of(block), block.days
        history = days <= days[0] + s.history_days
        drop = np.full_like(ndvi, np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # seasons nobody saw
            for t in np.flatnonzero(~history):
                drop[t] = (
                    same_season(ndvi, days, history, int(t), s.half_window, np.nanmedian) - ndvi[t]
                )
        rule = RunRule(s.drop, 1, lambda _, looks: looks >= s.looks)
        return excavation_of(followed(drop, days, rule), block)
