"""What fell most from one clear scene to the next, by a mixture of two Gaussians."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from analysis.detection import Excavation
from analysis.detectors.block import Block
from analysis.detectors.persistence import dates_of, excavation_from, history_end
from analysis.features import bands_of, features
from analysis.forest import drawn
from cube.contract import NO_MEASUREMENT, CubeError, Quality, State

WEIGHTS = {"ndvi": -2.0, "nbr": -1.5, "ndmi": -1.0, "bsi": 1.0}
"""The published score of a change: 2 dNDVI + 1.5 dNBR + dNDMI + dSI, each counted in the direction
of digging. The soil index is taken to be BSI."""

EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True)
class SceneDifferenceSettings:
    """Which scenes are compared, and what of the change counts."""

    clear_share: float = 0.5
    """Share of a window [1] that must be clear for its date to count as a clear scene."""
    training_pixels: int = 5_000
    """Differences the mixture is fitted to, drawn with `seed`."""
    least_pixels: int = 10
    """Smallest patch of change [pixels of 100 m2]; smaller ones are isolated noise."""
    history_days: int = 365
    """Days from the first look in which nothing is claimed."""
    seed: int = 0
    """Of the drawing and the first guess of the mixture."""

    def __post_init__(self) -> None:
        if not 0 < self.clear_share <= 1:
            raise CubeError(f"clear_share is {self.clear_share}; a share lies in 0..1.")
        if self.training_pixels < 100 or self.least_pixels < 1 or self.history_days < 0:
            raise CubeError(
                f"training_pixels {self.training_pixels} must be 100 or more, least_pixels "
                f"{self.least_pixels} 1 or more, history_days {self.history_days} not negative."
            )
        if not 0 <= self.seed < 2**32:
            raise CubeError(f"seed is {self.seed}; give 0 to 4294967295.")


@dataclass(frozen=True)
class SceneDifference:
    """Consecutive clear scenes compared; whatever changed most is dug, and stays so.

    Noisy by design: a mixture always finds a second component, be it harvest or haze.
    """

    settings: SceneDifferenceSettings = SceneDifferenceSettings()
    name: str = "scene_difference"
    bands: tuple[str, ...] = bands_of(tuple(WEIGHTS))

    def __call__(self, block: Block) -> Excavation:
        rule, days = self.settings, block.days
        change = self.changes(block)
        first = history_end(days, rule.history_days)
        slot = np.full(block.shape[1:], -1, np.int16)
        for t in range(first, len(change)):
            if change[t].any():
                slot[_large(change[t], rule.least_pixels) & (slot < 0)] = t
        state = np.full(block.shape, State.NONE, np.uint8)
        state[:first] = State.NOT_OBSERVABLE
        known = np.where(slot < 0, np.iinfo(np.int16).max, slot)
        state[known <= np.arange(len(state), dtype=np.int16)[:, None, None]] = State.CONFIRMED
        began = dates_of(slot, days)
        found = excavation_from(state, slot, began, began, began)
        return Excavation(**{**vars(found), "change": change})

    def changes(self, block: Block) -> np.ndarray:
        """(time, y, x) bool, True at the later scene of a pair where a pixel changed."""
        change = np.zeros(block.shape, bool)
        before: np.ndarray | None = None
        for slot in np.flatnonzero(block.days >= 0):
            now = scene_indices(block, int(slot))
            if np.isfinite(now[0]).mean() < self.settings.clear_share:
                continue
            if before is not None:
                change[slot] = changed(digging_score(before, now), self.settings)
            before = now
        return change


def scene_indices(block: Block, slot: int) -> np.ndarray:
    """(index, y, x) float32 [1] of one slot, in the order of WEIGHTS; NaN where not seen."""
    bands = {name: block.band(name)[slot] for name in bands_of(tuple(WEIGHTS))}
    measured = [band != NO_MEASUREMENT for band in bands.values()]
    seen = (block.quality[slot] == Quality.CLEAR) & np.logical_and.reduce(measured)
    indices = np.full((len(WEIGHTS), *seen.shape), np.nan, np.float32)
    indices[:, seen] = features(tuple(WEIGHTS), {n: b[seen] for n, b in bands.items()}, {})
    return indices


def digging_score(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """(y, x) float32 [1], the weighted change between two scenes (index, y, x)."""
    return np.tensordot(np.array(list(WEIGHTS.values()), np.float32), now - before, axes=1)


def changed(score: np.ndarray, settings: SceneDifferenceSettings) -> np.ndarray:
    """(y, x) bool, pixels more likely of the upper of two Gaussians, and changed towards digging.

    score (y, x) float32 [1], NaN where not seen in both scenes.
    """
    known = np.isfinite(score)
    values = score[known].astype(np.float64)
    result = np.zeros(score.shape, bool)
    if values.size < 2 or np.ptp(values) == 0:
        return result
    sample = np.sort(values[drawn(values.size, settings.training_pixels, settings.seed)])
    middle, upper = np.quantile(sample, [0.5, 0.95])
    first_guess = {
        "init_params": "random_from_data",  # not k-means: all of it is replaced by the guess
        "means_init": [[middle], [max(upper, middle + 1e-6)]],
        "precisions_init": np.full((2, 1, 1), 1 / max(sample.var(), 1e-12)),
        "weights_init": [0.9, 0.1],
    }
    # scikit-learn here, not above: it takes a second to import, and few who import this need it.
    from sklearn.mixture import GaussianMixture

    mixture = GaussianMixture(2, random_state=settings.seed, **first_guess)
    mixture.fit(sample[:, np.newaxis])
    mean, deviation = mixture.means_[:, 0], np.sqrt(mixture.covariances_[:, 0, 0])
    likely = np.log(mixture.weights_ / deviation) - 0.5 * (
        (values[:, np.newaxis] - mean) / deviation
    ) ** 2  # fmt: skip
    low, high = np.argsort(mean, kind="stable")
    result[known] = (likely[:, high] > likely[:, low]) & (values > max(mean[low], 0.0))
    return result


def _large(area: np.ndarray, least: int) -> np.ndarray:
    labels, count = ndimage.label(area, EIGHT)
    return (np.bincount(labels.ravel(), minlength=count + 1) >= least)[labels] & area
