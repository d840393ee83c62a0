"""What a visitor wants to see of all mines: from the address or the form in, a row mask out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from dashboard.look.palette import SEVERITY

OPEN_STATES = ("open", "confirmed")
"""Of an alert that still stands."""


@dataclass(frozen=True)
class Choice:
    """Filters that all have to hold; an empty one always does.

    Attributes
    ----------
    state, district : of the mine
    severity : keys of `SEVERITY`, any of them
    zone, since, until, confidence : of one and the same standing alert of the mine: the type of
        ground, the first violation's date (both ends included), the least confidence [0..1]
    """

    state: str = ""
    district: str = ""
    zone: str = ""
    severity: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    confidence: float = 0.0

    def of_alerts(self) -> bool:
        """True where only mines with a standing alert can answer."""
        return bool(self.zone or self.since or self.until or self.confidence)

    def values(self) -> dict[str, Any]:
        """As the form holds it."""
        return {
            "state": self.state,
            "district": self.district,
            "zone": self.zone,
            "severity": list(self.severity),
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "confidence": self.confidence,
        }


def choice(values: Mapping[str, Any]) -> tuple[Choice, list[str]]:
    """The choice that a form's values or an address ask for, and what of them was not understood.

    Anything can stand in an address; what cannot be read is left out and said.
    """
    remarks: list[str] = []
    severity = values.get("severity") or ()
    keys = severity.split(",") if isinstance(severity, str) else [str(key) for key in severity]
    known = tuple(key for key in SEVERITY if key in {k.strip().upper() for k in keys})
    unknown = [k for k in keys if k and k.strip().upper() not in SEVERITY]
    if unknown:
        remarks.append(f"There is no severity {_short(unknown[0])}; there are {_severities()}.")
    since, until = _day(values, "from", remarks), _day(values, "to", remarks)
    if since and until and since > until:
        since, until = until, since
        remarks.append("The two dates were the wrong way round; they have been exchanged.")
    return Choice(
        state=_text(values.get("state")),
        district=_text(values.get("district")),
        zone=_text(values.get("zone")),
        severity=known,
        since=since,
        until=until,
        confidence=_confidence(values.get("confidence"), remarks),
    ), remarks


def standing(alerts: pd.DataFrame) -> pd.DataFrame:
    """The alerts that nobody dismissed, retracted or replaced."""
    return alerts[alerts["state"].isin(OPEN_STATES)]


def chosen(mines: pd.DataFrame, alerts: pd.DataFrame, want: Choice) -> np.ndarray:
    """Which mines answer a choice.

    Parameters
    ----------
    mines : one row per mine: mine_id, state, district, severity (a key of `SEVERITY`)
    alerts : standing alerts: mine_id, zone_type, first_violation_date, confidence

    Returns
    -------
    (mine,) bool
    """
    mask = np.ones(len(mines), bool)
    for column, value in (("state", want.state), ("district", want.district)):
        if value:
            mask &= (mines[column] == value).to_numpy()
    if want.severity:
        mask &= mines["severity"].isin(want.severity).to_numpy()
    if want.of_alerts():
        answering = alerts["mine_id"][answers(alerts, want)]
        mask &= mines["mine_id"].isin(set(answering)).to_numpy()
    return mask


def answers(alerts: pd.DataFrame, want: Choice) -> np.ndarray:
    """Which alerts have the zone type, the date and the confidence asked for; (alert,) bool."""
    mask = np.ones(len(alerts), bool)
    if want.zone:
        mask &= (alerts["zone_type"] == want.zone).to_numpy()
    first = pd.to_datetime(alerts["first_violation_date"])
    if want.since:
        mask &= (first >= pd.Timestamp(want.since)).to_numpy()
    if want.until:
        mask &= (first <= pd.Timestamp(want.until)).to_numpy()
    if want.confidence:
        mask &= (alerts["confidence"].astype(float) >= want.confidence).to_numpy()
    return mask


def _day(values: Mapping[str, Any], name: str, remarks: list[str]) -> date | None:
    text = str(values.get(name) or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        remarks.append(f"{_short(text)} is no date like 2022-03-01; {name!r} is left out.")
        return None


def _confidence(value: Any, remarks: list[str]) -> float:
    if value in (None, ""):
        return 0.0
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not 0 <= number <= 1:
        remarks.append(f"A confidence is a number from 0 to 1, not {_short(value)}; left out.")
        return 0.0
    return number


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:200]


def _short(value: Any) -> str:
    return repr(str(value)[:40])


def _severities() -> str:
    return ", ".join(SEVERITY)
