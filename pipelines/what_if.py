"""A finished run and other thresholds in, what would appear and what would vanish out.

    python -m pipelines.what_if --output DIR [--mine ID ...] --detection.confirmation.strong 12
        --compliance.min_area_ha 0.2

Reads the stored cube, asks no catalogue, writes nothing. Every setting of detection, regions and
compliance is a flag, as in the main job. Exit codes: 0 done, 2 bad input, 3 some mines could not
be tried (listed).
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from distributed import Client
from rich.console import Console
from shapely.geometry.base import BaseGeometry

from analysis.comparison import SAME, compared_regions, inherited
from analysis.compliance import Compliance, compliance
from analysis.law_change import LawChange, law_change
from analysis.law_features import feature_changes
from analysis.rules import LawRules
from cube.contract import CubeError, Window
from pipelines.cluster import cluster_spec, connected
from pipelines.config import RunConfig, run_config, settings_of
from pipelines.finished_run import FinishedRun, finished_run
from pipelines.flags import Parser, add_arguments, overrides_of
from pipelines.job import progress_bar
from pipelines.law import law_of
from pipelines.mine_ground import mine_regions_of, mine_results
from pipelines.rules import law_rules
from pipelines.tasks import Failed, outcomes, shared
from pipelines.window_excavation import window_results
from pipelines.wording import counted

GROUPS = ("detection", "regions", "compliance")
"""Settings that may be asked about: what they decide follows from the stored cube alone."""


@dataclass(frozen=True, eq=False)
class WhatIf:
    """What other settings would make of the same imagery.

    Attributes
    ----------
    regions : DataFrame
        Of all mines, as `analysis.comparison.compared_regions`.
    alerts : LawChange
        Alerts that appear, vanish or change, and the hectares by law.
    failed : dict of str
        Mines that could not be tried, with the reason.
    """

    regions: pd.DataFrame
    alerts: LawChange
    failed: dict[str, str]


def what_if(
    client: Client,
    run: FinishedRun,
    other: RunConfig,
    mines: Sequence[str],
    advance: Any = lambda: None,
) -> WhatIf:
    """Hold the run's settings against `other` ones, mine by mine on the cluster.

    advance : called as each mine is done
    """
    outlines = dict(zip(run.mines["mine_id"], run.mines.geometry, strict=True))
    zones, leases = law_of(run.config)
    everybody = run.mines[["mine_id", "epsg", "geometry"]]
    around = shared(client, everybody, run.windows, zones, leases, law_rules(run.config))
    told = {
        mine: (
            run.repository,
            run.snapshot,
            run.positions[mine],
            [window for window in run.windows if window.mine_id == mine],
            outlines[mine],
            *around,
            run.config,
            other,
            run.otherwise.get(mine, frozenset()),
        )
        for mine in mines
    }
    regions: dict[str, pd.DataFrame] = {}
    before: dict[str, Compliance] = {}
    after: dict[str, Compliance] = {}
    failed: dict[str, str] = {}
    for mine, outcome in outcomes(client, mine_what_if, told):
        advance()
        if isinstance(outcome, Failed):
            failed[mine] = outcome.reason
        else:
            regions[mine], before[mine], after[mine] = outcome
    if not regions:
        first = mines[0]
        raise CubeError(f"no mine could be tried; of {first}: {failed[first]}")
    tried = [mine for mine in mines if mine in regions]
    table = pd.concat([regions[mine] for mine in tried], ignore_index=True)
    same_law = feature_changes(zones, zones, "zones", "zone_id")
    changed = law_change(
        {mine: before[mine] for mine in tried}, {mine: after[mine] for mine in tried}, same_law
    )
    return WhatIf(table, changed, failed)


def mine_what_if(
    repository: str,
    snapshot: str,
    positions: Sequence[int],
    own: Sequence[Window],
    outline: BaseGeometry,
    mines: gpd.GeoDataFrame,
    windows: Sequence[Window],
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    rules: LawRules,
    config: RunConfig,
    other: RunConfig,
    otherwise: Collection[str],
) -> tuple[pd.DataFrame, Compliance, Compliance]:
    """One mine under the run's settings and under others; runs on a worker.

    Ground that settings of regions or compliance decide is taken from the stored results;
    detection is repeated, from the stored cube, only where its own settings differ. Ground that
    the run labelled as something other than excavation is left out of both answers.
    """
    stored = mine_results(repository, snapshot, positions)
    results = stored
    if other.detection != config.detection:
        found = [
            window_results(repository, snapshot, position, other.detection, outline, window)
            for position, window in zip(positions, own, strict=True)
        ]
        anew = {name: np.stack([one[name].values for one in found]) for name in found[0].data_vars}
        results = stored.assign({n: stored[n].copy(data=values) for n, values in anew.items()})
    named = mine_regions_of(stored, mines, windows, config.regions)
    changed = mine_regions_of(results, mines, windows, other.regions)
    was, now = named.without(otherwise), changed.without(inherited(named, otherwise, changed))
    law_was, law_now = (
        compliance(regions, outline, zones, leases, told.compliance, rules)
        for regions, told in ((was, config), (now, other))
    )
    return compared_regions(was, now), law_was, law_now


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    parser = Parser(
        prog="python -m pipelines.what_if",
        usage="%(prog)s --output DIR [--mine ID ...] --detection.confirmation.strong 12 [...]",
        description=(__doc__ or "").split("\n")[0],
        allow_abbrev=False,
    )
    parser.add_argument("--output", type=Path, required=True, help="folder of a run")
    parser.add_argument("--mine", action="append", default=[], help="only this mine; repeatable")
    parser.add_argument("--cluster", default=None, help="a cluster.yaml, an address, or threads")
    add_arguments(parser, GROUPS)
    told = parser.parse_args(arguments)
    asked = {k: v for k, v in overrides_of(told).items() if k.split(".")[0] in GROUPS}
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    try:
        run = finished_run(told.output)
        other = other_config(run.config, asked)
        mines = run.chosen(told.mine)
        with (
            connected(cluster_spec(told.cluster)) as client,
            progress_bar(console, "asking what if", len(mines)) as advance,
        ):
            answer = what_if(client, run, other, mines, advance)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 130
    _say(answer, console)
    return 3 if answer.failed else 0


def other_config(config: RunConfig, asked: Mapping[str, Any]) -> RunConfig:
    """The run's configuration with what was asked laid over it.

    Raises
    ------
    CubeError
        If nothing was asked, or nothing that differs; for a value no setting takes.
    """
    if not asked:
        raise CubeError(
            "nothing was asked: give a setting to change, such as --compliance.min_area_ha 0.5. "
            "--help lists them."
        )
    if config.detector != "confirmation" and any(key.startswith("detection.") for key in asked):
        raise CubeError(
            f"the run's detector is {config.detector}, but --detection is told to the detector "
            "confirmation. Ask about --regions or --compliance, or of a run of that detector."
        )
    other = run_config(None, {**settings_of(config), **asked})
    if all(getattr(other, group) == getattr(config, group) for group in GROUPS):
        raise CubeError(
            f"the run already has {', '.join(f'{key} {value}' for key, value in asked.items())}."
        )
    return other


def _say(answer: WhatIf, console: Console) -> None:
    """Changed regions and alerts, and the sums."""
    changed = answer.regions[answer.regions["change"] != SAME]
    for row in changed.to_dict("records"):
        console.print(
            f"{row['mine_id']}  region {row['change']:8}  {row['before_ha']:8.2f} -> "
            f"{row['after_ha']:8.2f} ha  {row['after'] or row['before']}"
        )
    for row in answer.alerts.alerts.to_dict("records"):
        console.print(
            f"{row['mine_id']}  alert  {row['change']:8}  {_side(row, 'before')} -> "
            f"{_side(row, 'after')}  {row['rule']} {row['zone_id']}"
        )
    total = answer.regions[["before_ha", "after_ha"]].sum()
    same = len(answer.regions) - len(changed)
    console.print(
        f"{total['before_ha']:.2f} ha dug before, {total['after_ha']:.2f} ha after; "
        f"{counted(len(changed), 'region')} and {counted(len(answer.alerts.alerts), 'alert')} "
        f"differ, {counted(same, 'region')} and {counted(answer.alerts.unchanged, 'alert')} do not"
    )
    for mine, reason in sorted(answer.failed.items()):
        console.print(f"{mine} could not be tried: {reason}")


def _side(alert: Mapping[str, Any], when: str) -> str:
    """An alert under one of the two settings: hectares, severity, and since when."""
    severity, since = alert[f"severity_{when}"], alert[f"since_{when}"]
    if not severity:
        return "none"
    day = "" if pd.isna(since) else f" since {since:%Y-%m-%d}"
    return f"{alert[f'area_{when}_ha']:.2f} ha {severity}{day}"


if __name__ == "__main__":
    sys.exit(main())
