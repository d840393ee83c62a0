"""A finished run and a budget of visits in, `final/inspections.csv` out: where to go next.

    python -m pipelines.inspect --output DIR --visits N

Exit codes: 0 done, 2 bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
from rich.console import Console

from analysis.alert_acts import with_states
from analysis.alert_states import SUPERSEDED, alert_records
from analysis.inspections import expected_illegal_ha, inspections
from cube.contract import CubeError
from pipelines.alert_files import ALERTS, BOUNDARIES
from pipelines.ledger_file import read_ledger
from pipelines.tables import write_csv
from pipelines.wording import counted

INSPECTIONS = Path("final/inspections.csv")


def ranked_alerts(output: Path) -> gpd.GeoDataFrame:
    """The alerts of a run, those with the most hectares of violation to expect first.

    With the ledger's states, and with `p_outside` and `expected_ha`. Superseded ones are left
    out: their ground is that of another. Where no line was measured (an alert of a mine that the
    run could not look at), the line is taken to be right.

    Raises
    ------
    CubeError
        If there is no finished run, or its files are damaged.
    """
    if not (output / ALERTS).exists():
        raise CubeError(f"{output} has no alerts yet: run the main job first.")
    try:
        alerts = gpd.read_parquet(output / ALERTS)
    except (ValueError, OSError) as error:  # pyarrow's own errors are both
        raise CubeError(
            f"{output / ALERTS} is damaged ({error}). Run the main job again."
        ) from error
    alerts = with_states(alerts, alert_records(read_ledger(output).entries))
    alerts = alerts[alerts["state"] != SUPERSEDED].copy()
    alerts["p_outside"] = alerts["alert_id"].map(_outside(output)).fillna(1.0)
    alerts["expected_ha"] = expected_illegal_ha(alerts)
    return alerts.sort_values(["expected_ha", "alert_id"], ascending=[False, True])


def write_inspections(output: Path, visits: int) -> pd.DataFrame:
    """The best visits of a run, as `analysis.inspections` ranks them, written beside the alerts."""
    table = inspections(ranked_alerts(output), visits)
    write_csv(table, output / INSPECTIONS, decimals=6)
    return table


def _outside(output: Path) -> pd.Series:
    """P(outside) by alert_id, as the run measured it."""
    path = output / BOUNDARIES
    try:
        lines = pd.read_csv(path, usecols=["alert_id", "p_outside"], dtype={"alert_id": str})
    except (ValueError, OSError) as error:
        raise CubeError(f"{path} is gone or damaged ({error}). Run the main job again.") from error
    return lines.set_index("alert_id")["p_outside"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.inspect", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--output", type=Path, required=True, help="folder of a run")
    parser.add_argument("--visits", type=int, default=10, help="how many there can be (default 10)")
    told = parser.parse_args(arguments)
    try:
        table = write_inspections(told.output, told.visits)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    _say(table, told.output / INSPECTIONS)
    return 0


def _say(visits: pd.DataFrame, path: Path) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    if visits.empty:
        console.print("No alert is open: there is nothing to visit.")
        return
    for row in visits.to_dict("records"):
        console.print(
            f"{row['visit']:3}. {row['mine_id']}  {row['expected_ha']:.2f} ha to expect "
            f"({row['expected_so_far_ha']:.2f} so far), {counted(row['alerts'], 'alert')}, worst "
            f"{row['severity']}, at {row['lat']:.5f}, {row['lon']:.5f}"
        )
        console.print(f"     {row['sum']}", style="dim")
    total = visits["expected_so_far_ha"].iloc[-1]
    console.print(f"{counted(len(visits), 'visit')}, {total:.2f} ha of violation to expect; {path}")


if __name__ == "__main__":
    sys.exit(main())
