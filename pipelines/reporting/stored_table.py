"""A CSV that a step wrote in, its table out: names and words stay text, whatever they look like."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

TEXT = (
    "mine_id", "alert_id", "zone_id", "zone_type", "region_id", "subject_id", "rule", "compass",
    "reason", "line", "status", "state", "ground", "subject", "month", "severity",
    "first_violation_date", "confirmed_date", "counted_until", "first_opened", "last_opened",
)  # fmt: skip
"""Columns that are never numbers: a mine may be called `NaN` or `1e5`."""


def stored_table(path: Path) -> pd.DataFrame:
    """The table; no rows where the step left none."""
    if not path.exists():
        return pd.DataFrame()
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    numbers = [str(name) for name in table if name not in TEXT]
    return table.assign(**{name: pd.to_numeric(table[name]) for name in numbers})
