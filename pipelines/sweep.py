"""A finished run and several values of one setting in, hectares and alerts under each out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from distributed import Client

from analysis.law_change import APPEARS, CHANGES
from cube.contract import CubeError
from pipelines.config import RunConfig, run_config, settings_of
from pipelines.finished_run import FinishedRun
from pipelines.what_if import GROUPS, what_if

COLUMNS = ("value", "dug_ha", "regions", "alerts", "own", "failed")


def sweep(
    client: Client,
    run: FinishedRun,
    setting: str,
    values: Sequence[Any],
    mines: Sequence[str] = (),
) -> pd.DataFrame:
    """What other values of one setting would make of the same imagery; nothing is written.

    Parameters
    ----------
    setting : dotted key of detection, regions or compliance, as `compliance.min_area_ha`
    mines : only these; all of the run if none

    Returns
    -------
    DataFrame by value, in the order given
        value; dug_ha; regions, alerts int; own: whether it is the value of the run; failed: how
        many mines could not be tried.

    Raises
    ------
    CubeError
        If no value is given, or the setting is not one that may be asked about.
    """
    if not values:
        raise CubeError(f"no value of {setting} is given; give two or more to compare.")
    others = [with_setting(run.config, setting, value) for value in values]
    chosen = run.chosen(list(mines))
    rows = []
    for value, other in zip(values, others, strict=True):
        answer = what_if(client, run, other, chosen)
        changed = int(answer.alerts.alerts["change"].isin([APPEARS, CHANGES]).sum())
        rows.append(
            (
                value,
                float(answer.regions["after_ha"].sum()),
                int((answer.regions["after_ha"] > 0).sum()),
                answer.alerts.unchanged + changed,
                other == run.config,
                len(answer.failed),
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def with_setting(config: RunConfig, setting: str, value: Any) -> RunConfig:
    """The run's configuration with one setting of another value, checked as a run checks it.

    Raises
    ------
    CubeError
        If the setting is not one that may be asked about, or does not take the value.
    """
    if setting.split(".")[0] not in GROUPS:
        raise CubeError(
            f"{setting!r} cannot be asked about: what follows from the stored cube alone are the "
            f"settings of {', '.join(GROUPS)}, such as compliance.min_area_ha."
        )
    return run_config(None, {**settings_of(config), setting: value})
