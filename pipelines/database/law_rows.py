"""What a run's law step left beyond alerts in, rows of the results database out.

Runs of earlier versions left some of these files out: then there are no rows.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from shapely import to_wkb
from shapely.geometry import shape

from pipelines.database.law_tables import (
    AlertBoundary,
    Encroachment,
    ObservedMonth,
    Rate,
    WatchNotice,
)
from pipelines.tables import safe_cell

Row = dict[str, Any]
Content = Callable[[str], bytes | None]
"""A file of the run by its name below the output folder, None where the run left none."""

RATES, ENCROACHMENT = "final/metrics/rates.csv", "final/metrics/encroachment.csv"
MONTHLY, OBSERVED = "final/metrics/monthly_areas.csv", "final/metrics/observability.csv"
BOUNDARIES, WATCHED = "final/alerts/boundaries.csv", "final/alerts/watch_list.geojson"

BY_LAW = ("leased_ha", "watch_buffer_ha", "outside_lease_ha", "no_go_ha", "unruled_ha")


def law_rows(content: Content, mines: Collection[str]) -> dict[str, list[Row]]:
    """Rows of the tables rates, encroachment, boundaries, watch_list and observed_months.

    mines : the run's mines; a cell that was made safe for spreadsheets gets its name back
    """
    names = {str(safe_cell(mine)): mine for mine in mines}
    tables = ((Rate, RATES), (Encroachment, ENCROACHMENT), (AlertBoundary, BOUNDARIES),
              (ObservedMonth, OBSERVED))  # fmt: skip
    found = {
        model.__tablename__: [_row(model, cells, names) for cells in _cells(content(file))]
        for model, file in tables
    }
    known = set(mines)
    for name in ("rates", "encroachment", "observed_months"):
        found[name] = [row for row in found[name] if row["mine_id"] in known]
    return found | {"watch_list": _watched(content(WATCHED))}


def monthly_by_law(content: Content, mines: Collection[str]) -> dict[tuple[str, date], Row]:
    """Areas by law, by mine and first day of the month."""
    names = {str(safe_cell(mine)): mine for mine in mines}
    return {
        (names.get(cells["mine_id"], cells["mine_id"]), _day(cells["month"])): {
            name: float(cells[name]) for name in BY_LAW
        }
        for cells in _cells(content(MONTHLY))
    }


def _cells(content: bytes | None) -> list[dict[str, str]]:
    if content is None:
        return []
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


def _row(model: Any, cells: dict[str, str], names: dict[str, str]) -> Row:
    """The columns of a table out of a line of CSV; what is not known is None."""
    columns = [column for column in model.__table__.columns if column.name != "run_id"]
    row = {column.name: _value(column, cells.get(column.name, "")) for column in columns}
    row["mine_id"] = names.get(row["mine_id"], row["mine_id"])
    return row


def _value(column: Any, cell: str) -> Any:
    kind = column.type.python_type
    if kind is str:
        return cell
    if cell == "":
        return None
    return _day(cell) if kind is date else kind(float(cell))


def _day(text: str) -> date:
    """`2022-03-01`, or the first of `2022-03`."""
    return date.fromisoformat(text[:10] if len(text) > 7 else f"{text}-01")


def _watched(content: bytes | None) -> list[Row]:
    """The watch list with its outlines."""
    if content is None:
        return []
    rows = []
    for feature in json.loads(content)["features"]:
        told, outline = feature["properties"], shape(feature["geometry"])
        sides = zip(("west", "south", "east", "north"), outline.bounds, strict=True)
        row = {
            column.name: _told(column, told.get(column.name))
            for column in WatchNotice.__table__.columns
            if column.name != "run_id"
        }
        rows.append(row | {"geometry": to_wkb(outline)} | dict(sides))
    return rows


def _told(column: Any, value: Any) -> Any:
    """A property of GeoJSON as the database takes it."""
    if column.type.python_type is date:
        return _day(value) if value else None
    return value
