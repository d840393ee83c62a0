"""A trained land cover network and chips in, how well it tells land cover apart out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from analysis.networks.cover_scores import confusion, cover_metrics
from cube.contract import CubeError
from pipelines.networks.scoring import answers


def cover_answers(
    trained: Any, chips: Any, batch_size: int = 16
) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
    """The likeliest class (y, x) int8 of every pixel of every chip, beside the chip's item.

    Raises
    ------
    CubeError
        If the chips carry no classes, or the network's bands are not theirs.
    """
    require_classes(chips)
    for said, item in answers(trained, chips, batch_size):
        yield said.argmax(axis=0).astype(np.int8), item


def cover_scored(trained: Any, chips: Any, batch_size: int = 16, seed: int = 0) -> dict[str, Any]:
    """Accuracy, mean IoU and the IoU of each class, with intervals over sites, and counts."""
    by_site: dict[int, np.ndarray] = {}
    for said, item in cover_answers(trained, chips, batch_size):
        site = int(item["site"])
        by_site[site] = by_site.get(site, 0) + confusion(said, item["classes"])
    return cover_metrics(by_site, seed) | {"chips": len(chips)}


def require_classes(chips: Any) -> None:
    """Refuse chips without land cover.

    Raises
    ------
    CubeError
    """
    if not chips.covers:
        raise CubeError(
            "these chips carry no classes of land cover, which this network learns and says. "
            "Give --data.labels classes (rasters of land cover) or truth (of a simulated archive)."
        )
