"""The main job: mine polygons and a STAC source in; the cube, what was dug, and the alerts out.

    python -m pipelines.full_run [run.yaml] --mines FILE --catalog URL|PATH
        --period 2021-01-01/2023-12-31 --leases FILE --zones FILE --output DIR

With nothing configured it makes its own archive of simulated mines and runs on that.
Exit codes: 0 all mines, 2 bad input, 3 some mines failed (listed; the others are complete),
130 stopped with Ctrl-C (run the same command again to go on).
"""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import icechunk
from rich.console import Console

from cube.contract import CubeError
from cube.slots import SlotAxis, slot_axis
from cube.sources import Source, open_source
from cube.store.repository import first_line
from cube.windows import windows_of
from pipelines.cluster import cluster_spec
from pipelines.config import STEPS, RunConfig, run_config, settings_of
from pipelines.database.step import load_database
from pipelines.detect import detect
from pipelines.embedded import dry_archive, embedded_archive
from pipelines.enforce import enforce
from pipelines.evidence.step import evidence
from pipelines.exports.step import export
from pipelines.flags import flag_parser, overrides_of
from pipelines.ingest import ingest
from pipelines.job import Job
from pipelines.law import given_law
from pipelines.mine_ground import has_results, stored_snapshots
from pipelines.plan import plan_of, say_plan
from pipelines.publish import publish
from pipelines.regions import find_regions
from pipelines.report import report
from pipelines.rules import law_rules
from pipelines.run_record import RunRecord, file_hash
from pipelines.summary import say_summary
from pipelines.synthetic import synthetic
from pipelines.unseen import fail_unseen
from pipelines.validate import validate
from pipelines.zones import assign_zones


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    told = flag_parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    for name in ("distributed", "distributed.client"):  # what it means, we say ourselves
        logging.getLogger(name).setLevel(logging.CRITICAL)
    icechunk.set_logs_filter("off")  # what goes wrong there is raised as well, and said once
    try:
        config = run_config(told.config, overrides_of(told))
        steps = chosen_steps(told.steps)
        return run(config, console, steps, dry_run=told.dry_run, accept=told.accept_changes)
    except CubeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (OSError, icechunk.IcechunkError) as error:
        print(f"error: {_broken(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "\nStopped. What was committed stays; run the same command to go on.", file=sys.stderr
        )
        return 130


def _broken(error: OSError | icechunk.IcechunkError) -> str:
    """What to do when the disk or the cube gives way under a run."""
    said = first_line(error)
    if isinstance(error, OSError):
        named = [str(name) for name in (error.filename, error.filename2) if name]
        said = f"{': '.join([error.strerror or said, *named])}"
    if "No space left" in said:
        said = f"the disk is full ({said}). Make room"
    elif isinstance(error, OSError):
        said = f"a file cannot be read or written ({said}). Clear the way"
    else:
        said = (
            f"the cube cannot be read or written: {said}. Bring back what is missing or damaged, "
            "or move the cube away and it is read anew. Then"
        )
        return f"{said} run the same command again: what was committed stays."
    return f"{said}, then run the same command again: what was committed stays."


def run(
    config: RunConfig,
    console: Console,
    steps: Sequence[str] = STEPS,
    dry_run: bool = False,
    accept: bool = False,
) -> int:
    """Every step of `steps` that is not done yet; the exit code."""
    if dry_run:
        with dry_archive(config, console) as config:
            say_plan(console, plan_of(config, *_checked(config)))
        return 0
    if config.embedded:
        record = RunRecord(Path(config.output))
        config = embedded_archive(config, console)
        axis, source = _checked(config)
    else:
        axis, source = _checked(config)
        record = RunRecord(Path(config.output))
    settings, inputs = settings_of(config), _inputs(config, source)
    job = Job(config, record, console)
    if stored_snapshots(job.repository):
        record.refuse_other(settings, inputs, accept)
    record.begin(settings, inputs)
    try:
        _run_steps(job, axis, source, steps)
    finally:
        job.close()
    return 3 if job.failures else 0


def chosen_steps(text: str | None) -> tuple[str, ...]:
    """Steps named `a,b,c`, or from one to another as `a..c`, in the order they run.

    Raises
    ------
    CubeError
        For a step that there is not.
    """
    if not text:
        return STEPS
    first, dots, last = text.partition("..")
    named = [first.strip() or STEPS[0], last.strip() or STEPS[-1]] if dots else text.split(",")
    named = [name.strip() for name in named]
    if unknown := [name for name in named if name not in STEPS]:
        raise CubeError(f"unknown step {unknown[0]!r}; the steps are {', '.join(STEPS)}.")
    if dots:
        chosen = STEPS[STEPS.index(named[0]) : STEPS.index(named[1]) + 1]
        if not chosen:
            raise CubeError(f"--steps {text} runs backwards; write {named[1]}..{named[0]}.")
        return chosen
    return tuple(step for step in STEPS if step in named)


def _run_steps(job: Job, axis: SlotAxis, source: Source, steps: Sequence[str]) -> None:
    mines = validate(job)
    windows = windows_of(mines, job.config.windows)
    if "ingest" in steps:
        ingest(job, windows, axis, source)
        fail_unseen(job, windows)
    if "synthetic" in steps:
        synthetic(job, mines)
    if "zones" in steps:
        assign_zones(job, mines)
    if "detect" in steps:
        _require_cube(job)
        detect(job, mines)
    _record_outcome(job)
    if set(STEPS[STEPS.index("regions") :]) & set(steps) and not has_results(job.repository, mines):
        raise CubeError(_no_results(job))
    if "regions" in steps:
        find_regions(job, mines)
    if "enforce" in steps:
        enforce(job, mines)
    if "report" in steps:
        report(job, mines)
    if "evidence" in steps:
        evidence(job, mines)
    if "export" in steps:
        export(job, mines)
    if "database" in steps:
        load_database(job, mines, job.config.database)
    _record_outcome(job)
    if "publish" in steps:
        publish(job, mines)
        _record_outcome(job)
    say_summary(job, mines)


def _checked(config: RunConfig) -> tuple[SlotAxis, Source]:
    """The period and the catalogue of a run, once all that it was told has been looked at.

    Hours later, when imagery was read, is too late to say that a date in the leases is wrong.
    """
    _refuse_incomplete(config)
    axis = slot_axis(config.period, config.slots.cadence_days)
    cluster_spec(config.cluster or None)
    given_law(config)
    law_rules(config)
    return axis, open_source(config.catalog, config.source)


def _refuse_incomplete(config: RunConfig) -> None:
    """Refuse a run that was told only half of what it needs, and files that are not there."""
    for name in ("mines", "catalog", "period"):
        if not getattr(config, name):
            raise CubeError(
                f"no {name} given. A run needs --mines, --catalog and --period; with none of "
                "them it runs on the embedded archive."
            )
    for name in ("mines", "leases", "zones", "rules", "network"):
        path = Path(getattr(config, name))
        if getattr(config, name) and not path.exists():
            raise CubeError(f"--{name}: there is no file {path}. Check the path.")
        if path.is_dir() and path.suffix.lower() != ".gdb" and getattr(config, name):
            raise CubeError(f"--{name}: {path} is a folder. Give the polygon file in it.")


def _inputs(config: RunConfig, source: Source) -> dict[str, dict[str, str]]:
    """What the run reads, with the hash of every file."""
    inputs = {"catalog": {"source": source.description, "sha256": _hash(config.catalog)}}
    for name in ("mines", "leases", "zones", "rules"):
        path = getattr(config, name)
        inputs[name] = {"path": path, "sha256": file_hash(path) if path else ""}
    return inputs


def _hash(catalog: str) -> str:
    return "" if "://" in catalog else file_hash(catalog)


def _require_cube(job: Job) -> None:
    if not stored_snapshots(job.repository):
        raise CubeError(f"there is no cube at {job.repository} yet: run the step ingest first.")


def _no_results(job: Job) -> str:
    if job.failures:
        first = job.failures[0]
        return f"no mine could be analysed; the first, {first.mine_id}: {first.reason}"
    return f"there are no results in {job.output} yet: run the step detect first."


def _record_outcome(job: Job) -> None:
    """Write what there is now, whoever made it: a killed run may have, and said nothing."""
    job.record.data["snapshots"] = stored_snapshots(job.repository)
    job.record.data["failed_mines"] = [dataclasses.asdict(failure) for failure in job.failures]
    job.record.write()


if __name__ == "__main__":
    sys.exit(main())
