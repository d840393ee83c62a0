"""Work on tiles that survives a kill: what was done is read back, only the rest is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from pipelines.job import Job
from pipelines.run_record import whole_path
from pipelines.tasks import Failed, outcomes
from pipelines.wording import counted

Arrays = dict[str, np.ndarray]


def tile_results(
    job: Job,
    stage: str,
    key: str,
    what: str,
    work: Callable[..., Arrays],
    told: Mapping[str, tuple[Any, ...]],
) -> dict[str, Arrays]:
    """The arrays of every tile, by its name; each is kept under OUTPUT/scan as it comes.

    Parameters
    ----------
    stage : folder of the kept files
    key : hash of all that decides the results; what was kept under another is not read
    what : of the progress bar, e.g. "classifying cells"
    work : runs on a worker with a tile's arguments, returns named arrays
    """
    folder = job.output / "scan" / f"{stage}-{key}"
    found = {name: arrays for name in told if (arrays := _kept(folder / f"{name}.npz"))}
    todo = {name: arguments for name, arguments in told.items() if name not in found}
    if not todo:
        job.skip(stage, f"{counted(len(told), 'tile')}, all there")
        return found
    with job.step(stage, key) as notes:
        done = 0
        with job.progress(what, len(todo)) as advance:
            for name, outcome in outcomes(job.client, work, todo):
                advance()
                if isinstance(outcome, Failed):
                    job.fail(name, stage, outcome)
                    continue
                with whole_path(folder / f"{name}.npz") as part, part.open("wb") as stream:
                    np.savez_compressed(stream, **outcome)
                found[name] = outcome
                done += 1
        notes.said = f"{counted(done, 'tile')}" + (
            f", {len(told) - len(todo)} kept from before" if len(told) > len(todo) else ""
        )
        notes.facts = {"tiles": done, "kept": len(told) - len(todo)}
    return found


def _kept(path: Path) -> Arrays | None:
    """The arrays of a file; None where there is none, or one that cannot be read is done again."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, BadZipFile, EOFError):
        return None
