"""A mine's published results in, its regions out; read on the worker that needs them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import geopandas as gpd
import xarray as xr

from analysis.mosaic import ground
from analysis.regions import Regions, RegionSettings, regions
from analysis.territory import own_ground
from cube.contract import RESULTS_GROUP, SENTINEL2_GROUP, CubeError, Window
from cube.store import measured_windows, open_cube, open_results
from cube.store.layout import dates
from cube.store.window_arrays import window_array
from pipelines.job import Job
from pipelines.tasks import Failed, outcomes, shared


def results_version(repository: str) -> str:
    """The snapshot that readers of the results see now."""
    return str(open_results(repository, chunks=None).attrs["snapshot"])


def has_results(repository: str, mines: gpd.GeoDataFrame) -> bool:
    """Whether any of the mines has published results."""
    try:
        return not set(mines["mine_id"]).isdisjoint(
            positions_of(repository, results_version(repository))
        )
    except CubeError:
        return False


def stored_snapshots(repository: str) -> dict[str, str]:
    """The cube that the published results describe, and the results; the cube alone before them."""
    try:
        found = open_results(repository, chunks=None).attrs
        return {"cube": found["cube_snapshot"], "results": found["snapshot"]}
    except CubeError:
        pass
    try:
        return {"cube": open_cube(repository, chunks=None).attrs["snapshot"]}
    except CubeError:
        return {}


def positions_of(repository: str, snapshot: str) -> dict[str, list[int]]:
    """Positions along `mine` of every mine's windows that have results."""
    results = open_results(repository, snapshot=snapshot, chunks=None)
    positions: dict[str, list[int]] = defaultdict(list)
    for i, mine_id in enumerate(results["mine_id"].values.tolist()):
        if bool(results["analysed"].values[i]):
            positions[str(mine_id)].append(i)
    return dict(positions)


def mine_results(
    repository: str, snapshot: str, positions: Sequence[int], names: Collection[str] = ()
) -> xr.Dataset:
    """One mine's results with the cube's quality, in memory; reads from the store.

    names : which results; all of them unless said otherwise
    """
    results = stored_results(repository, snapshot).isel(mine=list(positions))
    slots = results.sizes["time"]
    here = {"mine": list(positions), "time": slice(slots)}  # the cube may hold later slots
    quality = stored_cube(repository, snapshot)["quality"].variable.isel(here)
    if names:
        results = results[[name for name in results.data_vars if name in names]]
    held = {str(name): results[name].variable for name in results.data_vars} | {"quality": quality}
    read = {}
    for name, variable in held.items():
        if "y" in variable.dims:
            group = SENTINEL2_GROUP if name == "quality" else RESULTS_GROUP
            values = window_array(repository, snapshot, group, name, positions, slots)
            if variable.dtype.kind == "M":
                values = dates(values).astype(variable.dtype)
            read[name] = variable.copy(data=values)
    return results.assign(read).load()


@lru_cache(maxsize=2)
def stored_cube(repository: str, snapshot: str) -> xr.Dataset:
    """The raw cube at a version, not read: opened once for all mines that a process works on."""
    return open_cube(repository, snapshot=snapshot, raw=True, chunks=None)


@lru_cache(maxsize=2)
def stored_results(repository: str, snapshot: str) -> xr.Dataset:
    """The results at a version, likewise."""
    return open_results(repository, snapshot=snapshot, chunks=None)


def mine_regions_of(
    results: xr.Dataset,
    mines: gpd.GeoDataFrame,
    windows: Sequence[Window],
    settings: RegionSettings,
    without: Collection[str] = (),
) -> Regions:
    """The regions of one mine, across its windows, on the ground that is its own.

    mines, windows : all of the run; neighbours share ground, and it counts once.
    without : ids of regions to leave out, those labelled as something other than excavation
    """
    found = own_ground(ground(results, measured_windows(results)), mines, windows)
    return regions(found, settings).without(without)


def neighbours(job: Job, mines: gpd.GeoDataFrame) -> list[Any]:
    """All mines' outlines and windows: two futures for `mine_regions_of`."""
    outlines = mines[["mine_id", "epsg", "geometry"]]
    windows = measured_windows(open_results(job.repository, chunks=None))
    known = set(mines["mine_id"])
    return shared(job.client, outlines, tuple(w for w in windows if w.mine_id in known))


def each_mine(
    job: Job, step: str, what: str, work: Callable[..., Any], told: Mapping[str, tuple[Any, ...]]
) -> Iterator[tuple[str, Any]]:
    """`work(*told[mine])` for every mine on the cluster, in order of mines; failures are noted.

    What is whole is given at once, and kept no longer, as soon as all mines before it are.

    what : the words beside the progress bar.
    """
    done: dict[str, Any] = {}
    order = deque(told)
    with job.progress(what, len(told)) as advance:
        for mine, outcome in outcomes(job.client, work, told):
            advance()
            done[mine] = outcome
            if isinstance(outcome, Failed):
                job.fail(mine, step, outcome)
            while order and order[0] in done:
                first = order.popleft()
                if not isinstance(held := done.pop(first), Failed):
                    yield first, held
