"""The monthly tables of a run in; the report's charts, of all mines and of each, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.growth import MONTHLY
from pipelines.pictures import SEVERITY
from pipelines.reporting.charts import Chart, stacked_areas, stacked_bars
from pipelines.reporting.stored_table import stored_table
from pipelines.tables import safe_cell

OBSERVABILITY = Path("final/metrics/observability.csv")

GROUNDS = {
    "illegal": (
        "outside leases or in no-go zones",
        ("watch_buffer_ha", "outside_lease_ha", "no_go_ha"),
    ),
    "unruled": ("where no law is known", ("unruled_ha",)),
    "legal": ("inside leases", ("leased_ha",)),
}
"""Kinds of ground, what each is called, and the columns it is the sum of; the first lies lowest in
a chart, where it is read most easily."""

BEYOND = {
    "no_go": ("in no-go zones", ("no_go_ha",)),
    "outside": ("outside leases", ("watch_buffer_ha", "outside_lease_ha")),
}
"""The illegal ground alone."""

STATUSES = {
    "activity": "ground was opened",
    "none": "seen, nothing opened",
    "not_observable": "could not be judged",
}
"""What is said of a mine in a month."""


class MonthlyAreas:
    """`monthly_areas.csv` of a run, asked mine by mine."""

    def __init__(self, output: Path) -> None:
        table = stored_table(output / MONTHLY)
        self.by_mine: Mapping[str, pd.DataFrame] = (
            {str(mine): own.sort_values("month") for mine, own in table.groupby("mine_id")}
            if len(table)
            else {}
        )
        self.together = (
            table.drop(columns="mine_id").groupby("month").sum().reset_index()
            if len(table)
            else table
        )

    def by_ground(self, mine_id: str | None = None) -> dict[str, np.ndarray]:
        """Hectares at the end of every month by kind of `GROUNDS`; of all mines without one named.

        Empty where the tables say nothing of the mine.
        """
        own = self.together if mine_id is None else self.by_mine.get(str(safe_cell(mine_id)))
        if own is None or not len(own):
            return {}
        return {
            kind: np.asarray(own[list(columns)].sum(axis=1), float)
            for kind, (_, columns) in GROUNDS.items()
        }

    @property
    def months(self) -> list[str]:
        """The months of the record, `2021-01` first."""
        return list(self.together["month"]) if len(self.together) else []

    def chart(self, mine_id: str) -> Chart | None:
        """The ground dug at one mine, by law."""
        own = self.by_mine.get(str(safe_cell(mine_id)))
        return None if own is None else _areas(own, GROUNDS, f"Ground dug at {mine_id}")

    def beyond(self, mine_id: str) -> Chart | None:
        """Its ground beyond a line, on a scale of its own."""
        own = self.by_mine.get(str(safe_cell(mine_id)))
        return None if own is None else _areas(own, BEYOND, f"Ground beyond a line at {mine_id}")

    def total(self) -> Chart | None:
        """The ground dug at all mines, by law."""
        return _areas(self.together, GROUNDS, "Ground dug at all mines")

    def total_beyond(self) -> Chart | None:
        """All mines' ground beyond a line, on a scale of its own."""
        return _areas(self.together, BEYOND, "Ground beyond a line at all mines")


def observed_months(output: Path) -> tuple[Chart | None, dict[str, int]]:
    """How many mines were active, quiet or not observable every month; mine-months of each."""
    table = stored_table(output / OBSERVABILITY)
    if not len(table):
        return None, dict.fromkeys(STATUSES, 0)
    counts = pd.crosstab(table["month"], table["status"])
    counts = counts.reindex(columns=list(STATUSES), fill_value=0).sort_index()
    total = {status: int(counts[status].sum()) for status in STATUSES}
    said = "Mines by month: " + "; ".join(
        f"{words} in {total[status]:,} months of a mine" for status, words in STATUSES.items()
    )
    series = {status: (words, counts[status].to_numpy(float)) for status, words in STATUSES.items()}
    return stacked_bars(list(counts.index), series, "mines", f"{said}."), total


def begun_months(alerts: Sequence[Mapping[str, Any]], last: str) -> Chart | None:
    """How many violations that stand began in every month, by severity, the gravest lowest.

    alerts : as `alert_rows` gives them; last : the record's last day
    """
    began = [(row["first_violation_date"][:7], row["severity"]) for row in alerts if row["stands"]]
    if not began:
        return None
    first = min(month for month, _ in began)
    ends = max(last[:7], *(month for month, _ in began))
    months = [str(month) for month in pd.period_range(first, ends, freq="M")]
    series = {}
    for severity in SEVERITY:
        counts = Counter(month for month, one in began if one == severity)
        values = np.array([counts[month] for month in months], float)
        series[severity] = (f"{severity.lower()}: {int(values.sum())}", values)
    said = f"{len(began)} violations by the month they began, the first in {first}."
    return stacked_bars(months, series, "violations", said)


def _areas(
    table: pd.DataFrame, grounds: Mapping[str, tuple[str, tuple[str, ...]]], title: str
) -> Chart | None:
    if not len(table):
        return None
    series = {
        kind: (words, np.asarray(table[list(columns)].sum(axis=1), float))
        for kind, (words, columns) in grounds.items()
    }
    ends = "; ".join(f"{words} {row[-1]:,.2f} ha" for words, row in series.values() if row[-1] > 0)
    said = f"{title} by the end of each month. At the end: {ends or 'none'}."
    named = {kind: (f"{words}: {row[-1]:,.2f} ha", row) for kind, (words, row) in series.items()}
    return stacked_areas(list(table["month"]), named, "ha", said)
