"""Nanoseconds per look that a forest takes to score: `python -m benchmarks.forest_speed`.

Ours walks the same trees as scikit-learn's; the best of several rounds in turn, in time of this
process, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from sklearn.ensemble import IsolationForest

from analysis.forest import ForestRule, grown_forest, training_looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=50_000)
    parser.add_argument("--features", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=8)
    told = parser.parse_args()
    rng = np.random.default_rng(0)
    training = rng.normal(size=(told.features, 20_000)).astype(np.float32)
    asked = (2 * rng.normal(size=(told.features, told.looks))).astype(np.float32)
    rule = ForestRule()
    ours = grown_forest(training, rule)
    mean, deviation = ours.mean[:, None], ours.deviation[:, None]
    ordered = training_looks(training, rule.training_looks, rule.seed)
    theirs = IsolationForest(n_estimators=rule.trees, max_samples=rule.tree_looks, random_state=0)
    theirs.fit(((ordered - mean) / deviation).T)
    standard = ((asked - mean) / deviation).T
    apart = np.abs(ours.scores(asked) + theirs.score_samples(standard)).max()
    work: dict[str, Callable[[], object]] = {
        "ours": lambda: ours.scores(asked),
        "scikit-learn": lambda: theirs.score_samples(standard),
    }
    best = dict.fromkeys(work, np.inf)
    for _ in range(told.rounds):
        for name, run in work.items():
            begun = time.process_time()
            run()
            best[name] = min(best[name], (time.process_time() - begun) / told.looks * 1e9)
    for name, spent in best.items():
        print(f"{name:14s}{spent:8.0f} ns per look")
    print(f"{best['scikit-learn'] / best['ours']:.1f} times as fast; scores differ by {apart:.1e}")


if __name__ == "__main__":
    main()
