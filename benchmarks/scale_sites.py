"""Settings of a cube for measuring in, its simulated sites and their pixels slot by slot out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cube.contract import BANDS, CORE_BANDS, CubeError, Quality
from cube.quality import quality_of
from cube.simulate.law import Case
from cube.simulate.site import FINE, Look, Site, SiteSettings, digital_numbers, new_site

LOOK_DAYS = 10
"""Days between two looks at a site; a slot takes the clearest of those it holds."""

BATCH_WINDOWS = 16
"""Windows written before equal files are made one: what lies on disk twice at most."""


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


def new_sites(settings: ScaleSettings) -> list[Site]:
    """The different sites, in every legal case in turn."""
    cases = list(Case)
    count = min(settings.sites, settings.mines)
    return [new_site(i, settings.site, cases[i % len(cases)]) for i in range(count)]


def kept_slots(site: Site, settings: ScaleSettings, slots: range, kept: Path | None) -> SitePixels:
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
