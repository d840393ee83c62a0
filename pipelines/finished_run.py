"""The folder of a finished run in, what questions about it need out: settings, mines, snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from cube.contract import CubeError, Window
from cube.store import measured_windows, open_results
from cube.store.lock import is_local
from pipelines.config import RunConfig
from pipelines.evidence.remake import recorded, recorded_config
from pipelines.mine_ground import positions_of, results_version


@dataclass(frozen=True)
class FinishedRun:
    """A run that came to its alerts.

    Attributes
    ----------
    config : RunConfig
        What it was told; its law files as they are found now.
    mines : GeoDataFrame in EPSG:4326
        The mines it took.
    repository, snapshot : str
        Its cube, and the results that readers see now.
    positions : dict of list of int
        Positions along `mine` of every mine's windows that have results.
    windows : tuple of Window
        Of the run's mines, in the order of the cube.
    """

    config: RunConfig
    mines: gpd.GeoDataFrame
    repository: str
    snapshot: str
    positions: dict[str, list[int]]
    windows: tuple[Window, ...]

    def chosen(self, wanted: Sequence[str]) -> list[str]:
        """The mines named, or all that have results.

        Raises
        ------
        CubeError
            For a mine that the run does not know or could not analyse.
        """
        known = [mine for mine in self.mines["mine_id"] if mine in self.positions]
        for mine in wanted:
            if mine not in known:
                some = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
                raise CubeError(f"there are no results of mine {mine!r}; there are of {some}.")
        return list(wanted) or known


def finished_run(output: Path, moved: dict[str, str] | None = None) -> FinishedRun:
    """A run read back from its folder; nothing is written.

    Parameters
    ----------
    output : the run's folder
    moved : where `mines`, `leases` or `zones` lie now, if not where the run found them

    Raises
    ------
    CubeError
        If there is no such run, or a file it read is gone or was changed since.
    """
    config = recorded_config(recorded(output), output, moved or {})
    mines = gpd.read_parquet(output / "validation" / "validated_mines.parquet")
    repository = config.cube or str(output / "cube")
    if is_local(repository):
        repository = str(Path(repository).absolute())
    snapshot = results_version(repository)
    known = set(mines["mine_id"])
    stored = measured_windows(open_results(repository, snapshot=snapshot, chunks=None))
    windows = tuple(window for window in stored if window.mine_id in known)
    positions = positions_of(repository, snapshot)
    return FinishedRun(config, mines, repository, snapshot, positions, windows)
