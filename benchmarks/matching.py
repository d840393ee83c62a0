"""Alerts and the breaches that truly happened in, which is which and how far apart out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

RULES = {"no_go_zone": "no_go", "outside_lease": "outside_lease"}
"""The truth's word for a rule -> the alerts'."""

STANDING = ("open", "confirmed")
"""States of alerts that claim a violation."""

LEAST_HA = 0.1
"""What must truly lie more than 10 m beyond the line [ha], or no rule could claim it."""

NEAR_DAYS = 20
"""A first date this near to the truth [days] counts as right."""

RAINS = (6, 7, 8, 9, 10)
"""Months in which cloud hides most looks."""


@dataclass(frozen=True)
class Match:
    """A true breach and the alert that found it, if any did."""

    truth: Mapping[str, Any]
    alert: Mapping[str, Any] | None

    @property
    def date_error(self) -> float:
        """First violation date less the day on which 0.1 ha had been dug [days], NaT: NaN."""
        if self.alert is None or pd.isna(self.alert["first_violation_date"]):
            return float("nan")
        true = pd.Timestamp(self.truth["minimum_date"])
        return float((pd.Timestamp(self.alert["first_violation_date"]) - true).days)

    @property
    def area_ratio(self) -> float:
        """Area of the alert over the true one, NaN where there is no alert."""
        if self.alert is None:
            return float("nan")
        return float(self.alert["area_ha"]) / float(self.truth["area_ha"])

    @property
    def in_rains(self) -> bool:
        """Whether 0.1 ha was reached from June to October."""
        return pd.Timestamp(self.truth["minimum_date"]).month in RAINS


@dataclass(frozen=True)
class Matching:
    """All breaches with their alerts, and the alerts that are true of nothing."""

    matches: tuple[Match, ...]
    false: tuple[Mapping[str, Any], ...]

    @property
    def found(self) -> list[Match]:
        return [match for match in self.matches if match.alert is not None]

    def __add__(self, other: Matching) -> Matching:
        return Matching(self.matches + other.matches, self.false + other.false)


def matched(alerts: pd.DataFrame, truths: Iterable[Mapping[str, Any]]) -> Matching:
    """Every true breach with the alert on the same mine, under the same rule, in the same zone.

    Parameters
    ----------
    alerts : table with the columns of violation_alerts.csv; those not standing are left out
    truths : breaches as an archive's truth/violations.json has them; those of which less than
        `LEAST_HA` lies more than 10 m beyond the line are not asked for, nor is an alert on one
        of them false
    """
    claimed = alerts[alerts["state"].isin(STANDING)]
    rows = [dict(zip(claimed.columns, row, strict=True)) for row in claimed.itertuples(index=False)]
    standing = {_key(row): row for row in rows}
    matches, excused = [], set()
    for truth in truths:
        rule = RULES[truth["rule"]]
        key = (truth["mine_id"], rule, truth["zone_id"] or rule)
        if truth["beyond_10m_ha"] >= LEAST_HA:
            matches.append(Match(truth, standing.get(key)))
        excused.add(key)
    false = [alert for key, alert in standing.items() if key not in excused]
    return Matching(tuple(matches), tuple(false))


def _key(alert: Mapping[str, Any]) -> tuple[str, str, str]:
    return alert["mine_id"], alert["rule"], alert["zone_id"] or alert["rule"]


def share(hits: int, of: int) -> dict[str, float]:
    """A share with Wilson's 95 % interval; NaN of nothing."""
    if not of:
        return {"hits": 0, "of": 0} | dict.fromkeys(("share", "low", "high"), float("nan"))
    bounds = binomtest(hits, of).proportion_ci(0.95, method="wilson")
    low, high = float(bounds.low), float(bounds.high)
    return {"hits": hits, "of": of, "share": hits / of, "low": low, "high": high}


def scores(matching: Matching) -> dict[str, Any]:
    """Precision, recall, and how far dates and areas lie from the truth."""
    found = matching.found
    errors = np.array([match.date_error for match in found])
    dry = np.array([match.date_error for match in found if not match.in_rains])
    ratios = np.array([match.area_ratio for match in found])
    return {
        "precision": share(len(found), len(found) + len(matching.false)),
        "recall": share(len(found), len(matching.matches)),
        "first_date_within_20_days": share(int((np.abs(errors) <= NEAR_DAYS).sum()), errors.size),
        "first_date_within_20_days_dry_season": share(
            int((np.abs(dry) <= NEAR_DAYS).sum()), dry.size
        ),
        "first_date_error_days": _spread(errors),
        "first_date_error_days_dry_season": _spread(dry),
        "area_ratio": {
            "median": float(np.median(ratios)) if ratios.size else float("nan"),
            "low": float(ratios.min(initial=np.inf)),
            "high": float(ratios.max(initial=-np.inf)),
        },
    }


def _spread(errors: np.ndarray) -> dict[str, float]:
    """Bias (median of the signed errors) and the distribution of their size [days]."""
    names = ("bias", "median", "p90", "max")
    if not errors.size:
        return dict.fromkeys(names, float("nan"))
    size = np.abs(errors)
    values = np.median(errors), np.median(size), np.percentile(size, 90), size.max()
    return {name: float(value) for name, value in zip(names, values, strict=True)}
