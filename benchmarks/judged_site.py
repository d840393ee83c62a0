"""A simulated site as the core judged it, and the looks at any of its pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.baseline import Baseline, baseline
from analysis.detection import DetectionSettings, Excavation, excavation_of_looks
from analysis.looks import Looks, looks
from analysis.pixel_series import PixelSeries
from cube.contract import SCALE
from cube.simulate import SiteSettings
from pipelines.evaluate.sites import Task, TrueSite, true_site


@dataclass(frozen=True, eq=False)
class JudgedSite:
    """What the core made of a site's record up to some slot.

    days (time,) datetime64[D]; `looks`, `base` and `found` as analysis gives them.
    """

    site: TrueSite
    days: np.ndarray
    looks: Looks = field(repr=False)
    base: Baseline = field(repr=False)
    found: Excavation = field(repr=False)

    def series(self, where: np.ndarray) -> PixelSeries:
        """Clear looks at the pixels marked (y, x) bool; NaN where a look was not clear."""
        block, until = self.site.block, self.days.size
        values = block.reflectance[:until, :, where].astype(np.float32) * np.float32(SCALE)
        unseen = ~block.clear[:until, where]
        values[np.broadcast_to(unseen[:, None], values.shape)] = np.nan
        return PixelSeries(self.days, {band: values[:, i] for i, band in enumerate(block.bands)})


def judged_sites(
    seed: int,
    world: SiteSettings,
    settings: DetectionSettings,
    horizons: tuple[int, ...] = (0,),
) -> list[JudgedSite]:
    """One site judged at its end, or so many slots before it, for every horizon."""
    site = true_site(Task(seed), world)
    block = site.block
    judged = []
    for horizon in horizons:
        until = block.shape[0] - horizon
        whole = looks(block.reflectance[:until], block.quality[:until], block.bands)
        acquired = block.acquired[:until]
        days = acquired.astype("datetime64[D]")
        judged.append(
            JudgedSite(
                site,
                days,
                whole,
                baseline([whole], days.astype(np.int64), settings.baseline),
                excavation_of_looks([whole], acquired, settings),
            )
        )
    return judged


def some(where: np.ndarray, most: int) -> np.ndarray:
    """(y, x) bool: at most so many of the pixels marked, evenly taken."""
    places = np.flatnonzero(where)
    chosen = np.zeros(where.size, bool)
    chosen[places[:: max(1, -(-places.size // most))]] = True
    return chosen.reshape(where.shape)
