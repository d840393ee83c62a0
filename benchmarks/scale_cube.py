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
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cube.contract import BANDS, CORE_BANDS, CubeError, Quality
from cube.mines import read_mines
from cube.quality import quality_of
from cube.simulate.law import Case
from cube.simulate.places import Coverage, Place
from cube.simulate.site import FINE, Look, Site, SiteSettings, digital_numbers, new_site
from cube.simulate.vectors import MINES, write_vectors
from cube.store import commit_slots, create_or_extend_cube, open_repository, write_slots
from cube.windows import WindowSettings, windows_of

LOOK_DAYS = 10
"""Days between two looks at a site; a slot takes the clearest of those it holds."""

BATCH_WINDOWS = 16
"""Windows written before equal files are made one: what lies on disk twice at most."""

EPSG, LEFT_M, TOP_M, ROW_MINES = 32644, 300_000.0, 2_600_000.0, 23
"""Where the made-up mines lie, side by side: in one UTM zone, 23 to a row."""

ENDS_BYTES = 2**16
"""Two chunks are the same if their lengths and so many bytes at either end are."""


@dataclass(frozen=True)
class ScaleSettings:
    """What a cube for measuring holds.

    mines, slots, size : one window of `size` pixels a side for every mine
    cadence_days : days per slot; 36 of 30 days are a year of history and two to watch
    sites : how many different sites the mines take their pixels from, in turn
    """

    mines: int = 506
    slots: int = 36
    size: int = 512
    cadence_days: int = 30
    sites: int = 12

    def __post_init__(self) -> None:
        for name, low, high in (
            ("mines", 1, 100_000),
            ("slots", 1, 1_200),
            ("cadence_days", LOOK_DAYS, 60),
            ("sites", 1, 1_000),
        ):
            if not low <= getattr(self, name) <= high:
                raise CubeError(f"{name} is {getattr(self, name)}; give {low} to {high}.")
        if self.cadence_days % LOOK_DAYS:
            raise CubeError(
                f"cadence_days is {self.cadence_days}; give a multiple of {LOOK_DAYS}, the days "
                "between two looks."
            )
        _ = self.site

    @property
    def site(self) -> SiteSettings:
        years = max(1, -(-self.slots * self.cadence_days // 365))
        return SiteSettings(self.size, years=years, cadence_days=LOOK_DAYS)

    @property
    def starts(self) -> np.ndarray:
        """(slot,) datetime64[D], first day of every slot."""
        return self.site.first + np.arange(self.slots) * np.timedelta64(self.cadence_days, "D")

    @property
    def period(self) -> str:
        """First and last day, as `--period` takes it."""
        last = self.starts[-1] + np.timedelta64(self.cadence_days - 1, "D")
        return f"{self.starts[0]}/{last}"

    @property
    def raw_bytes(self) -> int:
        """Decoded bytes of the cube: six bands of uint16, quality of uint8."""
        return self.mines * self.slots * self.size**2 * (2 * len(CORE_BANDS) + 1)

    @property
    def disk_bytes(self) -> int:
        """What the cube takes on disk at most, once equal files are one."""
        different = min(self.sites, self.mines) + BATCH_WINDOWS
        return int(different * self.raw_bytes / self.mines / 1.4)


@dataclass(frozen=True, eq=False)
class SitePixels:
    """A site's slots as the store takes them (`cube.store.slots.SlotArrays`)."""

    reflectance: np.ndarray
    quality: np.ndarray
    acquired: np.ndarray
    source_items: list[str]
    failed_reads: np.ndarray


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
    sites = _sites(settings)
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
    sites = sites or _sites(settings)
    mines, _ = read_mines(outlines)
    windows = windows_of(mines, WindowSettings(settings.size))
    starts = settings.starts[: slots.stop]
    create_or_extend_cube(repository, windows, starts, settings.cadence_days, CORE_BANDS)
    ends = starts[slots.start :] + np.timedelta64(settings.cadence_days - 1, "D")
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        photographed = pool.map(lambda site: _kept_slots(site, settings, slots, kept), sites)
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


def _sites(settings: ScaleSettings) -> list[Site]:
    """The different sites, in every legal case in turn."""
    cases = list(Case)
    count = min(settings.sites, settings.mines)
    return [new_site(i, settings.site, cases[i % len(cases)]) for i in range(count)]


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


def _kept_slots(site: Site, settings: ScaleSettings, slots: range, kept: Path | None) -> SitePixels:
    """`_slots`, read again where a file of them is kept."""
    if kept is None:
        return _slots(site, settings, slots)
    told = (settings.size, settings.slots, settings.cadence_days, site.seed, site.case, slots)
    file = kept / f"{hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()}.npz"
    if file.exists():
        with np.load(file) as arrays:
            items = arrays["source_items"].tolist()
            return SitePixels(
                arrays["reflectance"], arrays["quality"], arrays["acquired"], items,
                arrays["failed_reads"],
            )  # fmt: skip
    found = _slots(site, settings, slots)
    kept.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part.npz")
    np.savez(part, **vars(found))
    part.replace(file)
    return found


def _slots(site: Site, settings: ScaleSettings, slots: range) -> SitePixels:
    """The clearest look of every one of some slots."""
    shape = (len(slots), settings.size, settings.size)
    reflectance = np.empty((shape[0], len(CORE_BANDS), *shape[1:]), np.uint16)
    quality = np.empty(shape, np.uint8)
    per_slot = settings.cadence_days // LOOK_DAYS
    dates = site.settings.dates
    taken = np.empty(len(slots), "datetime64[D]")
    whole = np.ones(shape[1:], bool)
    for slot, number in enumerate(slots):
        best = -1
        for i in range(number * per_slot, (number + 1) * per_slot):
            look = site.look(i)
            seen = quality_of(look.scl.repeat(2, 0).repeat(2, 1), whole)
            clear = int(np.count_nonzero(seen == Quality.CLEAR))
            if clear > best:
                best, taken[slot], quality[slot] = clear, dates[i], seen
                _fill(reflectance[slot], look)
    items = [f"S2A_{date}" for date in taken]
    return SitePixels(reflectance, quality, taken, items, np.zeros(len(slots), np.uint16))


def _fill(numbers: np.ndarray, look: Look) -> None:
    """A look's core bands as numbers (band, y, x)."""
    fine, coarse = digital_numbers(look)
    others = [band for band in BANDS if band not in FINE]
    for b, name in enumerate(CORE_BANDS):
        if name in FINE:
            numbers[b] = fine[FINE.index(name)]
        else:
            numbers[b] = coarse[others.index(name)].repeat(2, 0).repeat(2, 1)


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
