"""A run's folder and settings in, where its published ground lies out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from cube.contract import Window
from cube.store import measured_windows, open_results
from cube.store.lock import is_local
from pipelines.config import RunConfig
from pipelines.mine_ground import positions_of, results_version
from pipelines.region_labels import labelled_otherwise


@dataclass(frozen=True, eq=False)
class StoredGround:
    """The published results of a run, and whose they are.

    Attributes
    ----------
    config : RunConfig
        What the run was told.
    mines : GeoDataFrame in EPSG:4326
        The mines it took.
    repository, snapshot : str
        Its cube, and the results that readers see now.
    positions : dict of list of int
        Positions along `mine` of every mine's windows that have results, in the order of the mines.
    windows : tuple of Window
        Of the run's mines, in the order of the cube.
    otherwise : dict of set of str
        Regions by mine that are labelled as something other than excavation.
    """

    config: RunConfig
    mines: gpd.GeoDataFrame
    repository: str
    snapshot: str
    positions: Mapping[str, list[int]]
    windows: tuple[Window, ...]
    otherwise: Mapping[str, frozenset[str]]


def stored_ground(config: RunConfig, output: Path, mines: gpd.GeoDataFrame) -> StoredGround:
    """The ground of a run whose folder lies at `output` now; nothing is written."""
    repository = config.cube or str(output / "cube")
    if is_local(repository):
        repository = str(Path(repository).absolute())
    snapshot = results_version(repository)
    found = positions_of(repository, snapshot)
    stored = measured_windows(open_results(repository, snapshot=snapshot, chunks=None))
    known = set(mines["mine_id"])
    return StoredGround(
        config,
        mines,
        repository,
        snapshot,
        {mine: found[mine] for mine in mines["mine_id"] if mine in found},
        tuple(window for window in stored if window.mine_id in known),
        labelled_otherwise(output),
    )
