"""Looks at one mine in, an isolation forest and how odd each look is out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.kernels.forest import BLOCK, sum_path_lengths
from cube.contract import CubeError

EULER = 0.5772156649015329


@dataclass(frozen=True)
class ForestRule:
    """How a forest grows."""

    trees: int = 100
    """Liu et al. 2008: path lengths have settled well before that."""
    tree_looks: int = 256
    """Looks a tree is grown from, as there: enough to tell anomalies, few enough to isolate them.
    At most 2048: a tree is walked as a complete one of as many leaves."""
    training_looks: int = 20_000
    """Looks the forest is grown from, drawn with `seed`: a window has millions."""
    contamination: float = 0.05
    """Share of the training looks [1] that shall count as odd. A forest always finds its share."""
    seed: int = 0
    """Of the drawing of looks, features and splits."""

    def __post_init__(self) -> None:
        if self.trees < 1 or not 2 <= self.tree_looks <= 2048:
            raise CubeError(
                f"trees is {self.trees} and tree_looks {self.tree_looks}; give 1 or more trees of "
                "2 to 2048 looks."
            )
        if self.training_looks < self.tree_looks:
            raise CubeError(
                f"training_looks is {self.training_looks}, fewer than the {self.tree_looks} of a "
                "single tree."
            )
        if not 0 < self.contamination < 0.5:
            raise CubeError(f"contamination is {self.contamination}; a share within 0 and 0.5.")
        if not 0 <= self.seed < 2**32:
            raise CubeError(f"seed is {self.seed}; give 0 to 4294967295.")


@dataclass(frozen=True, eq=False)
class Forest:
    """Isolation trees as arrays, for looks standardised by `mean` and `deviation` (feature,).

    `level` is the score that the odd share of the training looks reaches; `middle` (feature,) is
    the median of the training looks. The trees are as `kernels.forest` walks them.
    """

    mean: np.ndarray
    deviation: np.ndarray
    middle: np.ndarray
    row: np.ndarray
    threshold: np.ndarray
    length: np.ndarray
    levels: int
    tree_looks: int
    level: float = np.nan

    def scores(self, looks: np.ndarray) -> np.ndarray:
        """(n,) float64 anomaly score [1] of looks (feature, n) float32: 1 odd, 0.5 and less not.

        Source
        ------
        Liu, Ting & Zhou 2008, doi:10.1109/ICDM.2008.17, equation 2.
        """
        total = np.empty(looks.shape[1], np.float64)
        standard = np.ascontiguousarray(_standard(looks, self.mean, self.deviation))
        sum_path_lengths(standard, self.row, self.threshold, self.length, self.levels, total)
        usual = len(self.row) * _average_path(np.array([self.tree_looks]))[0]
        return 2.0 ** (-total / usual)


def grown_forest(looks: np.ndarray, rule: ForestRule) -> Forest:
    """A forest grown from looks (feature, n) float32, n at least 2.

    Raises
    ------
    CubeError
        If there are fewer than two looks.
    """
    if looks.shape[1] < 2:
        raise CubeError(f"a forest needs two looks or more, not {looks.shape[1]}.")
    training = training_looks(looks, rule.training_looks, rule.seed)
    wide = training.astype(np.float64)
    mean, deviation = wide.mean(axis=1), wide.std(axis=1)
    deviation[deviation == 0] = 1.0
    # scikit-learn here, not above: it takes a second to import, and few who import this need it.
    from sklearn.ensemble import IsolationForest

    model = IsolationForest(
        n_estimators=rule.trees,
        max_samples=min(rule.tree_looks, training.shape[1]),
        random_state=rule.seed,
    ).fit(_standard(training, mean, deviation).T)
    row, threshold, length, levels = _complete(model)
    bare = Forest(
        mean.astype(np.float32),
        deviation.astype(np.float32),
        np.median(training, axis=1),
        row,
        threshold,
        length,
        levels,
        int(model.max_samples_),
    )
    level = float(np.quantile(bare.scores(training), 1 - rule.contamination))
    return Forest(**{**vars(bare), "level": level})


def training_looks(looks: np.ndarray, most: int, seed: int) -> np.ndarray:
    """At most so many of the looks (feature, n), sorted: what is learnt from them does not depend
    on the order of pixels."""
    chosen = looks[:, drawn(looks.shape[1], most, seed)]
    return chosen[:, np.lexsort(chosen[::-1])]


def drawn(count: int, most: int, seed: int) -> np.ndarray:
    """(n,) int64, ascending: at most `most` of `count` places, none drawn twice."""
    if count <= most:
        return np.arange(count)
    # Of half as many again as asked for, so many are different that the surplus is shed.
    rng = np.random.default_rng(seed)
    if most * 4 > count:
        return np.sort(rng.permutation(count)[:most])
    places = np.unique(rng.integers(0, count, most + most // 2))
    return np.sort(rng.permutation(places)[:most])


def _standard(looks: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    shift, scale = (part.astype(np.float32)[:, np.newaxis] for part in (mean, deviation))
    return ((looks - shift) / scale).astype(np.float32)


def _complete(model: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """The fitted trees filled up to complete ones: a leaf goes down left until the last level.

    model : scikit-learn's IsolationForest
    """
    grown = [tree.tree_ for tree in model.estimators_]
    levels, trees = max(1, max(tree.max_depth for tree in grown)), len(grown)
    row = np.zeros((trees, 2**levels - 1), np.uint32)
    threshold = np.full((trees, 2**levels - 1), np.inf, np.float32)
    length = np.zeros((trees, 2**levels), np.float32)
    starts = np.cumsum([0, *(tree.node_count for tree in grown[:-1])])
    children = [
        np.concatenate([getattr(tree, side) + at for tree, at in zip(grown, starts, strict=True)])
        for side in ("children_left", "children_right")
    ]
    leaf = np.concatenate([tree.children_left for tree in grown]) < 0
    beyond = _average_path(np.concatenate([tree.n_node_samples for tree in grown]))
    own = zip(grown, model.estimators_features_, strict=True)
    feature = np.concatenate([columns[np.maximum(tree.feature, 0)] for tree, columns in own])
    below = _below(np.concatenate([tree.threshold for tree in grown]))
    node, tree, place = starts, np.arange(trees), np.zeros(trees, np.int64)
    for depth in range(levels + 1):
        ends = leaf[node]
        last = ((place[ends] + 1) << (levels - depth)) - 2**levels
        length[tree[ends], last] = depth + beyond[node[ends]]
        node, tree, place = (part[~ends] for part in (node, tree, place))
        row[tree, place] = BLOCK * feature[node]
        threshold[tree, place] = below[node]
        node = np.concatenate([side[node] for side in children])
        tree, place = np.tile(tree, 2), np.concatenate([2 * place + 1, 2 * place + 2])
    return row, threshold, length, levels


def _below(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 not above each threshold: a float32 feature passes both or neither."""
    near = threshold.astype(np.float32)
    return np.where(near <= threshold, near, np.nextafter(near, np.float32(-np.inf)))


def _average_path(looks: np.ndarray) -> np.ndarray:
    """Average path length of an unsuccessful search in a tree of so many looks: equation 1."""
    n = np.asarray(looks, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        many = 2.0 * (np.log(n - 1.0) + EULER) - 2.0 * (n - 1.0) / n
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, many))
