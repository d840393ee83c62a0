"""Nanoseconds per look that a forest takes to score: `python -m benchmarks.forest_speed`.

Ours walks the same trees as scikit-learn's, and both are asked in turns: with the 100 trees and 5
features that detection uses. Processor time of one thread. Ten seconds; figures to
results/forest_speed.json.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from analysis.forest import ForestRule, grown_forest, training_looks
from benchmarks.measuring import kept, printed, side_by_side


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
    found = side_by_side(
        {
            "ours": partial(ours.scores, asked),
            "scikit-learn": partial(theirs.score_samples, standard),
        },
        told.rounds,
    )
    rows = [
        {"forest": name, **measured.figures(told.looks, "ns")} for name, measured in found.items()
    ]
    printed(f"ns per look, {rule.trees} trees, {told.features} features", rows)
    record: dict[str, Any] = {
        "looks": told.looks,
        "trees": rule.trees,
        "features": told.features,
        "ns_per_look": rows,
        "times_as_fast": round(found["scikit-learn"].processor / found["ours"].processor, 2),
        "largest_difference_of_scores": float(apart),
    }
    print(f"{record['times_as_fast']} times as fast; scores differ by {apart:.1e} at most")
    print(f"kept in {kept('forest_speed', record, 'scikit-learn', 'numba', 'numpy')}")


if __name__ == "__main__":
    main()
