"""Settings in, an archive on disk out: COGs, STAC items, mines, leases, zones and the truth."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cube.contract import BANDS, CubeError
from cube.simulate.items import DIALECTS
from cube.simulate.places import Place, place_of
from cube.simulate.scenes import passages, told_apart, write_passage
from cube.simulate.site import Site, SiteSettings, new_site
from cube.simulate.truth import write_truth
from cube.simulate.vectors import LEASES, MINES, VIOLATIONS, ZONES, write_vectors

FORMAT = "minecube simulated archive 2"
"""Written into `archive.json`; a simulator that makes other files has another."""


@dataclass(frozen=True)
class ArchiveSettings:
    """What an archive holds. The same settings give the same files, byte for byte."""

    seed: int = 0
    """Draws everything: another seed, other mines."""
    mines: int = 8
    """How many mines; the first eight differ in place, tiles and law as `places` lists them."""
    size: int = 256
    """Pixels of 10 m along each side of a mine's surroundings; a window of the same size fits."""
    start: str = "2021-01-01"
    """First date; the +1000 of baseline 04.00 comes on 2022-01-25."""
    years: int = 3
    """One year of history, two to watch."""
    cadence_days: int = 10
    """Days between acquisitions: one satellite's repeat (5 with both)."""
    dialect: str = "earth_search"
    """`earth_search` (v1: asset names, offset flags) or `planetary_computer` (B04, baselines)."""
    bands: tuple[str, ...] = BANDS
    """Which bands are written; SCL always is."""
    workers: int = 0
    """Threads that write; 0 for one per processor, four at most. The files do not depend on it."""

    def __post_init__(self) -> None:
        self.site  # noqa: B018 - refuses a wrong size, years or cadence
        if not 1 <= self.mines <= 64:
            raise CubeError(f"mines is {self.mines}; give 1 to 64.")
        if self.dialect not in DIALECTS:
            raise CubeError(f"dialect is {self.dialect!r}; give one of {', '.join(DIALECTS)}.")
        unknown = [band for band in self.bands if band not in BANDS]
        if unknown or not self.bands:
            raise CubeError(f"bands are {self.bands}; give some of {', '.join(BANDS)}.")
        if self.workers < 0:
            raise CubeError(f"workers is {self.workers}; give 0 (automatic) or more.")

    @property
    def site(self) -> SiteSettings:
        """Settings of every single site."""
        return SiteSettings(self.size, self.start, self.years, self.cadence_days)


@dataclass(frozen=True)
class Archive:
    """Where the files of an archive lie; all under `folder`."""

    folder: Path

    @property
    def items(self) -> Path:
        """STAC ItemCollection with relative hrefs."""
        return self.folder / "items.json"

    @property
    def mines(self) -> Path:
        return self.folder / MINES

    @property
    def leases(self) -> Path:
        return self.folder / LEASES

    @property
    def zones(self) -> Path:
        return self.folder / ZONES

    @property
    def violations(self) -> Path:
        """The breaches that truly happen: JSON list of mine_id, rule, zone_id, area_ha, ..."""
        return self.folder / VIOLATIONS

    def truth(self, mine_id: str) -> Path:
        """netCDF with the truth of one mine, on its own 10 m UTM grid; `read_truth` opens it."""
        return self.folder / "truth" / f"{mine_id}.nc"


def write_archive(
    folder: str | Path,
    settings: ArchiveSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Archive:
    """Write a simulated archive, or keep the one that is there if it was made the same way.

    Parameters
    ----------
    folder : where; made if missing
    settings : ArchiveSettings
    progress : called with (scenes written, scenes in all) now and then, in the calling thread

    Raises
    ------
    CubeError
        If the folder holds something else than an archive, or one of other settings.
    """
    settings = settings or ArchiveSettings()
    archive = Archive(Path(folder))
    identity = _identity(settings)
    if is_complete(archive, identity):
        return archive
    archive.folder.mkdir(parents=True, exist_ok=True)
    (archive.folder / "truth").mkdir(exist_ok=True)
    workers = settings.workers or min(os.cpu_count() or 1, 4)
    items: list[dict] = []
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        sites = list(pool.map(lambda n: _site(settings, n), range(settings.mines)))
        passed = [(place, passages(site, place, settings.dialect)) for site, place in sites]
        plan = list(zip(sites, told_apart(passed, settings.dialect), strict=True))
        total = sum(len(passage.products) for _, every in plan for passage in every)
        jobs = [
            pool.submit(
                write_passage, archive.folder, site, passage, settings.dialect, settings.bands
            )
            for (site, _), every in plan
            for passage in every
        ]
        try:
            for job in jobs:
                written = job.result()
                items += written
                done += len(written)
                if progress:
                    progress(done, total)
        except BaseException:  # a full disk, an interrupt: do not write the rest first
            pool.shutdown(cancel_futures=True)
            raise
    for site, place in sites:
        write_truth(archive.truth(place.mine_id), site.truth, place.epsg, place.left, place.top)
    write_vectors(archive.folder, sites)
    items.sort(key=lambda item: (item["properties"]["datetime"], item["id"]))
    write_json(archive.items, {"type": "FeatureCollection", "features": items})
    write_json(archive.folder / "archive.json", identity)  # last: now it is whole
    return archive


def _site(settings: ArchiveSettings, number: int) -> tuple[Site, Place]:
    place = place_of(number, settings.seed, settings.size)
    seed = int(np.random.SeedSequence([settings.seed, number]).generate_state(1)[0])
    return new_site(seed, settings.site, place.case), place


def _identity(settings: ArchiveSettings) -> dict:
    plain = replace(settings, workers=0)
    return {
        "format": FORMAT,
        **{k: list(v) if isinstance(v, tuple) else v for k, v in vars(plain).items()},
    }


def is_complete(archive: Archive, identity: dict) -> bool:
    """True if the folder holds this very archive, False if it is free or half written."""
    if not archive.folder.exists():
        return False
    if not archive.folder.is_dir():
        raise CubeError(f"{archive.folder} is a file; give a folder for the archive.")
    stamp = archive.folder / "archive.json"
    if not stamp.exists():
        foreign = [
            entry.name for entry in sorted(archive.folder.iterdir()) if entry.name not in _OWN
        ]
        if foreign:
            raise CubeError(
                f"{archive.folder} holds {foreign[0]!r} and is no simulated archive; give an "
                "empty folder."
            )
        for entry in archive.folder.iterdir():  # a write that did not end
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        return False
    found = json.loads(stamp.read_text())
    if found == identity:
        return True
    other = sorted(k for k in {*found, *identity} if found.get(k) != identity.get(k))
    raise CubeError(
        f"{archive.folder} holds an archive with other settings ({', '.join(other)}: "
        f"{[found.get(k) for k in other]}, asked for {[identity.get(k) for k in other]}); give "
        "another folder or delete it."
    )


_PART = "unfinished.json"

_OWN = {
    _PART,
    "truth",
    "sentinel-2-l2a",
    "sentinel2-l2",
    "items.json",
    MINES,
    LEASES,
    ZONES,
}


def write_json(path: Path, content: object) -> None:
    """Whole or not at all: what is killed here leaves no stamp that cannot be read."""
    part = path.with_name(_PART)
    part.write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")
    part.replace(path)
