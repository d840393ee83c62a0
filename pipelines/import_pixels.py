"""Pixel-wise CSV tables into the cube, and any window of the cube back to such a table.

    python -m pipelines.import_pixels FILE.csv --output DIR [--mines FILE]
    python -m pipelines.import_pixels --export DIR --mine CIL_339 --output FILE.csv

The cube is `DIR/cube`. The pixels of an import are one commit: it fills slots that nothing has
filled and refuses to mix its pixels into a slot that holds other ones. The account of
every row goes to `DIR/imports/FILE.json`.
Exit codes: 0 all mines, 2 bad input, 3 some mines of the table have no polygon in --mines.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from icechunk import Repository

from cube.contract import CubeError, Window
from cube.mines import read_mines
from cube.pixel_grid import PixelSlots, PlacedRows, pixel_slots, placed, windows_around
from cube.pixels import PixelSettings, PixelTable, read_pixel_table
from cube.store import (
    commit_slots,
    committer,
    create_or_extend_cube,
    open_cube,
    open_repository,
    write_slots,
)
from cube.store.records import stored_bands
from cube.windows import WindowSettings, windows_of
from pipelines.cube_shape import CubeShape, new_shape, stored_shape
from pipelines.pixel_table import pixel_table
from pipelines.run_record import file_hash, whole_path


def import_pixels(
    file: Path,
    output: Path,
    mines: Path | None = None,
    settings: PixelSettings | None = None,
    period: str = "",
    cadence_days: int | None = None,
    size: int | None = None,
) -> dict[str, Any]:
    """Write the table's rows to `output/cube`; the account of every row, ready for JSON.

    A mine goes to its windows in the cube if it is there, else to those of its polygon in
    `mines`, else to windows centred on its rows. `period` (default: the table's years),
    `cadence_days` (10) and `size` (512 pixels) shape a new cube; an existing one refuses others.

    Raises
    ------
    CubeError
        If the table, the polygons or the cube cannot be used, if no row finds a place, or if a
        slot holds other pixels already.
    """
    settings = settings or PixelSettings()
    table = read_pixel_table(file, settings)
    source = {"id": file.name, "sha256": file_hash(file), "offset": settings.offset}
    path = output / "cube"
    with committer(path):
        repository = open_repository(path, create=True)
        acquired = table.rows["acquired"]
        shape = (
            new_shape(acquired, period, cadence_days, size)
            if not stored_bands(repository)
            else stored_shape(path, acquired, period, cadence_days, size)
        )
        placements, unplaced = _placements(table, _polygons(table, shape, mines), shape)
        items = json.dumps([source], separators=(",", ":"))
        there = _there_already(placements, shape, items)
        positions = _room(repository, placements, shape)
        session = repository.writable_session("main")
        written = [
            write_slots(
                session.fork(),
                positions[block.window.key],
                block.slot,
                block,
                searched_until=shape.axis.bounds(block.slot)[1],
            )
            for block in _blocks(placements, shape, items)
            if (block.window.key, block.slot) not in there
        ]
        indices = {check.column: check.name for check in table.indices}
        snapshot = commit_slots(session, written, {"source": source["id"], "indices": indices})
    return {
        "file": source,
        "snapshot": snapshot,
        "rows": {
            "in the file": table.total,
            "stored": sum(len(placement.rows) for placement in placements.values()),
            "dropped": table.dropped,
            "left out": dict(unplaced),
        },
        "lattice east and south of the grid, m": {
            mine_id: None if np.isnan(placement.shift_m).any() else placement.shift_m
            for mine_id, placement in placements.items()
        },
        "values taken as missing": table.missing,
        "indices": [
            {"column": check.column, "holds": check.name, "says": str(check)}
            for check in table.indices
        ],
        "slots": {"written": len(written), "there already": len(there)},
        "mines without polygon": sorted({*table.rows["mine_id"]} - {*placements}),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    try:
        if told.export:
            return _export(told)
        if told.file is None:
            raise CubeError("No table given: name the CSV, or --export DIR for the way back.")
        return _import(told)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipelines.import_pixels", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", nargs="?", type=Path, help="pixel-wise CSV to import")
    parser.add_argument("--output", type=Path, required=True, help="run folder, or CSV of --export")
    parser.add_argument("--mines", type=Path, help="polygons that place each mine's windows")
    parser.add_argument("--period", default="", help="of a new cube; default: the table's years")
    parser.add_argument("--cadence-days", type=int, help="of a new cube; default 10")
    parser.add_argument("--window-pixels", type=int, help="of a new cube; default 512")
    parser.add_argument("--offset", type=int, default=0, help="added to every digital number")
    parser.add_argument("--export", type=Path, metavar="DIR", help="run folder to export from")
    parser.add_argument("--mine", help="mine to export")
    parser.add_argument("--window", type=int, help="only this window of the mine")
    return parser


def _import(told: argparse.Namespace) -> int:
    account = import_pixels(
        told.file,
        told.output,
        told.mines,
        PixelSettings(offset=told.offset),
        told.period,
        told.cadence_days,
        told.window_pixels,
    )
    with whole_path(told.output / "imports" / f"{told.file.stem}.json") as part:
        part.write_text(json.dumps(account, indent=2) + "\n")
    rows, slots = account["rows"], account["slots"]
    print(f"{rows['stored']} of {rows['in the file']} rows are in {told.output / 'cube'}")
    for title, reasons in (("dropped", rows["dropped"]), ("left out", rows["left out"])):
        for reason, count in reasons.items():
            print(f"  {title} {count}: {reason}")
    for reason, count in account["values taken as missing"].items():
        print(f"  values taken as missing {count}: {reason}")
    for check in account["indices"]:
        print(f"  {check['says']}")
    for mine_id, shift in account["lattice east and south of the grid, m"].items():
        if shift and max(map(abs, shift)) > 0.5:
            print(f"  {mine_id}: its pixel lattice lies {shift[0]} m east and {shift[1]} m south "
                  "of the cube's; moved as a whole")  # fmt: skip
    if not slots["written"]:
        print("  nothing new: all its slots are in the cube already")
    for mine_id in account["mines without polygon"]:
        print(f"  no polygon of {mine_id} in {told.mines}: its rows are left out", file=sys.stderr)
    return 3 if account["mines without polygon"] else 0


def _export(told: argparse.Namespace) -> int:
    if not told.mine:
        raise CubeError("Say which mine to export: --mine CIL_339.")
    rows = pixel_table(open_cube(told.export / "cube", raw=True), told.mine, told.window)
    with whole_path(told.output) as part:
        rows.to_csv(part, index=False)
    print(f"{len(rows)} pixel rows of {told.mine} written to {told.output}")
    print("  NBR in this schema is NDMI, (B8 - B11)/(B8 + B11)")
    return 0


def _polygons(table: PixelTable, shape: CubeShape, mines: Path | None) -> dict[str, list[Window]]:
    """Windows of every mine of the table that has any."""
    settings = WindowSettings(shape.size)
    known = read_mines(mines)[0] if mines else None
    grids: dict[str, list[Window]] = {}
    for mine_id, rows in table.rows.groupby("mine_id"):
        windows = [window for window in shape.windows if window.mine_id == mine_id]
        if not windows and known is None:
            windows = windows_around(rows, settings)
        elif not windows and known is not None:
            windows = windows_of(known[known["mine_id"] == mine_id], settings)
        if windows:
            grids[str(mine_id)] = windows
    return grids


def _placements(
    table: PixelTable, grids: dict[str, list[Window]], shape: CubeShape
) -> tuple[dict[str, PlacedRows], Counter[str]]:
    """Where the rows of every mine go, and how many go nowhere, by reason."""
    unplaced: Counter[str] = Counter()
    placements: dict[str, PlacedRows] = {}
    for mine_id, rows in table.rows.groupby("mine_id"):
        if mine_id not in grids:
            unplaced["mine without polygon"] += len(rows)
            continue
        placement = placed(rows, grids[str(mine_id)], shape.axis)
        unplaced.update(placement.left_out)
        placements[str(mine_id)] = placement
    if not any(len(placement.rows) for placement in placements.values()):
        reasons = ", ".join(f"{reason} ({count})" for reason, count in unplaced.items())
        raise CubeError(f"No row of the table finds a place in the cube: {reasons}.")
    return placements, unplaced


def _there_already(
    placements: dict[str, PlacedRows], shape: CubeShape, items: str
) -> set[tuple[str, int]]:
    """Windows and slots that hold these very pixels; refuses other ones in their place."""
    there = set()
    for placement in placements.values():
        for window, slot in placement.targets:
            found = shape.filled.get((window.key, slot))
            if found not in (None, items):
                first, last = shape.axis.bounds(slot)
                raise CubeError(
                    f"The cube holds other pixels of {window.key} from {first} to {last} already "
                    f"({found[:120] or 'searched, and none were found'}). Import into a new "
                    "folder, or join the tables first."
                )
            if found == items:
                there.add((window.key, slot))
    return there


def _room(
    repository: Repository, placements: dict[str, PlacedRows], shape: CubeShape
) -> dict[str, int]:
    """Position of every window along the cube's `mine`, by key; new ones are appended."""
    windows = [window for placement in placements.values() for window in placement.windows]
    axis = shape.axis
    positions = create_or_extend_cube(
        repository, windows, axis.times, axis.cadence_days, shape.bands, shape.settings
    )
    return {window.key: int(p) for window, p in zip(windows, positions, strict=True)}


def _blocks(
    placements: dict[str, PlacedRows], shape: CubeShape, items: str
) -> Iterator[PixelSlots]:
    for placement in placements.values():
        yield from pixel_slots(placement, shape.bands, items)


if __name__ == "__main__":
    sys.exit(main())
