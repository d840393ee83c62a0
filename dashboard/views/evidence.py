"""Looks at a few pixels and a detector's rule in, how evidence of digging adds up out."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pandas as pd

from analysis.confirmation_rule import ConfirmationRule
from analysis.evidence import evidence
from analysis.kernels.evidence import SCORE, SCORE_STEPS
from dashboard.look.palette import BLUE, LINE, QUIET, VERMILLION
from pipelines.evidence.imagery import Sampled


def score_table(sampled: Sampled, rule: ConfirmationRule) -> pd.DataFrame:
    """The score of every pixel after every clear look, as the detector counts it.

    Returns
    -------
    DataFrame by clear look
        date datetime64, pixel int (as in `sampled`), score [1].
    """
    found = evidence(sampled.looks(), sampled.baseline, rule, shifts=sampled.shifts)
    score = (found[:, 0] & SCORE) / SCORE_STEPS
    slot, pixel = np.nonzero(~np.isnan(sampled.series.ndvi))
    days = sampled.series.days.astype("datetime64[ns]")
    return pd.DataFrame({"date": days[slot], "pixel": pixel, "score": score[slot, pixel]})


def score_plot(table: pd.DataFrame, rule: ConfirmationRule) -> hv.Overlay:
    """Scores through time, with the levels from which ground is suspected and confirmed."""
    day, score = hv.Dimension("date", label="Date"), hv.Dimension("score", label="Evidence")
    lines = [
        hv.Curve(own[["date", "score"]].to_numpy(), day, score).opts(
            color=QUIET, line_width=0.8, alpha=0.5, interpolation="steps-post"
        )
        for _, own in table.groupby("pixel")
    ]
    ends = [table["date"].min(), table["date"].max()]
    levels = [
        hv.Curve((ends, [level, level]), day, score, label=words).opts(
            color=colour, line_dash=dash, line_width=2
        )
        for level, words, colour, dash in (
            (rule.strong, f"confirms ({rule.strong:g})", VERMILLION, "solid"),
            (rule.weak, f"suspected ({rule.weak:g})", BLUE, "dashed"),
        )
    ]
    return hv.Overlay([*lines, *levels]).opts(
        width=760,
        height=380,
        legend_position="bottom",
        legend_limit=len(lines) + len(levels),
        legend_cols=2,
        show_grid=True,
        gridstyle={"grid_line_color": LINE, "grid_line_alpha": 0.5},
        xlabel="Date of acquisition",
        ylabel="Evidence [log likelihood ratio]",
    )
