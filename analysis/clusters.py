"""Looks at one mine in, kinds of ground out: which looks show the open kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.forest import training_looks
from cube.contract import CubeError


@dataclass(frozen=True)
class ClusterRule:
    """How looks are sorted into kinds of ground."""

    kinds: int = 8
    """Kinds of ground a window is sorted into."""
    training_looks: int = 20_000
    """Looks the kinds are learnt from, drawn with `seed`."""
    seed: int = 0
    """Of the drawing of looks and the first centres."""

    def __post_init__(self) -> None:
        if not 2 <= self.kinds <= 64:
            raise CubeError(f"kinds is {self.kinds}; give 2 to 64 kinds of ground.")
        if self.training_looks < self.kinds:
            raise CubeError(
                f"training_looks is {self.training_looks}, fewer than the {self.kinds} kinds."
            )
        if not 0 <= self.seed < 2**32:
            raise CubeError(f"seed is {self.seed}; give 0 to 4294967295.")


@dataclass(frozen=True, eq=False)
class Clusters:
    """Kinds of ground: centres (kind, feature) float32 of looks standardised by `mean` and
    `deviation` (feature,)."""

    mean: np.ndarray
    deviation: np.ndarray
    centres: np.ndarray

    def kinds(self, looks: np.ndarray) -> np.ndarray:
        """(n,) int64, the kind whose centre is nearest to each look (feature, n) float32."""
        standard = (looks - self.mean[:, np.newaxis]) / self.deviation[:, np.newaxis]
        half = 0.5 * (self.centres**2).sum(axis=1)
        return np.argmin(half[:, np.newaxis] - self.centres @ standard, axis=0)

    def centre(self, feature: int) -> np.ndarray:
        """(kind,) float32, a feature of every centre in its own unit."""
        return self.centres[:, feature] * self.deviation[feature] + self.mean[feature]


def learnt_clusters(looks: np.ndarray, rule: ClusterRule) -> Clusters:
    """Kinds of ground among looks (feature, n) float32.

    Raises
    ------
    CubeError
        If there are fewer looks than kinds.

    Source
    ------
    Sculley 2010, doi:10.1145/1772690.1772862: k-means by small batches.
    """
    if looks.shape[1] < rule.kinds:
        raise CubeError(
            f"{rule.kinds} kinds of ground cannot be learnt from {looks.shape[1]} looks."
        )
    training = training_looks(looks, rule.training_looks, rule.seed).astype(np.float64)
    mean, deviation = training.mean(axis=1), training.std(axis=1)
    deviation[deviation == 0] = 1.0
    standard = (training - mean[:, np.newaxis]) / deviation[:, np.newaxis]
    # scikit-learn here, not above: it takes a second to import, and few who import this need it.
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(rule.kinds, random_state=rule.seed, n_init=3).fit(standard.T)
    parts = (mean, deviation, model.cluster_centers_)
    return Clusters(*(np.ascontiguousarray(part, np.float32) for part in parts))
