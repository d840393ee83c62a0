"""A mine's record in, what each month allows to be said out: activity, none, not observable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.mosaic import PIXEL_HA
from analysis.observability import pixels_inside
from cube.contract import CubeError, Quality, State

ACTIVITY, NONE, NOT_OBSERVABLE = "activity", "none", "not_observable"

DTYPES = {
    "mine_id": "str",
    "month": "str",
    "status": "str",
    "clear_looks": "float64",
    "seen_share": "float64",
    "judged_share": "float64",
    "failed_reads": "int64",
    "opened_ha": "float64",
}


@dataclass(frozen=True)
class ObservedRule:
    """When a month may be called observed.

    least_share : float [1]
        Share of the outline that the month must have seen clear, of ground the detector can
        judge: half, so that "none" speaks of most of the mine.
    """

    least_share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.least_share <= 1:
            raise CubeError(f"least_share is {self.least_share}, expected over 0, up to 1.")


def observed_months(
    mine_id: str,
    times: np.ndarray,
    quality: np.ndarray,
    state: np.ndarray,
    inside: np.ndarray,
    onset: np.ndarray,
    rule: ObservedRule | None = None,
) -> pd.DataFrame:
    """One row per calendar month from the first slot to the last.

    A month with ground opened in it is `activity`, whenever that was confirmed; one in which
    nothing was opened is `none` if enough of the mine was seen and could be judged, else
    `not_observable`. The newest months turn from `none` to `activity` as digging is confirmed.

    Parameters
    ----------
    times : (time,) datetime64
        First day of every slot; a slot counts to the month it begins in.
    quality, state : (mine, time, y, x) uint8
        Of all windows of one mine.
    inside : (mine, y, x) bool
        The mine's outline.
    onset : (n,) datetime64
        When each excavated pixel of the mine was opened.

    Returns
    -------
    DataFrame
        mine_id, month (YYYY-MM), status; clear_looks: clear slots of a pixel of the outline,
        mean; seen_share: pixels seen clear at least once; judged_share: those of them that the
        detector could judge; failed_reads: slots in which a read failed; opened_ha.

    Raises
    ------
    CubeError
        If the shapes do not fit.
    """
    rule = rule or ObservedRule()
    if quality.shape != state.shape or inside.shape != (quality.shape[0], *quality.shape[2:]):
        raise CubeError(
            f"quality {quality.shape}, state {state.shape} and inside {inside.shape} do not fit: "
            "(mine, time, y, x) twice and (mine, y, x) are needed."
        )
    if quality.shape[1] != times.size:
        raise CubeError(f"quality has {quality.shape[1]} slots, but {times.size} times are given.")
    seen = pixels_inside(quality, inside)
    clear, failed = seen == Quality.CLEAR, (seen == Quality.READ_FAILED).any(axis=1)
    pixels = seen.shape[1]
    months = times.astype("datetime64[M]")
    opened = onset.astype("datetime64[M]")
    rows = []
    for month in np.arange(months[0], months[-1] + 1) if times.size else ():
        slots = np.flatnonzero(months == month)
        once = clear[slots].any(axis=0)
        known: np.ndarray | bool = False
        if slots.size:
            known = pixels_inside(state[:, slots[-1:]], inside)[0] != State.NOT_OBSERVABLE
        judged = float((once & known).mean()) if pixels else 0.0
        opened_ha = float((opened == month).sum()) * PIXEL_HA
        observed = NONE if judged >= rule.least_share else NOT_OBSERVABLE
        rows.append(
            (
                mine_id,
                str(month),
                ACTIVITY if opened_ha > 0 else observed,
                np.count_nonzero(clear[slots]) / pixels if pixels else 0.0,
                float(once.mean()) if pixels else 0.0,
                judged,
                int(np.count_nonzero(failed[slots])),
                opened_ha,
            )
        )
    return pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)
