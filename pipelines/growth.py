"""How every mine grows in; `rates.csv`, `encroachment.csv` and `monthly_areas.csv` out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.encroachment import APPROACHING, REACHED
from analysis.mine_growth import MINE, MineGrowth
from pipelines.tables import write_csv

RATES = Path("final/metrics/rates.csv")
ENCROACHMENT = Path("final/metrics/encroachment.csv")
MONTHLY = Path("final/metrics/monthly_areas.csv")
"""Below a run's folder."""

DATES = ("first_opened", "last_opened", "counted_until")


def write_growth(found: Iterable[MineGrowth], output: Path) -> list[Path]:
    """The tables of all mines, by mine in the order given; days as days."""
    found = list(found)
    rates = _together([one.rates for one in found])
    for column in DATES:
        if column in rates:
            rates[column] = rates[column].dt.strftime("%Y-%m-%d").fillna("")
    write_csv(rates, output / RATES, decimals=4)
    write_csv(_together([one.encroachment for one in found]), output / ENCROACHMENT, decimals=2)
    write_csv(_together([one.monthly for one in found]), output / MONTHLY, decimals=4)
    return [output / RATES, output / ENCROACHMENT, output / MONTHLY]


def growth_metrics(found: Sequence[MineGrowth]) -> dict[str, Any]:
    """Rates of all mines together, and how many near a line, for `evaluation_metrics.json`.

    The rates are sums over mines; their intervals are not added, as mines do not dig in step.
    """
    rates = _together([one.rates for one in found])
    fronts = _together([one.encroachment for one in found])
    rates = rates[rates["subject"] == MINE] if len(rates) else rates
    mines = {
        status: int(fronts.loc[fronts["status"] == status, "mine_id"].nunique())
        for status in (APPROACHING, REACHED)
        if len(fronts)
    }
    soonest = fronts["months"].min() if len(fronts) else np.nan
    return {
        "ha_per_month": {
            ground: round(float(own["ha_per_month"].sum()), 4)
            for ground, own in (rates.groupby("ground", sort=True) if len(rates) else ())
        },
        "mines_nearing_a_line": mines.get(APPROACHING, 0),
        "mines_across_a_line": mines.get(REACHED, 0),
        "soonest_months": None if np.isnan(soonest) else round(float(soonest), 1),
    }


def _together(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """One table; those without rows keep out, so that they decide no column's kind."""
    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
