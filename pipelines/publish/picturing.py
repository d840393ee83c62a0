"""The mines of a run in; their sheets, new or from the publication before, in the folder out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from cube.store import open_results
from pipelines.job import Job
from pipelines.mine_ground import neighbours, positions_of
from pipelines.publish.files import link
from pipelines.publish.publication import PICTURES, SHEETS, as_json
from pipelines.publish.sheets import MinePictures, mine_pictures
from pipelines.run_record import whole_file
from pipelines.tasks import Failed, outcomes


def draw(
    job: Job,
    mines: gpd.GeoDataFrame,
    snapshots: Mapping[str, str],
    making: Path,
    before: Path | None,
) -> tuple[int, int]:
    """Put every mine's sheets into `making`; how many mines were drawn, how many sheets.

    A mine whose `pictures/<mine>.json` is there is done: a killed publisher's work is kept. What
    is as it was in the publication `before` is linked, not drawn.
    """
    positions = positions_of(job.repository, snapshots["results"])
    state = dict(snapshots) | {"regions": job.record.fact("regions", "key")}
    told: dict[str, tuple[Any, ...]] = {}
    known = {mine: _known(before, mine) for mine in mines["mine_id"] if mine in positions}
    outlines = mines.set_index("mine_id").geometry
    for mine, old in known.items():
        if (making / PICTURES / f"{mine}.json").exists():
            continue
        if old and before is not None and old["state"] == state:
            _keep(making, before, mine, old, {})
            continue
        told[mine] = (
            job.repository, snapshots["results"], snapshots["cube"], positions[mine],
            outlines[mine], old.get("keys", {}),
        )  # fmt: skip
    if not told:
        return 0, 0
    everywhere = (*neighbours(job, mines), job.config.regions)
    work = {mine: (*one, *everywhere) for mine, one in told.items()}
    drawn = sheets = 0
    with job.progress("drawing sheets", len(work)) as advance:
        for mine, outcome in outcomes(job.client, mine_pictures, work):
            advance()
            if isinstance(outcome, Failed):
                job.fail(mine, "publish", outcome)
                continue
            _put(making, before, outcome, known[mine], state)
            drawn += bool(outcome.sheets)
            sheets += len(outcome.sheets)
    return drawn, sheets


def snapshots_of(repository: str, snapshot: str | None = None) -> dict[str, str]:
    """The published results and the imagery they describe."""
    found = open_results(repository, snapshot=snapshot, chunks=None).attrs
    return {"cube": str(found["cube_snapshot"]), "results": str(found["snapshot"])}


def _known(before: Path | None, mine: str) -> dict[str, Any]:
    """What the publication before has of a mine's pictures; {} without."""
    path = before / PICTURES / f"{mine}.json" if before else None
    if path is None or not path.exists():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _put(
    making: Path,
    before: Path | None,
    made: MinePictures,
    old: Mapping[str, Any],
    state: Mapping[str, Any],
) -> None:
    """Write a mine's new sheets, link the others, and last the file that says it is done."""
    for (layer, year), content in made.sheets.items():
        with whole_file(making / SHEETS / made.mine_id / f"{layer}_{year}.webp", "wb") as stream:
            stream.write(content)
    if made.slots is None:
        told = {**old}
    else:
        told = {"slots": made.slots, "series": made.series, "layout": made.layout}
    if made.since is not None:
        with whole_file(making / PICTURES / f"{made.mine_id}.npz", "wb") as stream:
            np.savez_compressed(stream, since=made.since)
    told |= {"keys": made.keys, "state": state}
    _keep(making, before, made.mine_id, told, made.sheets)


def _keep(
    making: Path,
    before: Path | None,
    mine: str,
    told: Mapping[str, Any],
    new: Mapping[tuple[str, int], bytes],
) -> None:
    folder = making / SHEETS / mine
    folder.mkdir(parents=True, exist_ok=True)
    layout = told["layout"]
    for layer in layout["layers"]:
        for sheet in layout["years"]:
            name = f"{layer}_{sheet['year']}.webp"
            if (layer, sheet["year"]) not in new and before is not None:
                link(before / SHEETS / mine / name, folder / name)
    dug = f"{mine}.npz"
    if not (making / PICTURES / dug).exists() and before is not None:
        (making / PICTURES).mkdir(exist_ok=True)
        link(before / PICTURES / dug, making / PICTURES / dug)
    with whole_file(making / PICTURES / f"{mine}.json") as stream:
        stream.write(as_json(dict(told)))
