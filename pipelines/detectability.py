"""A finished run in, what its record of clear looks could have shown out: sizes and delays.

    python -m pipelines.detectability --output DIR [--mine ID ...] [--cluster FILE]

Pits of known size and day are written into each mine's own imagery and sought with the run's own
settings. Writes `final/metrics/detectability.csv`. Exit codes: 0 all mines, 2 bad input, 3 some
mines could not be tried (listed).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from analysis.baseline import history_slots
from analysis.baseline_rule import BaselineRule
from analysis.detectors import Block, detector_of
from analysis.injection import (
    InjectionRule,
    detectability,
    dug_into,
    placed_pits,
    smallest_detectable,
    trials,
)
from analysis.looks import looks
from analysis.open_ground import open_ground
from cube.contract import CubeError, State
from cube.store import measured_windows, open_cube, open_results
from cube.windows import outline_mask
from pipelines.cluster import cluster_spec, connected
from pipelines.finished_run import finished_run
from pipelines.job import progress_bar
from pipelines.tables import write_csv
from pipelines.tasks import Failed, outcomes

TABLE = Path("final/metrics/detectability.csv")


def mine_detectability(
    repository: str,
    snapshot: str,
    positions: Sequence[int],
    outline: BaseGeometry,
    settings: Any,
    history: BaselineRule,
    rule: InjectionRule,
) -> pd.DataFrame:
    """One mine tried in the window that holds most of it; runs on a worker.

    settings : of the run's detector, which seeks the pits
    history : days before these are no trial's

    Returns
    -------
    DataFrame, one row per size
        As `analysis.injection.detectability`, with mine_id in front and, the same in every row,
        blind_share (of the outline in that window: ground nothing could be found on) and
        smallest_ha (NaN where no size is found often enough).

    Raises
    ------
    CubeError
        If the mine shows no open ground to lend its looks, or no undisturbed ground to try.
    """
    results = open_results(repository, snapshot=snapshot, chunks=None).isel(mine=list(positions))
    masks = [outline_mask(window, outline) for window in measured_windows(results)]
    widest = int(np.argmax([mask.sum() for mask in masks]))
    inside = masks[widest]
    cube = open_cube(repository, snapshot=snapshot, raw=True, chunks=None)
    block = cube.isel(mine=positions[widest])
    bands = tuple(str(band) for band in block["band"].values)
    reflectance, quality = block["reflectance"].values, block["quality"].values
    acquired = block["acquired"].values
    last = results.isel(mine=widest, time=-1)
    excavated = last["excavated"].values
    judged = last["state"].values != State.NOT_OBSERVABLE
    days = _trial_days(acquired, history, rule)
    donors = open_ground(looks(reflectance, quality, bands))
    disturbed = ndimage.binary_dilation(excavated, iterations=max(rule.gap_pixels, 1))
    pits = placed_pits(judged & ~disturbed & ~donors, inside, days, rule)
    if not pits.opened.size:
        raise CubeError("no undisturbed ground that could be judged is left to try a pit on")
    dug = dug_into(reflectance, quality, acquired, pits, donors, rule)
    found = detector_of(settings)(Block(dug, quality, acquired, bands, inside))
    sizes = detectability(trials(found, excavated, pits, rule), rule.areas_ha)
    sizes.insert(0, "mine_id", str(results["mine_id"].values[widest]))
    sizes["blind_share"] = float((inside & ~judged).sum() / max(inside.sum(), 1))
    sizes["smallest_ha"] = smallest_detectable(sizes, rule)
    return sizes


def _trial_days(
    acquired: np.ndarray, history_rule: BaselineRule, rule: InjectionRule
) -> np.ndarray:
    """Days spread evenly over what was monitored, less a season at its end to be found in."""
    days = np.where(np.isnat(acquired), -1, acquired.astype("datetime64[D]").astype(np.int64))
    history, _ = history_slots(days, history_rule)
    known = days[days >= 0]
    if known.size == 0 or history >= len(days):
        raise CubeError("the record holds nothing after its history: nothing was monitored")
    begin, end = days[:history].max() + 1, known[-1] - 120
    if end <= begin:
        raise CubeError(f"only {known[-1] - begin} days were monitored; trials need 120 or more")
    return np.linspace(begin, end, rule.dates).astype(np.int64).astype("datetime64[D]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.detectability", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--output", type=Path, required=True, help="folder of a run")
    parser.add_argument("--mine", action="append", default=[], help="only this mine; repeatable")
    parser.add_argument("--cluster", default=None, help="a cluster.yaml, an address, or threads")
    told = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    try:
        return _run(told.output, told.mine, told.cluster, console)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 130


def _run(output: Path, wanted: Sequence[str], cluster: str | None, console: Console) -> int:
    run = finished_run(output)
    outlines = dict(zip(run.mines["mine_id"], run.mines.geometry, strict=True))
    rule, config = InjectionRule(), run.config
    settings = config.detector_settings, config.detection.baseline, rule
    told = {
        mine: (run.repository, run.snapshot, run.positions[mine], outlines[mine], *settings)
        for mine in run.chosen(wanted)
    }
    done: dict[str, pd.DataFrame] = {}
    failed: dict[str, Failed] = {}
    with (
        connected(cluster_spec(cluster)) as client,
        progress_bar(console, "trying pits", len(told)) as advance,
    ):
        for mine, outcome in outcomes(client, mine_detectability, told):
            advance()
            if isinstance(outcome, Failed):
                failed[mine] = outcome
            else:
                done[mine] = outcome
    tables = [done[mine] for mine in told if mine in done]
    if tables:
        write_csv(pd.concat(tables, ignore_index=True), output / TABLE)
        for table in tables:
            _say(table, console)
        console.print(f"  {output / TABLE}")
    for mine in sorted(failed):
        console.print(f"{mine} could not be tried: {failed[mine].reason}")
    return 3 if failed else 0


def _say(sizes: pd.DataFrame, console: Console) -> None:
    """One mine in one line."""
    first = sizes.iloc[0]
    blind = f"{100 * first['blind_share']:.0f} % of the outline cannot be judged"
    if np.isnan(first["smallest_ha"]):
        console.print(f"{first['mine_id']}: no size tried is found reliably; {blind}")
        return
    sure = sizes[sizes["area_ha"] >= first["smallest_ha"]]
    console.print(
        f"{first['mine_id']}: pits from {first['smallest_ha']:g} ha are found, soonest after "
        f"{sure['delay_min'].min():.0f} days, in the median after "
        f"{sure['delay_median'].median():.0f}; {blind}"
    )


if __name__ == "__main__":
    sys.exit(main())
