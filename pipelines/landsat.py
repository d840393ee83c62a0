"""Landsat into the cube, by country and year on a tile grid: annual composites at 30 m.

    python -m pipelines.landsat download --country ZAF --year 2020 [--polygons FILE.gpkg]
    python -m pipelines.landsat status [--verbose]
    python -m pipelines.landsat process [--polygons FILE.gpkg]
    python -m pipelines.landsat retry [--tile ID] [--reads]

Every tile's state, attempts and errors are in OUTPUT/landsat/ledger.sqlite: stop whenever you like,
even with kill -9, the same command goes on. No account is needed; --source earthengine takes
Google's composites instead, with an account of yours.
Exit codes: 0 done, 2 bad input, 3 some tiles failed (listed by status --verbose), 130 stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from cube.contract import CubeError
from cube.landsat.catalogue import CatalogueYears
from cube.landsat.clarity import ClaritySettings
from cube.landsat.composite import AnnualSettings
from cube.landsat.contract import FIRST_YEAR, TILE_PIXELS, AnnualSource
from cube.landsat.earth_engine import EarthEngineYears, connected
from cube.landsat.item import LandsatSettings
from cube.sources import open_source
from cube.store.lock import is_local
from pipelines.cluster import cluster_spec
from pipelines.cluster import connected as cluster
from pipelines.config import settings_of
from pipelines.landsat_tiles.area import chosen_area, named_polygons
from pipelines.landsat_tiles.command_line import parsed
from pipelines.landsat_tiles.download import Told, download, summary
from pipelines.landsat_tiles.ledger import Ledger
from pipelines.landsat_tiles.process import lay_cover, process
from pipelines.landsat_tiles.status import status_lines
from pipelines.networks.ended import ended
from pipelines.wording import counted

LISTED = 5
"""Failures said on the console; the ledger has them all."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    told = parsed(sys.argv[1:] if arguments is None else arguments, __doc__ or "")
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    return ended(lambda: WORK[told.command](told, console))


def _download(told: argparse.Namespace, console: Console) -> int:
    year = _year(told.year)
    if told.limit < 0:
        raise CubeError(f"limit is {told.limit}; give how many tiles at most, or 0 for all.")
    _require_attempts(told)
    polygons, _ = named_polygons(told.polygons)
    area = chosen_area(told.country, told.bbox, told.boundaries, polygons, told.tile_pixels)
    for note in (*area.notes, *(polygons.notes if polygons else ())):
        console.print(f"  {note}")
    if told.dry_run:
        console.print(f"{area.name} {year}: {counted(len(area.tiles), 'tile')}; nothing was read")
        return 0
    source, settings = _source(told)
    ledger = Ledger(_ledger(told), create=True)
    ledger.settled(settings)
    new = ledger.enlist(area.name, year, [tile.tile_id for tile in area.tiles])
    console.print(
        f"{area.name} {year}: {counted(len(area.tiles), 'tile')}, {new:,} new, from "
        f"{source.description}"
    )
    with cluster(cluster_spec(told.cluster or None)) as client:
        found = download(
            ledger,
            source,
            _downloads(told),
            client,
            console,
            size=told.tile_pixels,
            area=area.name,
            year=year,
            attempts=told.attempts,
            limit=told.limit,
        )
    return _end(found, summary(found), console)


def _process(told: argparse.Namespace, console: Console) -> int:
    _require_attempts(told)
    ledger = Ledger(_ledger(told))
    polygons, name = named_polygons(told.polygons)
    size = int(ledger.settings().get("tile_pixels", TILE_PIXELS))
    path = _cube(told)
    with cluster(cluster_spec(told.cluster or None)) as client:
        found = process(
            ledger,
            path,
            _downloads(told),
            client,
            console,
            size=size,
            area=told.country.upper() or told.bbox.replace(" ", ""),
            year=told.year,
            attempts=told.attempts,
            keep=told.keep,
        )
        said = f"{counted(found.done, 'tile')} written to {path}"
        if polygons is not None:
            for note in polygons.notes:
                console.print(f"  {note}")
            laid = lay_cover(path, polygons, name, client, console)
            said += f", polygons laid over {counted(laid, 'tile')}"
    return _end(found, said, console)


def _status(told: argparse.Namespace, console: Console) -> int:
    area = told.country.upper() or told.bbox.replace(" ", "")
    for line in status_lines(Ledger(_ledger(told)), area, told.year, told.verbose):
        console.print(line)
    return 0


def _retry(told: argparse.Namespace, console: Console) -> int:
    area = told.country.upper() or told.bbox.replace(" ", "")
    count = Ledger(_ledger(told)).retry(area, told.year, told.tile, told.reads)
    if told.tile and not count:
        raise CubeError(
            f"Tile {told.tile!r} was not set back: the ledger has none of that name there, or it "
            "is being worked on. status --verbose names those not done."
        )
    console.print(f"{counted(count, 'tile')} set back: download or process takes them up")
    return 0


def _end(found: Told, said: str, console: Console) -> int:
    console.print(said)
    for name, reason in sorted(found.failed.items())[:LISTED]:
        console.print(f"  {name} failed: {reason}")
    if len(found.failed) > LISTED:
        console.print(f"  and {len(found.failed) - LISTED} more: status --verbose lists them")
    return 3 if found.failed else 0


def _source(told: argparse.Namespace) -> tuple[AnnualSource, dict[str, Any]]:
    """The source asked for, and the settings that decide its pixels."""
    shape = {"tile_pixels": told.tile_pixels, "source": told.source}
    if told.source == "earthengine":
        connected(told.project)
        kind = EarthEngineYears(told.project, told.ee_collection)
        return kind, shape | {"collection": told.ee_collection}
    asked = LandsatSettings(
        collection=told.collection,
        max_cloud_cover=told.max_cloud_cover,
        tiers=tuple(told.tiers),
        missions=tuple(told.missions),
        alternate=told.alternate,
    )
    clarity = ClaritySettings(not told.keep_dilated, not told.keep_cirrus, not told.keep_snow)
    annual = AnnualSettings(scenes=told.scenes, clarity=clarity)
    years = CatalogueYears(open_source(told.catalog, asked), annual)
    kept = ("max_cloud_cover", "tiers", "missions")
    decides = {key: value for key, value in settings_of(asked).items() if key in kept}
    return years, shape | decides | {"scenes": told.scenes} | settings_of(clarity)


def _require_attempts(told: argparse.Namespace) -> None:
    if told.attempts < 1:
        raise CubeError(f"attempts is {told.attempts}; give how often a tile is tried, 1 or more.")


def _year(year: int) -> int:
    last = int(str(np.datetime64("now", "Y")))
    if not FIRST_YEAR <= year <= last:
        raise CubeError(f"Year {year}: Landsat 5 began in {FIRST_YEAR}; expected up to {last}.")
    if year == last:
        print(f"  {year} is not over: its composite has what there is so far", file=sys.stderr)
    return year


def _ledger(told: argparse.Namespace) -> Path:
    return Path(told.output) / "landsat" / "ledger.sqlite"


def _downloads(told: argparse.Namespace) -> Path:
    return (Path(told.output) / "landsat" / "downloads").absolute()


def _cube(told: argparse.Namespace) -> str:
    path = told.cube or str(Path(told.output) / "cube")
    return str(Path(path).absolute()) if is_local(path) else path


WORK = {"download": _download, "process": _process, "status": _status, "retry": _retry}


if __name__ == "__main__":
    sys.exit(main())
