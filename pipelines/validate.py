"""Step 0: a polygon file in, `validation/validated_mines.parquet` and `rejected_mines.csv` out.

As a command it validates networks instead, against known coordinates:

    python -m pipelines.validate --csv FILE (--scan DIR | --classifier FILE ...)
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import geopandas as gpd

from cube.mines import read_mines
from pipelines.config import settings_of
from pipelines.job import Job
from pipelines.networks.extra import end_without_networks
from pipelines.run_record import file_hash, key_of, whole_path
from pipelines.tables import write_csv
from pipelines.wording import counted


def validate(job: Job) -> gpd.GeoDataFrame:
    """The sound mines of the run, from the record where it is current, else from the file."""
    config = job.config
    key = key_of(file_hash(config.mines), settings_of(config.validation))
    kept = job.output / "validation" / "validated_mines.parquet"
    refused = job.output / "validation" / "rejected_mines.csv"
    if job.record.done("validate", key):
        mines = gpd.read_parquet(kept)
        job.skip("validate", f"{counted(len(mines), 'mine')}, unchanged")
        return mines
    with job.step("validate", key) as notes:
        mines, rejected = read_mines(config.mines, config.validation)
        with whole_path(kept) as part:
            mines.to_parquet(part, write_covering_bbox=True)
        write_csv(rejected, refused)
        repaired = int((mines["repaired"] != "").sum())
        notes.files = [kept, refused]
        notes.facts = {"mines": len(mines), "rejected": len(rejected), "repaired": repaired}
        notes.said = (
            f"{counted(len(mines), 'mine')} ({mines['area_ha'].sum():,.0f} ha), "
            f"{repaired} repaired, {len(rejected)} rejected"
        )
    for row in mines[mines["repaired"] != ""].head(5).itertuples():
        job.console.print(f"  repaired {row.mine_id}: {row.repaired}")
    for row in rejected.head(5).itertuples():
        job.console.print(f"  rejected row {row.row} {row.mine_id}: {row.reason}")
    if len(rejected) > 5:
        job.console.print(f"  and {len(rejected) - 5} more, see {refused}")
    return mines


def main(arguments: Sequence[str] | None = None) -> int:
    """Networks against known coordinates, from the command line; the exit code."""
    try:
        job = import_module("pipelines.networks.known_places")
    except (ModuleNotFoundError, KeyboardInterrupt) as missing:
        end_without_networks(missing)
    code: int = job.main(arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
