"""What a run enters in the ledger in, the same with the version of the rule behind each out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import geopandas as gpd

from analysis.alert_acts import numbers_of
from analysis.alert_states import OPEN, STANDING, AlertRecord
from analysis.ledger import Act
from analysis.rules import LawRules


def with_versions(acts: Sequence[Act], rules: LawRules) -> list[Act]:
    """Acts whose numbers name a rule also say its version and hash.

    An act on an alert of a rule that is no longer in the set says nothing more than before.
    """
    by_name = {one.rule: one for one in rules.rules}
    told = []
    for act in acts:
        law = by_name.get(str(act.numbers.get("rule")))
        if law is None:
            told.append(act)
            continue
        version = {"rule_version": law.version, "rule_sha256": law.sha256}
        told.append(replace(act, numbers={**act.numbers, **version}))
    return told


def rejudged(
    acts: Sequence[Act],
    alerts: gpd.GeoDataFrame,
    checked: Collection[str],
    records: Mapping[str, AlertRecord],
    rules: LawRules,
) -> list[Act]:
    """Updates of alerts that stand as they stood, but by another version of their rule now.

    Parameters
    ----------
    acts : what the run enters anyway
    alerts, checked, records : as for `analysis.alert_acts.run_acts`

    Returns
    -------
    list of Act
        In the order of the alerts. An alert of which no entry says the version is left alone.
    """
    entered = {act.alert_id for act in acts}
    by_name = {one.rule: one for one in rules.rules}
    told = []
    for row in alerts[alerts["state"] == OPEN].itertuples(index=False):
        record, law = records.get(row.alert_id), by_name.get(row.rule)
        if record is None or law is None or row.mine_id not in checked or not record.found:
            continue
        before = record.numbers.get("rule_sha256")
        if row.alert_id in entered or record.state not in STANDING or before in (None, law.sha256):
            continue
        was = record.numbers.get("rule_version")
        why = f"rule {law.rule} version {was} [{str(before)[:8]}] -> {law.name}: {row.reason}"
        told.append(Act("updated", row.alert_id, record.state, why, numbers_of(row)))
    return told
