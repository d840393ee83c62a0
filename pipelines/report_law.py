"""What a run's law step left in, the rows that the report shows of it out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.alert_states import STANDING
from analysis.encroachment import APPROACHING
from analysis.synthetic_zones import is_synthetic, zone_words
from analysis.zones import LEGAL, NO_GO, UNKNOWN
from pipelines.growth_words import arrival, front_sentence, rate_words
from pipelines.reporting.stored_table import stored_table
from pipelines.tables import safe_cell
from pipelines.wording import percent

RATES = Path("final/metrics/rates.csv")
ENCROACHMENT = Path("final/metrics/encroachment.csv")
BOUNDARIES = Path("final/alerts/boundaries.csv")
WATCH_LIST = Path("final/alerts/watch_list.csv")
ZONES = Path("validation/step2_zone_assignments.csv")

CLASSES = {
    "leased": "inside a lease",
    "watch_buffer": "outside every lease, in the watch ring of one",
    "outside_lease": "farther outside every lease",
    "no_go": "in a no-go zone",
    "unruled": "where no law is known",
}
"""What the classes of ground are called."""

LEASE = "lease"
"""The zone_type of ground judged inside a lease."""

Row = dict[str, Any]


def alert_rows(alerts: gpd.GeoDataFrame, output: Path) -> list[Row]:
    """The alerts in the order they are shown: those that stand first, the largest first."""
    sides = _by(stored_table(output / BOUNDARIES), "alert_id")
    rates = stored_table(output / RATES)
    rates = rates[rates["subject"] == "alert"] if len(rates) else rates
    paces = _by(rates, "subject_id")
    shown = alerts.assign(fallen=~alerts["state"].isin(STANDING))
    shown = shown.sort_values(["fallen", "area_ha"], ascending=[True, False])
    rows = []
    for row in _rows(shown.drop(columns=["geometry", "fallen"])):
        alert = row["alert_id"]
        stands = row["state"] in STANDING
        rows.append(
            row
            | {
                "first_violation_date": f"{row['first_violation_date']:%Y-%m-%d}",
                "confirmed_date": f"{row['confirmed_date']:%Y-%m-%d}",
                "where": where(row["zone_type"], row["zone_id"], row["rule"]),
                "kind": kind(row["zone_type"], row["zone_id"]),
                "confidence": "" if pd.isna(row["confidence"]) else f"{row['confidence']:.2f}",
                "stands": stands,
                "synthetic": is_synthetic(row["zone_id"]),
                "sides": sides.get(alert) if stands else None,
                "side": "in the lease" if row["zone_type"] == LEASE else "beyond the line",
                "p_outside": percent(sides[alert]["p_outside"]) if alert in sides else "",
                "pace_ha": _pace(row, paces.get(alert)),
                "pace": rate_words(paces[alert]) if stands and alert in paces else "",
            }
        )
    return rows


def watch_rows(output: Path) -> list[Row]:
    """The watch list, the largest first."""
    table = stored_table(output / WATCH_LIST)
    if not len(table):
        return []
    table = table.sort_values(["area_ha", "alert_id"], ascending=[False, True])
    return [
        row | {"where": where(row["zone_type"], row["zone_id"], row["rule"])}
        for row in _rows(table)
    ]


def growth_rows(output: Path) -> dict[str, Row]:
    """By mine, as CSV has its name: its rates in words, and the front to warn of."""
    rates = stored_table(output / RATES)
    fronts = stored_table(output / ENCROACHMENT)
    if len(fronts):
        fronts = fronts.assign(
            waits=fronts["status"] != APPROACHING, away=fronts["gap_m"].abs()
        ).sort_values(["waits", "months", "away", "region_id", "zone_id"])
    first = _by(fronts.drop_duplicates("mine_id") if len(fronts) else fronts, "mine_id")
    found: dict[str, Row] = {}
    for row in _rows(rates[rates["subject"] == "mine"]) if len(rates) else ():
        mine = found.setdefault(row["mine_id"], {"legal": "", "illegal": "", "all": ""})
        if row["ground"] in mine and not np.isnan(row["ha_per_month"]):
            mine[row["ground"]] = _short(row)
    for mine_id, mine in found.items():
        front = first.get(mine_id)
        nears = front is not None and front["status"] == APPROACHING
        mine["front"] = front_sentence(front) if front and nears else ""
        mine["arrives"] = arrival(front).replace(" months", "") if front and nears else ""
    return found


def law_coverage(metrics: Mapping[str, Any], output: Path) -> Row:
    """How many mines each word of law speaks of, and the ground dug under each class of it."""
    zones = pd.read_csv(output / ZONES, dtype=str, keep_default_na=False)
    areas = metrics["excavated_ha_by_law"]
    words = (LEGAL, NO_GO, UNKNOWN)
    return {
        "mines": {word: int((zones["zone"] == word).sum()) for word in words},
        "areas": [(CLASSES[law], areas[law]) for law in CLASSES if law in areas],
    }


def where(zone_type: str, zone_id: str, rule: str) -> str:
    """`in forest F_1`, `outside any lease`, `in lease L_1 beyond what it permits`."""
    if zone_type == LEASE:
        return f"in lease {zone_id} beyond what it permits"
    if zone_type == "watch_buffer":
        return f"in the watch ring of lease {zone_id}"
    if zone_type == zone_id:  # the rule, not a zone: `outside_lease`
        return zone_type.replace("outside_lease", "outside any lease").replace("_", " ")
    return f"in {zone_words(*_named(zone_type, zone_id))} {zone_id}"


def kind(zone_type: str, zone_id: str) -> str:
    """What kind of line was crossed: `forest`, `outside any lease`, `more than a lease permits`."""
    if zone_type == LEASE:
        return "more than a lease permits"
    if zone_type == zone_id:
        return where(zone_type, zone_id, "")
    return zone_words(*_named(zone_type, zone_id))


def growth_of(mine_id: str, rows: Mapping[str, Row]) -> Row:
    """A mine's row of `growth_rows`, empty words where there is none."""
    nothing = {"legal": "", "illegal": "", "all": "", "front": "", "arrives": ""}
    return rows.get(str(safe_cell(mine_id)), nothing)


def _named(zone_type: str, zone_id: str) -> tuple[str, str]:
    """The type as it is read before a name: `forest zone`, `protected area`, `no-go zone`."""
    named = {"forest": "forest zone", "water": "water zone", "other": "no-go zone"}
    return named.get(zone_type, zone_type), zone_id


def _short(row: Row) -> str:
    """`1.75 (1.14 to 2.72)` ha per month."""
    low, high = row["ha_per_month_low"], row["ha_per_month_high"]
    return f"{row['ha_per_month']:.2f} ({low:.2f} to {high:.2f})"


def _pace(alert: Row, rate: Row | None) -> float:
    """Hectares a month to the day whose digging would be confirmed; else as the alert has it."""
    known = rate is not None and not np.isnan(rate["ha_per_month"])
    return rate["ha_per_month"] if rate and known else alert["growth_ha_per_month"]


def _by(table: pd.DataFrame, column: str) -> dict[str, Row]:
    return {str(row[column]): row for row in _rows(table)}


def _rows(table: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
