"""Chips in, how good a random forest that sees one pixel at a time is out: what networks must beat.

Of every pixel it says how likely it is a mine's, of a chip which share of its pixels is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from pipelines.networks.chips import ChipSet
from pipelines.networks.scoring import Scored, chosen_threshold

FOREST_PIXELS = 60_000
"""Training pixels of the forest: its score has settled well before that."""


def forest_metrics(chips: ChipSet, seed: int) -> dict[str, dict[str, Any]]:
    """Its scores on the test chips, by task: learnt on the training chips, threshold of the
    validation chips."""
    forest = _grown(chips.of_split("train"), seed)
    found: dict[str, dict[str, Scored]] = {"segmentation": {}, "scene": {}}
    for split in ("validation", "test"):
        part = chips.of_split(split)
        items = [part[i] for i in range(len(part))]
        bands = [item["pixels"].reshape(len(chips.bands), -1).T for item in items]
        said = forest.predict_proba(np.nan_to_num(np.concatenate(bands)))[:, 1].astype(np.float32)
        pixels, scenes = Scored(), Scored()
        for item, likely in zip(items, said.reshape(len(items), chips.size, -1), strict=True):
            pixels.count(likely, item["mask"], item)
            share = np.asarray(np.mean(likely >= 0.5), np.float32)
            scenes.count(share, np.asarray(item["label"], np.float32), item)
        found["segmentation"][split], found["scene"][split] = pixels, scenes
    return {
        task: scored["test"].metrics(chosen_threshold(scored["validation"]))
        for task, scored in found.items()
    }


def _grown(train: ChipSet, seed: int) -> RandomForestClassifier:
    rng = np.random.default_rng(seed)
    each = max(1, FOREST_PIXELS // len(train))
    pixels, labels = [], []
    for i in range(len(train)):
        item = train[i]
        known = np.flatnonzero(np.isfinite(item["mask"]) & np.isfinite(item["pixels"]).all(axis=0))
        chosen = rng.choice(known, min(each, known.size), replace=False)
        pixels.append(item["pixels"].reshape(len(train.bands), -1)[:, chosen].T)
        labels.append(item["mask"].ravel()[chosen] >= 0.5)
    forest = RandomForestClassifier(100, min_samples_leaf=3, n_jobs=-1, random_state=seed)
    return forest.fit(np.concatenate(pixels), np.concatenate(labels))
