"""A run that was told nothing in, the same run told to use its own simulated archive out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from rich.console import Console

from cube.simulate import write_archive
from pipelines.config import RunConfig


def embedded_archive(config: RunConfig, console: Console) -> RunConfig:
    """Make the archive below the run's output folder, once, and point the run at it."""
    folder = Path(config.output) / "archive"
    console.print(
        f"No mines and no catalogue given: running on simulated mines in {folder}", markup=False
    )
    archive = write_archive(folder, config.archive)
    return dataclasses.replace(
        config,
        mines=str(archive.mines),
        catalog=str(archive.items),
        leases=config.leases or str(archive.leases),
        zones=config.zones or str(archive.zones),
        period=config.period or archive.period,
        windows=dataclasses.replace(config.windows, size=config.archive.size),
    )
