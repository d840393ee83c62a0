"""Ground and its shares under each law in, the dug area by law at the end of every month out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.mosaic import PIXEL_HA, Ground
from analysis.parts import Part

LEGAL = ("leased",)
ILLEGAL = ("watch_buffer", "outside_lease", "no_go")
UNRULED = ("unruled",)
LAWS = (*LEGAL, *ILLEGAL, *UNRULED)
"""What a hectare can be, in the order of the table's columns; together all of it."""

COLUMNS = ("mine_id", "month", *(f"{law}_ha" for law in LAWS))


def share_under(parts: Sequence[Part], laws: Sequence[str], n: int) -> np.ndarray:
    """Share (n,) float64 of every pixel under any of these laws."""
    return sum((part.share for part in parts if part.rule in laws), np.zeros(n))


def monthly_areas(ground: Ground, parts: Sequence[Part]) -> pd.DataFrame:
    """The envelope by law, as confirmed by the last slot that begins in each month.

    Parameters
    ----------
    ground : Ground
    parts : sequence of Part
        Of that ground; their shares add up to one in every pixel.

    Returns
    -------
    DataFrame, one row per month of the record
        mine_id str, month str (`2022-03`), and cumulative float64 [ha]: leased_ha,
        watch_buffer_ha, outside_lease_ha, no_go_ha, unruled_ha. Never shrinking.
    """
    slots = ground.times.size
    months = ground.times.astype("datetime64[M]")
    last = np.flatnonzero(np.append(months[1:] != months[:-1], True))
    areas = {
        f"{law}_ha": np.bincount(
            ground.since, share_under(parts, (law,), len(ground)), minlength=slots
        ).cumsum()[last]
        * PIXEL_HA
        for law in LAWS
    }
    named = {"mine_id": ground.mine_id, "month": months[last].astype(str)}
    return pd.DataFrame({**named, **areas}, columns=list(COLUMNS))
