"""Chips with their land cover in, how much of each class each split has out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.networks.land_cover import LandCover
from analysis.networks.splits import SPLITS
from cube.contract import CubeError


def cover_balance(records: pd.DataFrame) -> pd.DataFrame | None:
    """One row per split: the share of each class of land cover in its known pixels.

    records : split and `cover`, the pixels of each class as `cover_counts` has them; without that
        column nothing is known
    """
    if "cover" not in records:
        return None
    rows = []
    for name in (one for one in SPLITS if (records["split"] == one).any()):
        counts = np.sum(records.loc[records["split"] == name, "cover"].tolist(), axis=0)
        shares = counts / max(1, counts.sum())
        names = [one.name.lower() for one in LandCover]
        rows.append({"split": name, **dict(zip(names, shares.tolist(), strict=True))})
    return pd.DataFrame(rows)


def refuse_one_cover(cover: pd.DataFrame | None) -> None:
    """Refuse chips to learn land cover from that all show the same.

    Raises
    ------
    CubeError
        If a split has fewer than two classes.
    """
    if cover is None:
        raise CubeError("These chips carry no classes of land cover.")
    for row in cover.to_dict("records"):
        there = [name for name, share in row.items() if name != "split" and share > 0]
        if len(there) < 2:
            raise CubeError(
                f"Of land cover split {row['split']!r} knows only {there[0] if there else 'none'}: "
                "nothing can be told apart. Give classes of more ground, or larger chips."
            )
