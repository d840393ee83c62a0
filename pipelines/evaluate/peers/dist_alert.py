"""The rule of DIST-ALERT on NDVI: loss against the same season, confirmed when it persists."""

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
class DistAlertSettings:
    """Published constants, and what stands in for the product's own vegetation cover."""

    history_days: int = 365
    """Days from the first slot; the product has three years."""
    half_window: int = 15
    """Days on either side of the date: a 31-day window."""
    least: float = 10.0
    """Loss of vegetation cover [0-100] that is an anomaly."""
    confirming: float = 400.0
    """Mean anomaly times the square of its looks that confirms."""
    ends_after: int = 2
    """Clear looks without anomaly that end an alert."""
    bare_ndvi: float = 0.05
    """NDVI [1] of no cover."""
    full_ndvi: float = 0.90
    """NDVI [1] of full cover; between the two cover runs straight."""

    def __post_init__(self) -> None:
        if not self.bare_ndvi < self.full_ndvi:
            raise CubeError(
                f"bare_ndvi {self.bare_ndvi} must lie below full_ndvi {self.full_ndvi}."
            )


@dataclass(frozen=True)
class DistAlert:
    """Vegetation loss below the minimum of the same 31 days of earlier years.

    Source
    ------
    OPERA DIST-ALERT-HLS (Hansen et al., https://glad.umd.edu/dataset/DIST-ALERT/): loss is cover
    below the baseline's minimum; an alert is confirmed when mean anomaly x looks^2 reaches 400
    and ends on two clear looks without anomaly. Ours differs: cover is taken from NDVI, and one
    year of history stands for three; where a season was not seen, a look says nothing.
    """

    settings: DistAlertSettings = DistAlertSettings()
    name: str = "dist_alert"
    bands: tuple[str, ...] = ("red", "nir")

    def __call__(self, block: Block) -> Excavation:
        s = self.settings
        cover = 100 * np.clip(
            (ndvi_of(block) - s.bare_ndvi) / (s.full_ndvi - s.bare_ndvi), 0.0, 1.0
        )
        days = block.days
        history = days <= days[0] + s.history_days
        loss = np.full_like(cover, np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # seasons nobody saw
            for t in np.flatnonzero(~history):
                loss[t] = (
                    same_season(cover, days, history, int(t), s.half_window, np.nanmin) - cover[t]
                )
        rule = RunRule(s.least, s.ends_after, lambda total, n: total * n >= s.confirming)
        return excavation_of(followed(loss, days, rule), block)
