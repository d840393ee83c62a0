"""The cube in; the mines no image was ever had of, and why, out: failures, not clean mines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np

from cube.contract import CubeError, Window
from cube.store import open_cube
from pipelines.job import Job
from pipelines.tasks import Failed


def fail_unseen(job: Job, windows: Sequence[Window]) -> None:
    """Note every mine of the run that was searched for, and of which no pixel came.

    Read from the cube, so that a rerun, which asks the catalogue nothing, says the same.
    """
    try:
        cube = open_cube(job.repository, raw=True, chunks=None)
    except CubeError:
        return
    names = cube["mine_id"].values
    seen = set(names[(~np.isnat(cube["acquired"].values)).any(axis=1)])
    searched = set(names[(~np.isnat(cube["searched_until"].values)).any(axis=1)])
    for mine_id in dict.fromkeys(window.mine_id for window in windows):
        if mine_id in searched - seen:
            said = cube["source_items"].values[names == mine_id].ravel().tolist()
            job.fail(mine_id, "ingest", Failed(_why(read_errors(said))))


def read_errors(source_items: Iterable[str]) -> dict[str, str]:
    """Why scenes could not be read, by item id, from the cube's `source_items`."""
    items = (item for text in source_items if text for item in json.loads(text))
    return {item["id"]: item["error"] for item in items if "error" in item}


def _why(errors: dict[str, str]) -> str:
    if errors:
        item_id, reason = next(iter(errors.items()))
        return f"none of its {len(errors)} scenes could be read; the first, {item_id}: {reason}"
    return (
        "no scene of the catalogue reaches it. Check that its polygon lies where it should, and "
        "that the catalogue covers the place and the period."
    )
