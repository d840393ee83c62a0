"""A run that was told nothing in, the same run told to use its own simulated archive out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console

from cube.simulate import ArchiveSettings, write_archive
from pipelines.config import RunConfig
from pipelines.job import progress_bar


@contextmanager
def dry_archive(config: RunConfig, console: Console) -> Iterator[RunConfig]:
    """The same for a run that writes nothing: an archive that is not there yet is thrown away."""
    if not config.embedded or (Path(config.output) / "archive" / "archive.json").exists():
        yield embedded_archive(config, console) if config.embedded else config
        return
    with TemporaryDirectory(prefix="minecube-") as folder:
        told = embedded_archive(dataclasses.replace(config, output=folder), console)
        yield dataclasses.replace(told, output=config.output)


def embedded_archive(config: RunConfig, console: Console) -> RunConfig:
    """Make the archive below the run's output folder, once, and point the run at it."""
    folder = Path(config.output) / "archive"
    console.print(
        f"No mines and no catalogue given: running on simulated mines, in {folder}", markup=False
    )
    with progress_bar(console, "simulating scenes", None) as advance:
        written = 0

        def move(done: int, total: int) -> None:
            nonlocal written
            advance(done - written, total)
            written = done

        archive = write_archive(folder, config.archive, move)
    return dataclasses.replace(
        config,
        mines=str(archive.mines),
        catalog=str(archive.items),
        leases=config.leases or str(archive.leases),
        zones=config.zones or str(archive.zones),
        period=config.period or archive_period(config.archive),
        windows=dataclasses.replace(config.windows, size=config.archive.size),
    )


def archive_period(settings: ArchiveSettings) -> str:
    """First and last day of an archive, as `--period` takes it."""
    start = np.datetime64(settings.start, "D")
    year = start.astype("datetime64[M]") + 12 * settings.years
    last = year.astype("datetime64[D]") + (start - start.astype("datetime64[M]")) - 1
    return f"{start}/{last}"
