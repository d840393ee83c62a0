"""A run's folder in, the evidence pack of one alert made again from run.json and repository out."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import geopandas as gpd

from analysis.alert_states import STANDING
from cube.contract import CubeError
from pipelines.evidence.facts import run_facts
from pipelines.evidence.packs import Files, mine_packs
from pipelines.evidence.step import ALERTS, alerts_by_mine
from pipelines.finished_run import finished_run
from pipelines.law import law_of
from pipelines.rules import law_rules


def remade_pack(output: Path, alert_id: str, moved: dict[str, str] | None = None) -> Files:
    """The pack of one alert, made from what the run recorded and stored; nothing is written.

    Parameters
    ----------
    output : the run's folder
    alert_id : str
    moved : where `mines`, `leases` or `zones` lie now, if not where the run found them

    Raises
    ------
    CubeError
        If there is no such run or alert, an input changed since, or the results are of another
        run than the alerts.
    """
    run = finished_run(output, moved)
    mine_id, alert = _wanted(alerts_by_mine(output), alert_id, output)
    config = run.config
    if mine_id not in run.positions:
        raise CubeError(
            f"alert {alert_id} is of mine {mine_id}, of which {run.repository} holds no results. "
            "Run the step detect again."
        )
    zones, leases = law_of(config, output)
    simulated = Path(config.mines).absolute().parent == output.absolute() / "archive"
    made = mine_packs(
        run.repository,
        run.snapshot,
        run.positions[mine_id],
        mine_id,
        [alert],
        run.mines,
        run.windows,
        zones,
        leases,
        config.regions,
        config.compliance,
        config.detection,
        run_facts(run.data, config, simulated),
        law_rules(config),
        run.otherwise.get(mine_id, ()),
    )
    return made[alert_id]


def _wanted(
    alerts: dict[str, list[dict[str, Any]]], alert_id: str, output: Path
) -> tuple[str, dict[str, Any]]:
    """The alert and its mine; refused with the nearest id where there is none that stands."""
    by_id = {row["alert_id"]: (mine, row) for mine, rows in alerts.items() for row in rows}
    if alert_id in by_id:
        return by_id[alert_id]
    table = gpd.read_parquet(output / ALERTS)
    known = table.set_index("alert_id")["state"].to_dict()
    if alert_id in known:
        raise CubeError(
            f"alert {alert_id} is {known[alert_id]}; only alerts that are "
            f"{' or '.join(STANDING)} have evidence packs."
        )
    near = difflib.get_close_matches(alert_id, by_id, n=3) or sorted(by_id)[:3]
    hint = f" Near it: {', '.join(near)}." if near else " No alert stands in this run."
    raise CubeError(f"there is no alert {alert_id!r} in {output}.{hint}")
