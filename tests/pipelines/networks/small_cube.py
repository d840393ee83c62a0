"""A tiny simulated cube on disk, its truth beside it: for whatever wants chips to try things on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cube.contract import BANDS, Quality, Window
from cube.simulate import SiteSettings, new_site
from cube.simulate.places import place_of
from cube.simulate.site import photographs
from cube.simulate.truth import write_truth
from cube.store import (
    SlotArrays,
    commit_slots,
    committer,
    create_or_extend_cube,
    open_repository,
    write_slots,
)

CLEAR_CLASSES = (4, 5, 6, 7)


@dataclass(frozen=True)
class SimulatedCube:
    """`path` of the repository; `truth`, the folder with a netCDF per mine; its mines' names."""

    path: Path
    truth: Path
    mines: tuple[str, ...]


@dataclass(frozen=True)
class _Slots:
    reflectance: np.ndarray
    quality: np.ndarray
    acquired: np.ndarray
    source_items: list[str]
    failed_reads: np.ndarray


def simulated_cube(
    folder: Path,
    sites: int = 4,
    size: int = 64,
    seed: int = 0,
    cadence_days: int = 20,
    copied: int | None = None,
) -> SimulatedCube:
    """Mines on different coal fields of India, one year of looks each, ten bands.

    Pixel (row, column) of window and site are the same ground. `copied`: the last mine shows the
    ground of this one, as if it had been listed twice with wrong coordinates.
    """
    settings = SiteSettings(size=size, years=1, cadence_days=cadence_days)
    truth, path = folder / "truth", folder / "cube"
    truth.mkdir(parents=True)
    places = [place_of(number, seed, size) for number in range(sites)]
    windows = [Window(p.mine_id, 0, p.epsg, p.left, p.top, size) for p in places]
    times = settings.dates.astype("datetime64[s]")
    with committer(path):
        repository = open_repository(path, create=True)
        create_or_extend_cube(repository, windows, settings.dates, cadence_days)
        session = repository.writable_session("main")
        fork, written = session.fork(), []
        for number, place in enumerate(places):
            ground = copied if copied is not None and number == sites - 1 else number
            site = new_site(seed * 100 + ground, settings, places[ground].case)
            reflectance, scl, _ = photographs(site)
            slots = _slots(reflectance, scl, times)
            written.append(write_slots(fork, number, 0, slots, times[-1]))
            write_truth(
                truth / f"{place.mine_id}.nc", site.truth, place.epsg, place.left, place.top
            )
        commit_slots(session, written)
    return SimulatedCube(path, truth, tuple(place.mine_id for place in places))


def _slots(reflectance: np.ndarray, scl: np.ndarray, times: np.ndarray) -> SlotArrays:
    clear = np.isin(scl, CLEAR_CLASSES)
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    assert reflectance.shape[1] == len(BANDS)
    return _Slots(reflectance, quality, times, ["[]"] * len(times), np.zeros(len(times), np.uint16))
