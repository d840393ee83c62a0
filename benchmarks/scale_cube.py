"""A number of mines in, a cube of full-sized windows out, with the mines, leases and zones of it.

Some simulated sites are photographed every ten days, the clearest look of every slot is taken, and
mine after mine gets the pixels of one of them. Their entropy is that of a real scene
(`benchmarks.codecs`). Every chunk is encoded and written as the main job does; files that hold the
same bytes are then one on disk (hard links), so that 57 GB of pixels fit on a small one. A reader
opens, reads and decodes as many chunks as if they differed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.scale_sites import BATCH_WINDOWS, ScaleSettings, kept_slots, new_sites
from cube.contract import CORE_BANDS
from cube.mines import read_mines
from cube.simulate.law import Case
from cube.simulate.places import Coverage, Place
from cube.simulate.site import Site
from cube.simulate.vectors import MINES, write_vectors
from cube.store import commit_slots, create_or_extend_cube, open_repository, write_slots
from cube.windows import WindowSettings, windows_of

EPSG, LEFT_M, TOP_M, ROW_MINES = 32644, 300_000.0, 2_600_000.0, 23
"""Where the made-up mines lie, side by side: in one UTM zone, 23 to a row."""

ENDS_BYTES = 2**16
"""Two chunks are the same if their lengths and so many bytes at either end are."""


def write_cube(
    folder: Path, settings: ScaleSettings, until: int = 0, kept: Path | None = None
) -> dict[str, float]:
    """Write `cube`, mines, leases and zones below `folder`, or keep those of the same settings.

    until : slots to write, where not all of them
    kept : where the pixels of the sites are kept between cubes; simulated anew where None

    Returns
    -------
    dict
        `raw_bytes` decoded, `stored_bytes` as a reader reads them, `disk_bytes` as they lie there,
        `ratio` of the first two, `reflectance_ratio` without quality, `seconds` it took to write.
    """
    stamp = folder / "written.json"
    told = dataclasses.asdict(settings)
    slots = range(until or settings.slots)
    if stamp.exists():
        found = json.loads(stamp.read_text())
        if (found["settings"], found["slots"]) == (told, len(slots)):
            return found["facts"]
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    begun = time.perf_counter()
    sites = new_sites(settings)
    count = len(sites)
    places = [_place(i, sites[i % count].law.case, settings.size) for i in range(settings.mines)]
    write_vectors(folder, [(sites[i % count], place) for i, place in enumerate(places)])
    open_repository(folder / "cube", create=True)
    chunks = _OneOfEach(folder / "cube" / "chunks", settings.size**2)
    write_slots_of(folder / "cube", folder / MINES, settings, slots, sites, chunks.share, kept)
    raw = settings.raw_bytes * len(slots) // settings.slots
    reflectance = raw * 2 * len(CORE_BANDS) / (2 * len(CORE_BANDS) + 1)
    facts = {
        "raw_bytes": raw,
        "stored_bytes": chunks.stored,
        "disk_bytes": chunks.on_disk,
        "ratio": round(raw / chunks.stored, 3),
        "reflectance_ratio": round(reflectance / chunks.large, 3),
        "seconds": round(time.perf_counter() - begun, 1),
    }
    record = {"settings": told, "slots": len(slots), "facts": facts}
    stamp.write_text(json.dumps(record, indent=1) + "\n")
    return facts


def write_slots_of(
    cube: Path,
    outlines: Path,
    settings: ScaleSettings,
    slots: range,
    sites: Sequence[Site] = (),
    written: Callable[[], None] = lambda: None,
    kept: Path | None = None,
) -> None:
    """Give a cube so many slots of every mine; `written` is called after every commit."""
    repository = open_repository(cube)
    sites = sites or new_sites(settings)
    mines, _ = read_mines(outlines)
    windows = windows_of(mines, WindowSettings(settings.size))
    starts = settings.starts[: slots.stop]
    create_or_extend_cube(repository, windows, starts, settings.cadence_days, CORE_BANDS)
    ends = starts[slots.start :] + np.timedelta64(settings.cadence_days - 1, "D")
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        photographed = pool.map(lambda site: kept_slots(site, settings, slots, kept), sites)
        for number, pixels in enumerate(photographed):
            own = list(range(number, settings.mines, len(sites)))
            for first in range(0, len(own), BATCH_WINDOWS):
                batch = own[first : first + BATCH_WINDOWS]
                session = repository.writable_session("main")
                fork = session.fork()
                commit_slots(
                    session, [write_slots(fork, i, slots.start, pixels, ends) for i in batch]
                )
                written()


def linked_run(written: Path, run: Path) -> None:
    """A run's folder with a copy of the cube in it: chunks are linked, all else is copied."""
    if run.exists():
        shutil.rmtree(run)
    shutil.copytree(written / "cube", run / "cube", ignore=shutil.ignore_patterns("chunks"))
    (run / "cube" / "chunks").mkdir()
    for chunk in os.scandir(written / "cube" / "chunks"):
        os.link(chunk.path, run / "cube" / "chunks" / chunk.name)


def _place(number: int, case: Case, size: int) -> Place:
    """Mines side by side, half a window apart: no window sees a neighbour's ground."""
    row, column = divmod(number, ROW_MINES)
    step = 15.0 * size
    name, here = f"BIG_{number:05d}", (LEFT_M + column * step, TOP_M - row * step)
    return Place(name, "nowhere", "nowhere", EPSG, *here, case, Coverage.WHOLE, 1, ())


class _OneOfEach:
    """The chunk files of a repository: of those that hold the same, one is kept on disk.

    large : bytes of those with more than `quality_bytes`, a slot's quality as it is: reflectance
    """

    def __init__(self, folder: Path, quality_bytes: int) -> None:
        self.folder, self.quality_bytes = folder, quality_bytes
        self.stored = self.on_disk = self.large = 0
        self._seen: set[str] = set()
        self._kept: dict[tuple[int, bytes], str] = {}

    def share(self) -> None:
        """Make links of the files written since the last time."""
        for file in list(os.scandir(self.folder)):
            if file.name in self._seen:
                continue
            self._seen.add(file.name)
            content = _identity(Path(file.path))
            self.stored += content[0]
            self.large += content[0] * (content[0] > self.quality_bytes)
            if content in self._kept:
                link = Path(file.path + ".link")
                os.link(self.folder / self._kept[content], link)
                link.replace(file.path)
            else:
                self._kept[content] = file.name
                self.on_disk += content[0]


def _identity(path: Path) -> tuple[int, bytes]:
    size = path.stat().st_size
    with path.open("rb") as stream:
        ends = stream.read(ENDS_BYTES)
        if size > ENDS_BYTES:
            stream.seek(-ENDS_BYTES, os.SEEK_END)
            ends += stream.read()
    return size, hashlib.blake2b(ends, digest_size=16).digest()
