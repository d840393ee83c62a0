"""A run's alerts in; what changed is entered in the ledger, the alerts with its states out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from analysis.alert_acts import LedgerRule, as_found, run_acts, with_states
from analysis.alert_states import AlertRecord, alert_records
from analysis.ledger import Act
from analysis.rule_versions import rejudged, with_versions
from analysis.rules import LawRules
from pipelines.ledger_file import append, read_ledger
from pipelines.run_record import key_of

if TYPE_CHECKING:
    from pipelines.job import Job

RUN = "run of minecube"
"""`who` of what a run enters begins with this; no person may be called so."""


def record_alerts(
    job: Job,
    alerts: gpd.GeoDataFrame,
    checked: Collection[str],
    rule: LedgerRule | None = None,
    rules: LawRules | None = None,
    law: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """Enter what changed since the ledger's last word; the alerts with the ledger's states.

    Parameters
    ----------
    alerts : as `analysis.alerts.violation_alerts` gives them
    checked : mine ids this run looked at; alerts of others are left as they are
    rules : the rules of law they were found by; every entry says which version of its rule
    law : why, of alerts that a change of the law alone has changed, by alert_id

    Raises
    ------
    CubeError
        If the ledger is broken or shortened; nothing is entered then.
    """

    def changed(records: dict[str, AlertRecord]) -> Sequence[Act]:
        acts = run_acts(alerts, checked, records, rule, law)
        if rules is None:
            return acts
        return with_versions([*acts, *rejudged(acts, alerts, checked, records, rules)], rules)

    chain = append(job.output, changed, f"{RUN} {version('minecube')}")
    return with_states(alerts, alert_records(chain.entries))


def previous_alerts(output: Path, previous: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """The table of the run before as that run found it, whatever persons have said since."""
    if previous is None:
        return None
    return as_found(previous, alert_records(read_ledger(output).entries))


def verdicts_key(output: Path) -> str:
    """What stands for the verdicts of persons in a step's key: it changes with every one."""
    entries = read_ledger(output).entries
    return key_of([entry.hash for entry in entries if entry.act in ("verdict", "restarted")])


def ledger_facts(output: Path) -> dict[str, Any]:
    """For run.json: how long the ledger was, and the hash that proves it."""
    chain = read_ledger(output)
    return {"entries": len(chain.entries), "head": chain.head}
