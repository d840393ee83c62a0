"""A window of a finished run in, what its history says of every pixel out."""

from __future__ import annotations

from functools import lru_cache

from icechunk import Session
from shapely.geometry.base import BaseGeometry

from analysis.baseline import Baseline, BaselineRule
from analysis.carried import NUMBERS
from analysis.detection import look_days
from analysis.forward import begun
from cube.contract import CubeError, Window
from cube.store import open_cube, open_repository, read_carried
from cube.windows import outline_mask
from pipelines.window_excavation import window_looks


def window_baseline(
    repository: str,
    snapshot: str,
    position: int,
    window: Window,
    outline: BaseGeometry,
    rule: BaselineRule,
) -> Baseline:
    """The baseline that detection used: as the results carry it, else measured anew.

    They carry none while the record is so short that history grows with it, and one of another
    version is of no use. Measuring reads the whole window; runs on a worker.

    Parameters
    ----------
    position : of the window along `mine`
    window : where its pixels were measured
    outline : the mine's, EPSG:4326
    """
    stored = carried_baseline(repository, snapshot, position)
    if stored is not None:
        return stored
    cube = open_cube(repository, snapshot=snapshot, raw=True, chunks=None).isel(mine=position)
    looks = window_looks(repository, snapshot, position, range(cube.sizes["time"]))
    days = look_days(cube["acquired"].values, [looks])
    return begun([looks], days, rule, outline_mask(window, outline)).baseline


def carried_baseline(repository: str, snapshot: str, position: int) -> Baseline | None:
    """The baseline that results carry; None where they carry none, or one of another version."""
    try:
        stored = read_carried(_session(repository, snapshot), position, ("history",))
        numbers = {name: float(value) for name, value in stored.record["numbers"].items()}
        own = {name: numbers[name] for name in numbers if name not in NUMBERS}
        return Baseline(**stored.planes["history"], **own)  # type: ignore[arg-type]
    except (CubeError, FileNotFoundError, KeyError, TypeError):
        return None


@lru_cache(maxsize=2)
def _session(repository: str, snapshot: str) -> Session:
    """A version, opened once for all windows that a process asks about."""
    return open_repository(repository).readonly_session(snapshot_id=snapshot)
