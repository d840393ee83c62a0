"""The scores that a network carries in, words for whoever reads a terminal out."""

from __future__ import annotations

import math
from typing import Any

from analysis.networks.splits import SPLITS
from pipelines.networks.facts import NetworkFacts


def scores_text(network: NetworkFacts, metrics: dict[str, Any] | None = None) -> str:
    """The scores in words, one line per split.

    metrics : by split; those that the network carries unless given
    """
    cover = network.task == "land_cover"
    limit = "" if cover else f", threshold {network.threshold:.3f}"
    lines = [f"{network.name} ({network.preset}){limit}"]
    told = network.metrics if metrics is None else metrics
    for split, one in ((name, told[name]) for name in (*SPLITS, "all") if name in told):
        said = _cover(one) if cover else _mines(one)
        lines.append(f"  {split}: {said}; {one['sites']} sites, {one['chips']} chips")
    return "\n".join(lines)


def _mines(told: dict[str, Any]) -> str:
    names = (("f1", "F1"), ("iou", "IoU"), ("auc", "AUC"))
    return ", ".join(f"{words} {_ranged(told[name])}" for name, words in names)


def _cover(told: dict[str, Any]) -> str:
    classes = [name for name in told if name.startswith("iou_")]
    each = ", ".join(f"{name.removeprefix('iou_')} {told[name][0]:.2f}" for name in classes)
    accuracy = _ranged(told["accuracy"])
    return f"mean IoU {_ranged(told['mean_iou'])}, accuracy {accuracy} ({each})"


def _ranged(told: Any) -> str:
    value, low, high = told
    return f"{value:.3f}" + (f" ({low:.3f} to {high:.3f})" if math.isfinite(low) else "")
