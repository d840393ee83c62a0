"""Chips and what a network says in, a refusal out where those chips cannot teach it."""

from __future__ import annotations

from typing import Any

from analysis.networks.balance import class_balance, refuse_empty_class
from cube.contract import CubeError
from pipelines.networks.cover_scoring import require_classes

REMEDY = (
    "Give other labels, smaller chips (--data.size), protected areas as negatives "
    "(--data.protected), or other shares of the splits."
)


def refuse_unteachable(chips: Any, task: str) -> None:
    """Refuse chips that lack what a network of a task learns, before anything is spent on them.

    Parameters
    ----------
    chips : of all splits, with `records` and `covers`
    task : "scene", "segmentation" or "land_cover"

    Raises
    ------
    CubeError
        If a split holds no mine, for a scene nothing but mines, for a segmentation no mask, or
        for land cover no classes.
    """
    if task == "land_cover":
        require_classes(chips)
        return
    records = chips.records
    if task == "segmentation" and not records["positive_share"].notna().any():
        raise CubeError(
            "these chips say of no pixel whether it is mine, which a segmentation network learns: "
            "known places (csv) and land cover (classes) draw no outline. Give polygons, or train "
            "a scene network."
        )
    refuse_empty_class(class_balance(records), REMEDY, pixels=task == "segmentation")
