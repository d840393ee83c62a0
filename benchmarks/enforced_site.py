"""A simulated site in, what detection and the law make of it out: the real functions, in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import xarray as xr

from analysis import DetectionSettings, Excavation, detect_block
from analysis.compliance import Compliance, compliance
from analysis.mosaic import ground
from analysis.regions import Regions, RegionSettings, regions
from cube.contract import BANDS, CORE_BANDS, MEASURED_AT_M, Quality, State, Window
from cube.law import read_leases, read_zones
from cube.mines import read_mines
from cube.simulate import Case, Site, SiteSettings, new_site, simulated
from cube.simulate.law import inside, wilds
from cube.simulate.places import Place, place_of
from cube.simulate.vectors import LEASES, MINES, VIOLATIONS, ZONES, write_vectors
from cube.windows import outline_mask
from pipelines.law import no_leases, no_zones

CLEAR = (4, 5, 6, 7)
"""Scene classes taken for clear."""


@dataclass(frozen=True, eq=False)
class Enforced:
    """One mine before its law: what `compliance` says, and the true breaches."""

    case: Case
    said: Compliance
    truths: list[dict[str, Any]]
    seen: list[dict[str, Any]]
    """For every true breach: its pixels, and how many of them were found or not observable."""


def enforced(seed: int, settings: SiteSettings, cases: Iterable[Case]) -> Iterator[Enforced]:
    """One site under several laws. Cases that leave its imagery alike are photographed once."""
    groups: dict[Any, list[Case]] = {}
    mine = new_site(seed, settings).mine
    for case in cases:
        groups.setdefault(wilds(case, mine), []).append(case)
    for alike in groups.values():
        place = place_of(seed, seed, settings.size)
        found, results = photographed_and_found(seed, settings, alike[0], place)
        for case in alike:
            yield judged(new_site(seed, settings, case), replace(place, case=case), found, results)


def photographed_and_found(
    seed: int, settings: SiteSettings, case: Case, place: Place
) -> tuple[Excavation, xr.Dataset]:
    """Detection over all looks of a site; the results also as one mine's results dataset."""
    reflectance, scl, dates, _ = simulated(seed, settings, case)
    clear = np.isin(scl, CLEAR)
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    core = np.ascontiguousarray(reflectance[:, [BANDS.index(band) for band in CORE_BANDS]])
    del reflectance
    site = new_site(seed, settings, case)
    with _law_files(site, place) as files:
        outline = read_mines(files / MINES)[0].geometry.iloc[0]
    mask = outline_mask(_window(place, settings.size), outline)
    acquired = dates.astype("datetime64[s]")
    found = detect_block(core, quality, acquired, DetectionSettings(), inside=mask)
    timed, still = ("mine", "time", "y", "x"), ("mine", "y", "x")
    results = xr.Dataset(
        {
            "excavated": (timed, found.excavated[None]),
            "state": (timed, found.state[None]),
            "onset": (still, found.onset[None].astype("datetime64[ns]")),
            "confirmed": (still, found.confirmed[None].astype("datetime64[ns]")),
            "confidence": (still, found.confidence[None]),
            "quality": (timed, quality[None]),
        },
        coords={"time": dates.astype("datetime64[ns]")},
    )
    return found, results


def judged(site: Site, place: Place, found: Excavation, results: xr.Dataset) -> Enforced:
    """One mine's regions held against its law, beside the breaches that truly happened."""
    window = _window(place, site.settings.size)
    mine: Regions = regions(ground(results, [window]), RegionSettings())
    with _law_files(site, place) as files:
        mines = read_mines(files / MINES)[0]
        zones = read_zones(files / ZONES) if site.law.zones else no_zones()
        leases = read_leases(files / LEASES) if site.law.leases else no_leases()
        truths = json.loads((files / VIOLATIONS).read_text())
    said = compliance(mine, mines.geometry.iloc[0], zones, leases)
    seen = [_seen(site, found, breach) for breach in range(len(truths))]
    return Enforced(site.law.case, said, truths, seen)


def breach_mask(site: Site, number: int) -> np.ndarray:
    """(y, x) bool: the pixels of a true breach."""
    breach, size = site.law.violations[number], site.settings.size
    if breach.zone is not None:
        return site.truth.excavated & inside(site.law.zones[breach.zone].area, size)
    leased = [
        inside(lease.area, size) & (site.mine.opened <= (lease.until or np.inf))
        for lease in site.law.leases
    ]
    return site.truth.excavated & ~np.any(leased, axis=0)


def _seen(site: Site, found: Excavation, number: int) -> dict[str, Any]:
    where = breach_mask(site, number)
    return {
        "pixels": int(where.sum()),
        "found": int(found.excavated[-1][where].sum()),
        "not_observable": int((found.state[-1][where] == State.NOT_OBSERVABLE).sum()),
        "provisional": int((found.state[-1][where] == State.PROVISIONAL).sum()),
    }


def _window(place: Place, size: int) -> Window:
    """Where the pixels of a reader's window were measured (`cube.store.measured_windows`)."""
    east, north = MEASURED_AT_M
    return Window(place.mine_id, 0, place.epsg, place.left + east, place.top + north, size)


class _law_files:
    """The law of one site as files, read by the same readers as anybody's law."""

    def __init__(self, site: Site, place: Place) -> None:
        self._site, self._place = site, place

    def __enter__(self) -> Path:
        self._folder = TemporaryDirectory(prefix="minecube-law-")
        path = Path(self._folder.name)
        write_vectors(path, [(self._site, self._place)])
        return path

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()
