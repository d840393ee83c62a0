"""The alerts a run found and the ledger's records in, what has to be entered out; the way back.

One violation at one place is one alert: it is entered when it is new, has grown materially, is
withdrawn, or lies under another name now because the law was redrawn; else nothing is.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from analysis.alert_states import CONFIRMED, OPEN, RETRACTED, SUPERSEDED, AlertRecord
from analysis.compliance import EPSILON_HA
from analysis.ledger import Act, Entry, Number
from analysis.synthetic_zones import is_synthetic
from cube.contract import CubeError

DATES = ("first_violation_date", "confirmed_date")

NUMBERS = ("mine_id", "rule", "zone_id", "zone_type", *DATES, "area_ha", "growth_ha_per_month",
           "severity", "confidence")  # fmt: skip
"""Columns of an alert that an entry keeps."""


@dataclass(frozen=True)
class LedgerRule:
    """What of an alert is worth an entry.

    material_share : float [1]
    material_ha : float [ha]
        Growth or loss since the last entry that makes a new one: both a tenth of the area and a
        minimum mapping unit. Below, two runs may differ by their clouds alone.
    reopen_factor : float [1]
        A dismissed alert is open again once its area is this many times what was judged (and
        `material_ha` more): twice the ground is not what the inspector saw.
    same_ground : float [1]
        Share of a withdrawn alert's ground that another must cover to have taken its place.
    """

    material_share: float = 0.1
    material_ha: float = 0.1
    reopen_factor: float = 2.0
    same_ground: float = 0.5

    def __post_init__(self) -> None:
        if not (0 < self.material_share < math.inf and 0 < self.material_ha < math.inf):
            raise CubeError(
                f"material_share {self.material_share} and material_ha {self.material_ha} must "
                "both be positive."
            )
        if not 1 < self.reopen_factor < math.inf:
            raise CubeError(
                f"reopen_factor is {self.reopen_factor}, expected more than 1: at 1 no dismissal "
                "would last."
            )
        if not 0 < self.same_ground <= 1:
            raise CubeError(f"same_ground is {self.same_ground}, expected over 0, up to 1.")


def run_acts(
    alerts: gpd.GeoDataFrame,
    checked: Collection[str],
    records: Mapping[str, AlertRecord],
    rule: LedgerRule | None = None,
    law: Mapping[str, str] | None = None,
) -> list[Act]:
    """What a run has to enter, in the order of its table; nothing where nothing changed.

    Parameters
    ----------
    alerts : GeoDataFrame in EPSG:4326
        As `analysis.alerts.violation_alerts` gives them: open where the violation was found,
        retracted where it was once.
    checked : mine ids
        The mines this run looked at. Alerts of others stay as they are.
    law : why, by alert_id
        Of alerts that another law alone made, changed or took away (`analysis.law_change`). One
        taken away so is superseded and not retracted: the evidence stands.
    """
    rule, law = rule or LedgerRule(), law or {}
    found = alerts[alerts["state"] == OPEN]
    acts: list[Act] = []
    for row in found.itertuples(index=False):
        record = records.get(row.alert_id)
        if record is None:
            why = _because(law, row.alert_id) + row.reason
            acts.append(Act("opened", row.alert_id, OPEN, why, numbers_of(row)))
        elif row.mine_id in checked:
            acts += _seen_again(row, record, rule, _because(law, row.alert_id))
    acts += _withdrawn(alerts, checked, records, rule, law)
    for row in alerts[alerts["state"] == RETRACTED].itertuples(index=False):
        if row.alert_id not in records:  # withdrawn before there was a ledger
            acts.append(Act("retracted", row.alert_id, RETRACTED, row.reason, numbers_of(row)))
    return acts


def numbers_of(row: Any) -> dict[str, Number]:
    """The numbers of an alert's row as an entry keeps them: dates as days, unknown as None."""
    numbers: dict[str, Number] = {name: getattr(row, name) for name in NUMBERS}
    for name in DATES:
        day = getattr(row, name)
        numbers[name] = None if pd.isna(day) else f"{day:%Y-%m-%d}"
    return numbers


def _because(law: Mapping[str, str], alert_id: str) -> str:
    """A sentence on the law that changed an alert; "" where it did not."""
    why = law.get(alert_id, "")
    return f"{why[:1].upper()}{why[1:]}. " if why else ""


def _seen_again(
    row: Any, record: AlertRecord, rule: LedgerRule, because: str = ""
) -> Iterator[Act]:
    """A violation the ledger knows and the run found: reopened, found again, updated, or as was."""
    verdict, numbers = record.verdict, numbers_of(row)
    believed = verdict is None or verdict.state == CONFIRMED
    if verdict is not None and not believed and _outgrown(row.area_ha, verdict, rule):
        why = (
            f"{row.area_ha:.2f} ha now, {_judged_ha(verdict):.2f} ha when it was judged "
            f"{verdict.state}: {rule.reopen_factor:g} times as much opens it again. {row.reason}"
        )
        yield Act("reopened", row.alert_id, OPEN, why, numbers)
    elif not record.found:
        state = verdict.state if verdict else OPEN
        yield Act("found", row.alert_id, state, f"{because}Found again: {row.reason}", numbers)
    elif believed and (changes := _changes(row, record, rule)):
        why = f"{because}{', '.join(changes)}: {row.reason}"
        yield Act("updated", row.alert_id, record.state, why, numbers)


def _changes(row: Any, record: AlertRecord, rule: LedgerRule) -> list[str]:
    """What changed since the last entry, in words; [] where nothing that matters."""
    before, changes = record.area_ha, []
    least = max(rule.material_ha, rule.material_share * before)
    if abs(row.area_ha - before) >= least - 1e-9:
        changes.append(f"area {before:.2f} -> {row.area_ha:.2f} ha")
    if (grade := record.numbers.get("severity")) != row.severity:
        changes.append(f"severity {grade} -> {row.severity}")
    return changes


def _outgrown(area_ha: float, verdict: Entry, rule: LedgerRule) -> bool:
    """Whether there is well more ground now than a person judged."""
    judged = _judged_ha(verdict)
    much = area_ha >= rule.reopen_factor * judged - EPSILON_HA
    return much and area_ha - judged >= rule.material_ha - EPSILON_HA


def _judged_ha(verdict: Entry) -> float:
    return float(verdict.numbers.get("area_ha") or 0.0)


def _withdrawn(
    alerts: gpd.GeoDataFrame,
    checked: Collection[str],
    records: Mapping[str, AlertRecord],
    rule: LedgerRule,
    law: Mapping[str, str],
) -> Iterator[Act]:
    """Alerts the run looked for and did not find.

    Under another name now, lawful under a law that changed, or found no more.
    """
    found = alerts[alerts["state"] == OPEN]
    now = set(found["alert_id"])
    carried: set[str] = set()
    rows = {row.alert_id: row for row in alerts.itertuples(index=False)}
    for record in records.values():
        if not record.found or record.alert_id in now or record.mine_id not in checked:
            continue
        row = rows.get(record.alert_id)
        heir = _heir(row, found, rule) if row is not None else None
        because = _because(law, record.alert_id)
        if heir is None and because:
            yield Act("superseded", record.alert_id, SUPERSEDED, because.strip())
            continue
        if heir is None:
            why = row.reason if row is not None else "The run does not find it any more."
            retracted = record.state == OPEN
            act, state = ("retracted", RETRACTED) if retracted else ("not_found", record.state)
            yield Act(act, record.alert_id, state, why)
            continue
        why = f"{because}Its ground is that of alert {heir.alert_id} now: {heir.reason}"
        yield Act("superseded", record.alert_id, SUPERSEDED, why, {"heir": heir.alert_id})
        new = heir.alert_id not in records and heir.alert_id not in carried
        if new and (verdict := _answer(heir, record, rule)):
            carried.add(heir.alert_id)
            yield _carried(heir, verdict)


def _heir(gone: Any, found: gpd.GeoDataFrame, rule: LedgerRule) -> Any | None:
    """The alert of the same mine that covers most of a withdrawn one's ground, if enough."""
    near = found[found["mine_id"] == gone.mine_id]
    if near.empty or gone.geometry is None or not gone.geometry.area:
        return None
    shares = shapely.area(shapely.intersection(near.geometry.values, gone.geometry))
    shares /= gone.geometry.area  # of degrees: at one mine they are all alike
    best = int(shares.argmax())
    rows = list(near.itertuples(index=False))
    return rows[best] if shares[best] >= rule.same_ground else None


def _answer(heir: Any, record: AlertRecord, rule: LedgerRule) -> Entry | None:
    """The verdict on a withdrawn alert, if its heir asks the same of about the same ground."""
    verdict, told = record.verdict, record.numbers
    asked = told.get("rule"), told.get("zone_type"), is_synthetic(str(told.get("zone_id")))
    if verdict is None or (heir.rule, heir.zone_type, is_synthetic(heir.zone_id)) != asked:
        return None
    stands = verdict.state == CONFIRMED or not _outgrown(heir.area_ha, verdict, rule)
    return verdict if stands else None


def _carried(heir: Any, verdict: Entry) -> Act:
    """A person's verdict taken over by the alert that lies on the same ground now."""
    first = verdict.numbers.get("from") or verdict.alert_id
    why = f"{verdict.who} judged alert {first}, the same ground: {verdict.why}"
    if verdict.act == "carried":  # it was taken over before
        why = verdict.why
    numbers = {"area_ha": verdict.numbers.get("area_ha"), "from": first}
    return Act("carried", heir.alert_id, verdict.state, why, numbers)


def as_found(previous: gpd.GeoDataFrame, records: Mapping[str, AlertRecord]) -> gpd.GeoDataFrame:
    """The alerts of the run before with the states a run gives: open or retracted.

    Undoes `with_states`, so that `analysis.alerts.violation_alerts` compares finding with finding.
    """
    known = {id_: OPEN if record.found else RETRACTED for id_, record in records.items()}
    return _restated(previous, known)


def with_states(alerts: gpd.GeoDataFrame, records: Mapping[str, AlertRecord]) -> gpd.GeoDataFrame:
    """The alerts of a run with the states of the ledger, which every run and person has made.

    The reason of a superseded one names the alert that has its ground now.
    """
    gone = {id_: r.last.why for id_, r in records.items() if r.state == SUPERSEDED}
    reasons = alerts["alert_id"].map(gone.get).fillna(alerts["reason"])
    shown = _restated(alerts, {id_: record.state for id_, record in records.items()})
    return shown.assign(reason=reasons.astype(alerts["reason"].dtype))


def _restated(alerts: gpd.GeoDataFrame, known: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Alerts with the states that are known, the others with their own."""
    pairs = zip(alerts["alert_id"], alerts["state"], strict=True)
    states = [known.get(alert_id, state) for alert_id, state in pairs]
    return alerts.assign(state=pd.Series(states, alerts.index, alerts["state"].dtype))
