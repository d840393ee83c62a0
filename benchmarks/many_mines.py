"""A published run of a few mines in, a publication of many out: the same under other names.

Pages, sheets and tables are of full size; the cube is that of the few, whose names stay.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from dashboard.stored import Publication, Stored
from pipelines.publish.files import link
from pipelines.publish.folder import ABOUT, FOLDER, Pointer, show, utc_now
from pipelines.run_record import key_of

PLACES = (
    ("Jharkhand", "Dhanbad", 86.4, 23.8), ("Jharkhand", "Bokaro", 85.9, 23.7),
    ("Jharkhand", "Chatra", 84.9, 23.9), ("Jharkhand", "Godda", 87.3, 24.9),
    ("Odisha", "Angul", 85.1, 20.9), ("Odisha", "Sundargarh", 83.8, 22.0),
    ("Chhattisgarh", "Korba", 82.6, 22.3), ("Chhattisgarh", "Surguja", 83.1, 22.9),
    ("Madhya Pradesh", "Singrauli", 82.6, 24.2), ("Madhya Pradesh", "Shahdol", 81.5, 23.3),
    ("Maharashtra", "Chandrapur", 79.3, 19.9), ("Maharashtra", "Yavatmal", 78.9, 20.1),
    ("West Bengal", "Paschim Bardhaman", 87.1, 23.7), ("Telangana", "Mancherial", 79.5, 18.9),
    ("Uttar Pradesh", "Sonbhadra", 82.8, 24.1), ("Assam", "Tinsukia", 95.7, 27.3),
)  # fmt: skip
"""State, district, longitude, latitude of coal fields; the mines on them are made up."""

SPREAD_DEGREES = 0.25


def many_mines(source: Path, target: Path, count: int) -> str:
    """Write a publication of `count` mines at `target`, an output folder of its own; its key.

    Raises
    ------
    CubeError
        If nothing is published at `source`.
    """
    few = Stored(source).current()
    key = key_of("many", few.key, count)
    root = target / FOLDER
    folder = root / key
    folder.mkdir(parents=True, exist_ok=True)
    _link_run(source, target)
    names = _names(few, count)
    rng = np.random.default_rng(0)
    table, alerts = few.national(), few.alerts()
    rows, found = [], []
    for i, (name, old) in enumerate(names):
        place = _place(rng, i, table[table["mine_id"] == old]) if name != old else None
        _write_page(few, folder, name, old, place, i)
        rows.append(_moved(table[table["mine_id"] == old], name, place, i))
        found.append(_moved(alerts[alerts["mine_id"] == old], name, place, i))
    _together(rows).to_parquet(folder / "mines.parquet", index=False)
    _together(found).to_parquet(folder / "alerts.parquet", index=False)
    _link_folder(few.folder / "files" / "final" / "alerts", folder / "files" / "final" / "alerts")
    told = {**few.about, "key": key, "mines": count, "cube": str((source / "cube").resolve())}
    (folder / ABOUT).write_text(json.dumps(told))
    show(root, Pointer(key, few.run_id, utc_now(), few.about["snapshots"]))
    return key


Place = tuple[str, str, float, float]
"""State, district, and by how many degrees a mine is moved east and north."""


def _names(few: Publication, count: int) -> list[tuple[str, str]]:
    """New name and whose pages it has; the few keep theirs."""
    old = few.national()["mine_id"].tolist()
    return [(old[i] if i < len(old) else f"MADE_{i:03d}", old[i % len(old)]) for i in range(count)]


def _place(rng: np.random.Generator, i: int, row: gpd.GeoDataFrame) -> Place:
    state, district, lon, lat = PLACES[i % len(PLACES)]
    east, north = rng.uniform(-SPREAD_DEGREES, SPREAD_DEGREES, 2)
    own = row.iloc[0]
    return state, district, lon + east - own["lon"], lat + north - own["lat"]


def _write_page(
    few: Publication, folder: Path, name: str, old: str, place: Place | None, number: int
) -> None:
    """A mine's file under its new name; its pictures are the old ones."""
    told: dict[str, Any] = json.loads((few.folder / "mines" / f"{old}.json").read_text())
    if place is not None:
        told = copy.deepcopy(told) | {"mine_id": name}
        state, district, east, north = place
        summary = told["summary"]
        summary |= {"mine_id": name, "state": state, "district": district}
        summary |= {"lon": summary["lon"] + east, "lat": summary["lat"] + north}
        for alert in told["alerts"]:
            alert |= {"mine_id": name, "alert_id": _alert_id(alert["alert_id"], number)}
        for entry in told["ledger"]:
            entry["alert_id"] = _alert_id(entry["alert_id"], number)
        told["downloads"] = []
    path = folder / "mines" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(told, separators=(",", ":")))
    _link_folder(few.folder / "sheets" / old, folder / "sheets" / name)
    (folder / "pictures").mkdir(exist_ok=True)
    for end in (".json", ".npz"):
        if (few.folder / "pictures" / f"{old}{end}").exists():
            link(few.folder / "pictures" / f"{old}{end}", folder / "pictures" / f"{name}{end}")


def _moved(rows: gpd.GeoDataFrame, name: str, place: Place | None, i: int) -> gpd.GeoDataFrame:
    """Rows of one mine under its new name and at its new place."""
    if place is None:
        return rows
    state, district, east, north = place
    rows = rows.assign(
        mine_id=name, lon=rows["lon"] + east, lat=rows["lat"] + north,
        geometry=rows.geometry.translate(east, north),
    )  # fmt: skip
    if "alert_id" in rows:
        ids = [_alert_id(one, i) for one in rows["alert_id"]]
        return rows.assign(alert_id=ids, mine_state=state, mine_district=district)
    return rows.assign(state=state, district=district)


def _alert_id(old: str, number: int) -> str:
    return key_of(old, number)[:16]


def _together(tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    filled = [table for table in tables if len(table)] or tables[:1]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=4326)


def _link_run(source: Path, target: Path) -> None:
    """What a server looks for beside publications: the run's record, its ledger."""
    for name in ("run.json", "ledger.jsonl", "ledger.head"):
        if (source / name).exists():
            link(source / name, target / name, copy=True)


def _link_folder(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir() if source.is_dir() else ():
        link(path, target / path.name)
