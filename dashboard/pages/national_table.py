"""Mine rows in, a sortable table with a link to each mine's page out."""

from __future__ import annotations

from typing import Any

import pandas as pd
import panel as pn
from bokeh.models.widgets.tables import NumberFormatter

COLUMNS = {
    "mine_id": "Mine",
    "state": "State",
    "district": "District",
    "sign": "Worst alert",
    "alerts": "Alerts",
    "illegal_ha": "Outside law [ha]",
    "growth_ha_per_month": "Growth [ha/ month]",
    "dug_ha": "Dug [ha]",
    "zone_types": "Ground",
    "first_violation_date": "First violation",
    "confidence": "Sure [%]",
    "observable_share": "Judged [%]",
    "last_clear_look": "Last clear look",
}
LIKE = ("mine_id", "state", "district", "sign", "zone_types")
AT_LEAST = ("alerts", "illegal_ha", "growth_ha_per_month", "dug_ha", "confidence")
DECIMALS = {
    "illegal_ha": 2,
    "growth_ha_per_month": 2,
    "dug_ha": 1,
    "confidence": 1,
    "observable_share": 0,
}
PAGE_ROWS = 15
WIDTHS = {
    "mine_id": 110, "state": 130, "district": 145, "sign": 120, "alerts": 90, "illegal_ha": 108,
    "growth_ha_per_month": 100, "dug_ha": 85, "zone_types": 110, "first_violation_date": 108,
    "confidence": 80, "observable_share": 95, "last_clear_look": 100,
}  # fmt: skip
"""Pixels: all columns stand side by side from 1400 on; a phone moves the table sideways."""

WRAPPED = """
.tabulator { font-size: 14px; border: 1px solid #d0d7de; border-radius: 5px; }
.tabulator .tabulator-header .tabulator-col .tabulator-col-content .tabulator-col-title {
  white-space: normal !important; }
.tabulator a { color: #0a5a9c; }
.tabulator .tabulator-header-filter input { min-height: 26px; border: 1px solid #8b949e; }
.tabulator-footer .tabulator-page { min-width: 34px; min-height: 30px; }
"""


class NationalTable:
    """The table; `.pane` is what a page shows, `.show(rows)` leaves only these mines in it."""

    def __init__(self, mines: pd.DataFrame):
        self._rows = table_rows(mines)
        self.pane = pn.widgets.Tabulator(
            self._rows,
            titles=COLUMNS,
            hidden_columns=["href"],
            show_index=False,
            disabled=True,
            selectable=False,
            pagination="remote",
            page_size=PAGE_ROWS,
            layout="fit_columns",
            frozen_columns=["mine_id"],
            sizing_mode="stretch_width",
            margin=0,
            header_filters=_filters(),
            widths=WIDTHS,
            stylesheets=[WRAPPED],
            formatters=_formatters(),
            text_align=dict.fromkeys((*AT_LEAST, "observable_share"), "right"),
            configuration={"headerSortTristate": True},
        )

    def show(self, indices: list[int]) -> None:
        if len(indices) == len(self.pane.value) == len(self._rows):
            return  # all are there already, in the one order they have
        self.pane.page = 1
        self.pane.value = self._rows.iloc[indices]


def table_rows(mines: pd.DataFrame) -> pd.DataFrame:
    """Rows as the table holds them: dates as YYYY-MM-DD, shares in percent, texts never None."""
    rows = mines[[*COLUMNS, "href"]].copy()
    for name in ("first_violation_date", "last_clear_look"):
        days = pd.to_datetime(rows[name])
        rows[name] = days.dt.strftime("%Y-%m-%d").fillna("")
    for name in ("confidence", "observable_share"):
        rows[name] = 100 * rows[name].astype(float)
    rows["zone_types"] = [_listed(value) for value in rows["zone_types"]]
    for name in ("state", "district"):
        rows[name] = rows[name].fillna("").astype(str)
    return rows


def _listed(value: Any) -> str:
    names = value if isinstance(value, list | tuple) else str(value or "").split(",")
    return ", ".join(str(name).replace("_", " ") for name in names if name)


def _formatters() -> dict[str, Any]:
    numbers = {
        name: NumberFormatter(format=f"0,0.{'0' * places}".rstrip("."), nan_format="–")
        for name, places in DECIMALS.items()
    }
    return {
        **numbers,
        "mine_id": {"type": "link", "urlField": "href"},
        "state": {"type": "plaintext"},
        "district": {"type": "plaintext"},
        "zone_types": {"type": "plaintext"},
    }


def _filters() -> dict[str, Any]:
    """A box under each head; `elementAttributes` is the name a screen reader says."""
    named = {
        name: {"type": "input", "func": "like", "placeholder": "contains"} for name in LIKE
    } | {name: {"type": "number", "func": ">=", "placeholder": "at least"} for name in AT_LEAST}
    return {
        name: {**spec, "elementAttributes": {"aria-label": f"{COLUMNS[name]}: {words}"}}
        for name, spec in named.items()
        for words in [spec["placeholder"]]
    }
