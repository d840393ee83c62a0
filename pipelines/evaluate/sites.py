"""A seed and a stress in, one simulated site as detectors and scorers take it out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.accuracy import Reference
from analysis.detectors import Block
from cube.contract import CORE_BANDS, Quality
from cube.simulate import Confuser, Ground, SiteSettings, Truth, new_site
from cube.simulate.pale import CLEAR_CLASSES
from cube.simulate.site import Site, photographs
from cube.simulate.stress import Series, Stress, stressed, undisturbed

NEVER_GREEN = 0.28
"""NDVI [1]: ground whose 90 % quantile of the history stays below was never green."""

GREEN_QUANTILE = 0.90


@dataclass(frozen=True)
class Task:
    """One site to run: a seed, what makes it harder, and whether nobody digs there (`twin`)."""

    seed: int
    stress: Stress = Stress.NONE
    twin: bool = False

    @property
    def name(self) -> str:
        return f"{self.seed}-{self.stress}{'-twin' if self.twin else ''}"


@dataclass(frozen=True, eq=False)
class TrueSite:
    """What a detector may see (`block`), how much of it is history, and what is true of it."""

    site: Site
    block: Block
    reference: Reference
    history_days: int


def true_site(task: Task, settings: SiteSettings) -> TrueSite:
    """Simulate a site. Bit by bit the same for the same task and settings."""
    site = new_site(task.seed, settings)
    if task.twin:
        site = undisturbed(site)
    reflectance, scl, dates = photographs(site)
    core = np.ascontiguousarray(reflectance[:, : len(CORE_BANDS)])
    looks = stressed(task.stress, task.seed, core, scl, dates, site.truth)
    clear = np.isin(looks.scl, CLEAR_CLASSES)
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    block = Block(looks.reflectance, quality, looks.dates.astype("datetime64[s]"), CORE_BANDS)
    return TrueSite(
        site,
        block,
        reference_of(site.truth, block, looks),
        int((looks.watched - looks.dates[0]).astype(int)),
    )


def reference_of(truth: Truth, block: Block, looks: Series) -> Reference:
    """The truth from the day the history ends.

    Dumps, roads and yards look like a pit and are left out; so are pits opened in the history.
    """
    dug = truth.excavated & (truth.onset > looks.watched)
    left_out = (truth.ground != Ground.NATURAL) & ~np.isnat(truth.onset) & ~dug
    return Reference(
        dug=dug,
        onset=np.where(dug, truth.onset, np.datetime64("NaT")).astype("datetime64[D]"),
        counted=~left_out,
        kind=truth.confuser,
        kinds=tuple(kind.name.lower() if kind else "other_ground" for kind in Confuser),
        never_green=never_green(block, looks.watched),
        watched=looks.watched,
        end=looks.dates[-1],
    )


def never_green(block: Block, watched: np.datetime64) -> np.ndarray:
    """(y, x) bool: ground that the history saw, and never saw green."""
    history = block.acquired < watched
    greenest = np.nanquantile(
        np.where(block.clear[history].any(axis=0), ndvi_of(block, history), -1.0),
        GREEN_QUANTILE,
        axis=0,
        method="closest_observation",
    )
    return (greenest < NEVER_GREEN) & block.clear[history].any(axis=0)


def ndvi_of(block: Block, slots: np.ndarray | slice = slice(None)) -> np.ndarray:
    """(time, y, x) float32 [1] of some slots, NaN where not seen clear."""
    red = block.band("red")[slots].astype(np.float32)
    nir = block.band("nir")[slots].astype(np.float32)
    seen = block.clear[slots] & (red > 0) & (nir > 0)
    return np.where(seen, (nir - red) / np.maximum(nir + red, 1.0), np.float32(np.nan))
