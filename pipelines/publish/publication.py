"""The kept files of a run, its cube and its ledger in; a complete publication's folder out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from analysis.ledger import Chain
from cube.contract import Window
from cube.store import measured_windows, open_results
from pipelines.exports.grid import mine_grid
from pipelines.publish.downloads import evidence_files, mine_downloads, national_downloads
from pipelines.publish.files import link
from pipelines.publish.folder import ABOUT, FORMAT
from pipelines.publish.found import Found
from pipelines.publish.layers import LAYERS
from pipelines.publish.mine_file import mine_file
from pipelines.publish.mine_tables import write_mine_tables
from pipelines.publish.national import STATUSES, alert_table, national_table
from pipelines.run_record import key_of, whole_file, whole_path

FILES, MINES, PICTURES, SHEETS = "files", "mines", "pictures", "sheets"
"""Folders of a publication."""


RECORD = "run.json"
"""The run's record, among the files."""


@dataclass(frozen=True)
class Told:
    """What a publication says of itself beside its key.

    run_key : which run's files it shows
    cube : where the imagery is, "" for `cube` in the output folder
    failed : mines that could not be drawn, and have no pictures
    """

    run_key: str
    run_id: str
    minecube: str
    period: str
    cadence_days: int
    cube: str
    snapshots: Mapping[str, str]
    simulated: bool
    failed: Sequence[str]
    published_at: str


def publication_key(run_key: str, ledger: Chain, failed: Sequence[str] = ()) -> str:
    """The name of what is shown of a run: other words in the ledger, another publication.

    One in which mines failed has another name than that in which they will not.
    """
    return key_of(FORMAT, run_key, ledger.head, *([list(failed)] if failed else []))


def write_tables(
    making: Path,
    key: str,
    told: Told,
    found: Found,
    repository: str,
    before: Path | None,
    untouched: frozenset[str] = frozenset(),
    of_runs: int | None = None,
) -> None:
    """Write every mine's file, the tables of all mines and alerts, and what the whole is.

    Parameters
    ----------
    making : has `files` and `pictures` already
    before, untouched : the publication before, and the mines whose files in it are still right
    of_runs : how many entries of the ledger the run knew; all of them unless told
    """
    files = making / FILES
    evidence = evidence_files(files)
    windows = _windows(repository, told.snapshots["results"], found)
    rows = []
    for mine_id in found.mines["mine_id"]:
        target = making / MINES / f"{mine_id}.json"
        target.parent.mkdir(exist_ok=True)
        if mine_id in untouched and before is not None:
            link(before / MINES / target.name, target)
            _link_tables(before, making, mine_id)
            continue
        pictures = _pictures(making, mine_id)
        own = windows.get(mine_id, [])
        grid = mine_grid(own) if own and pictures else None
        page = mine_file(mine_id, found, own, grid, pictures, [])
        regions = found.regions[found.regions["mine_id"] == mine_id]
        write_mine_tables(files / MINES / mine_id, page, regions)
        packs = {
            alert: evidence[alert]
            for alert in found.alerts.loc[found.alerts["mine_id"] == mine_id, "alert_id"]
            if alert in evidence
        }
        page["downloads"] = mine_downloads(files, mine_id, packs)
        with whole_file(target) as stream:
            stream.write(as_json(page))
        rows.append(page["summary"])
    _write_all(making, found, rows, evidence, before, untouched)
    with whole_file(making / ABOUT) as stream:
        json.dump(_about(key, told, found, files, of_runs), stream, indent=1)


def as_json(told: object) -> str:
    """Compact JSON; NaN, which JSON has not, is refused."""
    return json.dumps(told, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def _write_all(
    making: Path,
    found: Found,
    rows: list[dict[str, Any]],
    evidence: Mapping[str, list[str]],
    before: Path | None,
    untouched: frozenset[str],
) -> None:
    table = national_table(rows, found.mines) if rows else None
    if before is not None and untouched:
        old = gpd.read_parquet(before / "mines.parquet")
        old = old[old["mine_id"].isin(untouched)]
        table = old if table is None else gpd.GeoDataFrame(pd.concat([table, old]))
    assert table is not None  # a run without a mine does not come so far
    order = {mine: i for i, mine in enumerate(found.mines["mine_id"])}
    table = table.sort_values("mine_id", key=lambda ids: ids.map(order), ignore_index=True)
    with whole_path(making / "mines.parquet") as part:
        table.to_parquet(part, index=False)
    with whole_path(making / "alerts.parquet") as part:
        alert_table(found, evidence).to_parquet(part, index=False)


def _about(key: str, told: Told, found: Found, files: Path, of_runs: int | None) -> dict[str, Any]:
    entries = len(found.ledger.entries) if of_runs is None else of_runs
    head = {"entries": entries, "head": found.ledger.head}
    return {
        "format": FORMAT,
        "key": key,
        **vars(told),
        "snapshots": dict(told.snapshots),
        "ledger": head,
        "mines": len(found.mines),
        "alerts": len(found.alerts),
        "layers": [layer.told() for layer in LAYERS.values()],
        "statuses": STATUSES,
        "downloads": national_downloads(files),
    }


def _pictures(making: Path, mine_id: str) -> dict[str, Any]:
    path = making / PICTURES / f"{mine_id}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _link_tables(before: Path, making: Path, mine_id: str) -> None:
    source = before / FILES / MINES / mine_id
    for path in source.iterdir() if source.is_dir() else ():
        target = making / FILES / MINES / mine_id / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        link(path, target)


def _windows(repository: str, snapshot: str, found: Found) -> dict[str, list[Window]]:
    """The analysed windows of every mine, where their pixels were measured."""
    results = open_results(repository, snapshot=snapshot, chunks=None)
    windows: dict[str, list[Window]] = {}
    for window, analysed in zip(measured_windows(results), results["analysed"].values, strict=True):
        if bool(analysed) and window.mine_id in found.records:
            windows.setdefault(window.mine_id, []).append(window)
    return windows
