"""A window of a finished run in, what its history says of every pixel out."""

from __future__ import annotations

import numpy as np
from shapely.geometry.base import BaseGeometry

from analysis.baseline import Baseline, BaselineRule
from analysis.carried import Record, carried_from
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
    session = open_repository(repository).readonly_session(snapshot_id=snapshot)
    try:
        stored = read_carried(session, position)
        days = np.array(stored.record["days"], np.int64)
        return carried_from(Record(days, stored.planes, stored.record["numbers"])).baseline
    except (CubeError, FileNotFoundError, KeyError, TypeError):
        pass
    cube = open_cube(repository, snapshot=snapshot, raw=True, chunks=None).isel(mine=position)
    looks = window_looks(cube, range(cube.sizes["time"]))
    days = look_days(cube["acquired"].values, [looks])
    return begun([looks], days, rule, outline_mask(window, outline)).baseline
