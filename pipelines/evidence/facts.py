"""A run's record in, what every pack of it says of the run out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.config import RunConfig


@dataclass(frozen=True)
class RunFacts:
    """What a run was and what it read; names no folder, for a pack says the same wherever it lies.

    Attributes
    ----------
    version : of minecube
    versions : of the packages that decide numbers
    period : first and last day
    catalog : URL, or the name of the file
    inputs : name, file name and SHA-256 of every file that was given
    archive : where local hrefs begin, "" where there are none
    simulated : whether the imagery is the embedded archive's
    """

    version: str
    versions: tuple[tuple[str, str], ...]
    period: tuple[str, str]
    catalog: str
    inputs: tuple[tuple[str, str, str], ...]
    archive: str
    simulated: bool

    def href(self, href: str) -> str:
        """A file as the catalogue names it: relative to the catalogue where it lies beside it."""
        if "://" in href or not self.archive:
            return href
        _, found, rest = href.rpartition(f"/{self.archive}/")
        return rest if found else "/".join(PurePosixPath(href).parts[-2:])


def run_facts(data: Mapping[str, Any], config: RunConfig, simulated: bool) -> RunFacts:
    """From run.json."""
    local = "://" not in config.catalog
    first, _, last = config.period.partition("/")
    return RunFacts(
        version=str(data["minecube"]),
        versions=tuple(sorted((str(k), str(v)) for k, v in data["versions"].items())),
        period=(first, last),
        catalog=Path(config.catalog).name if local else config.catalog,
        inputs=tuple(
            (name, Path(getattr(config, name)).name, data["inputs"][name]["sha256"])
            for name in ("mines", "leases", "zones", "rules", "catalog")
            if data["inputs"].get(name, {}).get("sha256")
        ),
        archive=Path(config.catalog).parent.name if local else "",
        simulated=simulated,
    )
