"""Publish a finished run again, or what persons have said of its alerts since.

    python -m pipelines.publish --output DIR [--cluster FILE|threads]   the run as it lies there
    python -m pipelines.publish --output DIR --states                   verdicts only: seconds

A publication that lost files is made again. Pages that are open stay on the one that they began
with. Exit codes: 0 published (or there was nothing to do), 2 bad input, 3 some mines failed
(listed; they have no pictures).
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import icechunk
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from cube.contract import CubeError
from cube.store.repository import first_line
from pipelines.config import RunConfig
from pipelines.database.runs import recorded
from pipelines.job import Job
from pipelines.publish.found import MINES
from pipelines.publish.states import publish_states
from pipelines.publish.step import publish
from pipelines.run_record import RunRecord

ASKED = ("mines", "catalog", "period", "cube", "cluster", "windows", "slots", "regions")
"""Settings of the run that its publication asks for; others may be of another version."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.publish",
        description=(__doc__ or "").split("\n")[0],
        epilog="Exit codes: 0 published, 2 bad input, 3 some mines failed.",
        allow_abbrev=False,
    )
    parser.add_argument("--output", default="outputs", help="the run's folder (default: outputs)")
    parser.add_argument("--cluster", help="as for the run (default: what the run was told)")
    parser.add_argument("--states", action="store_true", help="only what persons said of alerts")
    told = parser.parse_args(arguments)
    output = Path(told.output)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    try:
        if told.states:
            console.print(f"published: {publish_states(output)}")
            return 0
        return publish_run(output, console, told.cluster)
    except CubeError as error:
        print(f"error: {error}", file=sys.stderr)
    except (OSError, icechunk.IcechunkError) as error:
        print(f"error: {first_line(error)}", file=sys.stderr)
    return 2


def publish_run(output: Path, console: Console, cluster: str | None = None) -> int:
    """Publish the finished run at `output`; the exit code.

    Raises
    ------
    CubeError
        If there is no finished run, or its files are of two runs.
    """
    job = Job(_config(output, cluster), RunRecord(output), console)
    try:
        publish(job, gpd.read_parquet(output / MINES), check=True)
    finally:
        job.close()
    for failure in job.failures:
        print(f"  {failure.mine_id}: {failure.reason}", file=sys.stderr)
    return 3 if job.failures else 0


def _config(output: Path, cluster: str | None) -> RunConfig:
    """What the run was told, wherever its folder lies now."""
    record = recorded(output)
    try:
        told = {name: value for name, value in record["settings"].items() if name in ASKED}
        config = TypeAdapter(RunConfig).validate_python(told)
    except (ValidationError, LookupError, AttributeError) as error:
        raise CubeError(
            f"the settings in {output / 'run.json'} are not those of this version of minecube. "
            f"Publish with the version that made them, {record.get('minecube', 'unknown')}."
        ) from error
    where = config.cluster if cluster is None else cluster
    return dataclasses.replace(config, output=str(output), cluster=where)


if __name__ == "__main__":
    sys.exit(main())
