"""Downloaded composites in, group `landsat` of the cube out; and mining polygons as its cover."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely
from distributed import Client
from rich.console import Console

from cube.contract import CubeError
from cube.landsat.contract import tile_named
from cube.landsat.cover import cover
from cube.landsat.grid import tile_bbox
from cube.landsat.mining_polygons import MiningPolygons
from cube.landsat.opening import open_landsat, stored_tiles
from cube.landsat.writing import WrittenTile, commit_tiles, make_room, write_cover, write_tile
from cube.store import committer, open_repository
from pipelines.job import progress_bar
from pipelines.landsat_tiles.download import Told
from pipelines.landsat_tiles.ledger import Ledger, TileTask
from pipelines.landsat_tiles.running import running
from pipelines.landsat_tiles.staged import read_staged, staged_path
from pipelines.tasks import Failed, outcomes

BATCH = 64
"""Tiles of one commit: a killed run repeats at most these."""


def process(
    ledger: Ledger,
    path: str,
    folder: Path,
    client: Client,
    console: Console,
    *,
    size: int,
    area: str = "",
    year: int = 0,
    attempts: int = 3,
    keep: bool = False,
) -> Told:
    """Write every downloaded tile to the cube at `path`, batch by batch, each one commit.

    A tile counts as processed once its commit stands; its file goes then, unless `keep`. Killed
    between the two, the next run writes the same pixels again.
    """
    told = Told()
    with running(ledger) as run, committer(path):
        states = [states for _, _, states in ledger.counts(area, year)]
        left = sum(s.get("downloaded", 0) + s.get("failed", 0) for s in states)
        with progress_bar(console, "writing tiles", left) as advance:
            while claimed := ledger.claim(run, "process", BATCH, attempts, area, year):
                repository = open_repository(path, create=True)
                written = _written(ledger, repository, claimed, folder, client, size, told)
                for task in written:
                    ledger.done(task, "processed")
                    if not keep:
                        staged_path(folder, task.tile_id, task.year).unlink(missing_ok=True)
                told.done += len(written)
                advance(len(claimed))
    return told


def stored(
    fork: Any, place: int, task: TileTask, size: int, folder: Path
) -> WrittenTile | CubeError:
    """One tile from its file into a fork of the cube; runs on a worker.

    A file that cannot be used comes back as the error it is: it has to be downloaded again.
    """
    tile = tile_named(task.tile_id, size)
    try:
        composite = read_staged(staged_path(folder, task.tile_id, task.year), tile, task.sha256)
    except CubeError as error:
        return error
    return write_tile(fork, place, task.year, composite)


def lay_cover(
    path: str, polygons: MiningPolygons, source: str, client: Client, console: Console
) -> int:
    """Lay polygons over every tile of the cube that does not have these yet; how many.

    Raises
    ------
    CubeError
        If there is no Landsat in the cube, no polygon near its tiles, or a tile cannot be done.
    """
    dataset = open_landsat(path, chunks=None)
    tiles, had = stored_tiles(dataset), dataset.cover_source.values.tolist()
    todo = [place for place, name in enumerate(had) if name != source]
    near = {place: polygons.within(*tile_bbox(tiles[place])).geometry for place in todo}
    if todo and not any(len(found) for found in near.values()) and not any(had):
        raise CubeError(
            f"None of the {len(polygons.polygons)} polygons lies near the {len(tiles)} tiles of "
            "the cube: are polygons and imagery of one place?"
        )
    with committer(path), progress_bar(console, "laying polygons", len(todo)) as advance:
        repository = open_repository(path)
        for first in range(0, len(todo), BATCH):
            session = repository.writable_session("main")
            fork, written = session.fork(), []
            work = {
                place: (fork, place, tiles[place], shapely.to_wkb(near[place].values), source)
                for place in todo[first : first + BATCH]
            }
            for place, outcome in outcomes(client, covered, work):
                advance()
                if isinstance(outcome, Failed):
                    raise CubeError(f"Polygons over {tiles[place].tile_id}: {outcome.reason}")
                written.append(outcome)
            commit_tiles(session, written)
    return len(todo)


def covered(fork: Any, place: int, tile: Any, shapes: Sequence[bytes], source: str) -> Any:
    """One tile's cover into a fork of the cube; runs on a worker."""
    return write_cover(fork, place, cover(tile, shapely.from_wkb(shapes)), source)


def _written(
    ledger: Ledger,
    repository: Any,
    claimed: Sequence[TileTask],
    folder: Path,
    client: Client,
    size: int,
    told: Told,
) -> list[TileTask]:
    """One batch written and committed; those of it that stand."""
    tiles = [tile_named(task.tile_id, size) for task in claimed]
    places = make_room(repository, tiles, [task.year for task in claimed], ledger.settings())
    session = repository.writable_session("main")
    fork, done = session.fork(), []
    work = {task: (fork, places[task.tile_id], task, size, folder) for task in claimed}
    for task, outcome in outcomes(client, stored, work):
        if isinstance(outcome, WrittenTile):
            done.append((task, outcome))
            continue
        again = isinstance(outcome, CubeError)
        reason = str(outcome) if again else outcome.reason
        ledger.failed(task, reason, "download" if again else None)
        told.failed[f"{task.tile_id} {task.year}"] = reason
    commit_tiles(session, [one for _, one in done])
    return [task for task, _ in done]
