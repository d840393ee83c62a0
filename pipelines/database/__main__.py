"""The results database by hand.

    python -m pipelines.database --output DIR [--url URL] load      add the run at DIR
    python -m pipelines.database --output DIR [--url URL] migrate   after an update of minecube
    python -m pipelines.database --output DIR [--url URL] check     is the run in it, and whole?
    python -m pipelines.database --output DIR --url URL features    views for PostGIS map servers

Without --url it is the database that the run was told of, else DIR/results.sqlite. A password is
better in PGPASSWORD or ~/.pgpass than in the URL: other users of a machine see command lines.
Exit codes: 0 done, 1 (check) the run is not in it, 2 bad input or the database does not answer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cube.contract import CubeError
from pipelines.database.address import address, said
from pipelines.database.features import SCHEMA, VIEWS
from pipelines.database.runs import holding, load_run, migrated, published, recorded
from pipelines.wording import counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    try:
        url = told.url or _told_to_the_run(told.output)
        return ACTS[told.act](url, told.output)
    except CubeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2


def _load(url: str, output: Path) -> int:
    loaded = load_run(url, output)
    where = said(address(url, output))
    if not loaded.fresh:
        print(f"run {loaded.run_id} is in {where} already.")
    for table, rows in loaded.rows.items():
        print(f"  {table:14} {rows:>9,}")
    if loaded.fresh:
        print(f"run {loaded.run_id} is in {where} now.")
    return 0


def _migrate(url: str, output: Path) -> int:
    before, now = migrated(url, output)
    came = "it was there" if before == now else f"from {before}" if before else "it was empty"
    print(f"{said(address(url, output))} is at migration {now} ({came}).")
    return 0


def _check(url: str, output: Path) -> int:
    there = holding(url, output, recorded(output))
    where = said(address(url, output))
    if there is None:
        print(f"{where}: there is no database, or it is empty: load a run into it.")
        return 1
    print(f"{where}: migration {there.migration}, {counted(there.runs, 'run')}.")
    if there.run_id is None:
        print(f"The run at {output} is not in it: load it.")
    elif there.ledger_missing:
        missing = counted(there.ledger_missing, "line")
        print(f"The run at {output} is run {there.run_id}; {missing} of its ledger missing: load.")
    else:
        print(f"The run at {output} is run {there.run_id}, with its ledger.")
    return 0 if there.complete else 1


def _features(url: str, output: Path) -> int:
    where = published(url, output)
    print(f"{where}: {', '.join(f'{SCHEMA}.{name}' for name in VIEWS)} show the latest runs.")
    return 0


ACTS = {"load": _load, "migrate": _migrate, "check": _check, "features": _features}


def _told_to_the_run(output: Path) -> str:
    """The URL in the settings of the run; "" where it was told none."""
    settings = recorded(output).get("settings", {}) if output.is_dir() else {}
    return str(settings.get("database", {}).get("url", ""))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.database",
        description=(__doc__ or "").split("\n")[0],
        epilog="\n".join((__doc__ or "").split("\n")[2:]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("act", choices=tuple(ACTS))
    parser.add_argument("--output", type=Path, required=True, help="the run's output folder")
    parser.add_argument("--url", default="", help="SQLite or PostgreSQL (SQLAlchemy's URL)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
