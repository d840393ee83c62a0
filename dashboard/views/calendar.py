"""A run's table of months in, what was seen of every mine, month by month, as a calendar out."""

from __future__ import annotations

import holoviews as hv
import pandas as pd

from cube.contract import CubeError
from dashboard.look.palette import MONTH
from dashboard.views.keys import swatch_words

COLUMNS = ("mine_id", "month", "status", "clear_looks", "opened_ha")


def calendar(months: pd.DataFrame, most: int = 40) -> hv.HeatMap:
    """A row per mine, a column per month.

    Parameters
    ----------
    months : DataFrame, `final/metrics/observability.csv` of a run
    most : mines shown; those where most was opened come first

    Raises
    ------
    CubeError
        If the table is another.
    """
    missing = [name for name in COLUMNS if name not in months]
    if missing:
        raise CubeError(
            f"the table lacks {', '.join(missing)}; give final/metrics/observability.csv of a run."
        )
    order = months.groupby("mine_id")["opened_ha"].sum().sort_values(ascending=False).index[:most]
    shown = months[months["mine_id"].isin(order)].copy()
    shown["mine"] = pd.Categorical(shown["mine_id"], list(order)[::-1], ordered=True)
    shown = shown.sort_values(["mine", "month"])
    shown["mine"] = shown["mine"].astype(str)
    level = {name: number for number, name in enumerate(MONTH)}
    shown["status_number"] = shown["status"].map(level)
    return hv.HeatMap(
        shown,
        kdims=[hv.Dimension("month", label="Month"), hv.Dimension("mine", label="Mine")],
        vdims=["status_number", "status", "clear_looks", "opened_ha"],
    ).opts(
        cmap=[mark.colour for mark in MONTH.values()],
        clim=(-0.5, len(MONTH) - 0.5),
        colorbar=False,
        tools=["hover"],
        xrotation=60,
        width=900,
        height=90 + 26 * len(order),
        line_color="white",
        line_width=1,
    )


def calendar_key() -> str:
    """HTML of the words and colours of a calendar."""
    return swatch_words([(mark.words, mark.colour) for mark in MONTH.values()])
