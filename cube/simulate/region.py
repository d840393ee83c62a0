"""Settings in, a simulated countryside on disk out: several mines in one land, some on no list.

One catalogue covers all of it. `mines.geojson` names the listed mines only; the truth knows all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from pyproj import Transformer
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from cube.contract import BANDS, CubeError
from cube.simulate.archive import Archive, is_complete, write_json
from cube.simulate.items import DIALECTS
from cube.simulate.land import land
from cube.simulate.law import OUTLINE_MARGIN_PX, Case, Law
from cube.simulate.pits import NEVER, Ground, Workings, workings
from cube.simulate.places import Coverage, Place
from cube.simulate.scenes import passages, write_passage
from cube.simulate.seasons import season_table, soil_moisture, water_level
from cube.simulate.shapes import hull, outline
from cube.simulate.site import Site, SiteSettings
from cube.simulate.surface import Weather
from cube.simulate.tiles import mgrs_tile, own_tile
from cube.simulate.truth import truth_of, write_truth
from cube.simulate.vectors import feature, write_collection
from cube.simulate.wilds import Wilds

FORMAT = "minecube simulated region 1"

ALL_MINES, WORKINGS, PLACE = "truth/mines.geojson", "truth/workings.geojson", "truth/region.json"


@dataclass(frozen=True)
class RegionSettings:
    """What a region holds. The same settings give the same files, byte for byte."""

    seed: int = 0
    """Draws everything: another seed, another land with other mines."""
    plots: int = 3
    """Plots along each side; a mine stands on a plot of its own, others are empty."""
    plot_px: int = 256
    """Side of a plot [px of 10 m]; a mine fills most of it."""
    listed: int = 3
    """Mines in `mines.geojson`."""
    unlisted: int = 2
    """Mines that nobody listed."""
    start: str = "2021-01-01"
    """First date."""
    years: int = 2
    """Years of imagery: one of history, one to watch."""
    cadence_days: int = 10
    """Days between two looks."""
    longitude: float = 82.00
    latitude: float = 23.20
    """Middle of the region [degree]: hills of central India, where no mine of the archive lies."""
    dialect: str = "earth_search"
    """As of the archive."""
    bands: tuple[str, ...] = BANDS
    """Which bands are written; SCL always is."""
    workers: int = 0
    """Threads that write; 0 for one per processor, four at most."""

    def __post_init__(self) -> None:
        self.site  # noqa: B018 - refuses a wrong size, years or cadence
        if not 1 <= self.plots <= 8 or not 96 <= self.plot_px <= 512:
            raise CubeError(
                f"a region of {self.plots} plots of {self.plot_px} pixels along each side: give 1 "
                "to 8 plots of 96 to 512 pixels."
            )
        if min(self.listed, self.unlisted) < 0 or not 1 <= self.mines <= self.plots**2:
            raise CubeError(
                f"{self.listed} listed and {self.unlisted} unlisted mines on {self.plots**2} "
                "plots: there must be one mine or more, and a plot for each."
            )
        if not (-180 <= self.longitude <= 180 and 0 <= self.latitude <= 72):
            raise CubeError(
                f"the region lies at longitude {self.longitude}, latitude {self.latitude}; the "
                "simulator's seasons and tiles are those of the northern hemisphere up to 72 N."
            )
        if self.dialect not in DIALECTS:
            raise CubeError(f"dialect is {self.dialect!r}; give one of {', '.join(DIALECTS)}.")
        if not self.bands or [band for band in self.bands if band not in BANDS]:
            raise CubeError(f"bands are {self.bands}; give some of {', '.join(BANDS)}.")

    @property
    def mines(self) -> int:
        return self.listed + self.unlisted

    @property
    def size(self) -> int:
        """Pixels of 10 m along each side of the region."""
        return self.plots * self.plot_px

    @property
    def site(self) -> SiteSettings:
        return SiteSettings(self.size, self.start, self.years, self.cadence_days)


@dataclass(frozen=True)
class Region(Archive):
    """Where the files of a region lie; all under `folder`. It has no leases and no zones."""

    @property
    def all_mines(self) -> Path:
        """Outlines of every mine, with `mine_id` and `listed`."""
        return self.folder / ALL_MINES

    @property
    def worked(self) -> Path:
        """Ground that stood open at the end of each year: polygons with `mine_id` and `date`."""
        return self.folder / WORKINGS

    @property
    def center(self) -> tuple[float, float]:
        """Latitude and longitude of the middle [degree]."""
        place = json.loads((self.folder / PLACE).read_text())
        return place["latitude"], place["longitude"]

    @property
    def radius_km(self) -> float:
        """Half the region's side [km]."""
        return json.loads((self.folder / PLACE).read_text())["radius_km"]


@dataclass(frozen=True)
class _Plot:
    """A mine and where the upper left corner of its layout lies in the region [px]."""

    mine_id: str
    listed: bool
    row: int
    column: int
    mine: Workings


def write_region(
    folder: str | Path,
    settings: RegionSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Region:
    """Write a simulated region, or keep the one that is there if it was made the same way.

    Parameters
    ----------
    folder : where; made if missing
    settings : RegionSettings
    progress : called with (scenes written, scenes in all) now and then, in the calling thread

    Raises
    ------
    CubeError
        If the folder holds something else, or a region of other settings.
    """
    settings = settings or RegionSettings()
    region = Region(Path(folder))
    identity = {"format": FORMAT} | vars(replace(settings, workers=0))
    identity["bands"] = list(settings.bands)
    if is_complete(region, identity):
        return region
    (region.folder / "truth").mkdir(parents=True, exist_ok=True)
    plots = _plots(settings)
    site, place = _site(settings, plots), _place(settings)
    plan = passages(site, place, settings.dialect)
    items: list[dict] = []
    with ThreadPoolExecutor(settings.workers or min(os.cpu_count() or 1, 4)) as pool:
        jobs = [
            pool.submit(
                write_passage, region.folder, site, passage, settings.dialect, settings.bands
            )
            for passage in plan
        ]
        try:
            for done, job in enumerate(jobs, start=1):
                items += job.result()
                if progress:
                    progress(done, len(jobs))
        except BaseException:  # a full disk, an interrupt: do not write the rest first
            pool.shutdown(cancel_futures=True)
            raise
    write_truth(region.truth("region"), site.truth, place.epsg, place.left, place.top)
    _write_vectors(region, settings, plots, place)
    items.sort(key=lambda item: (item["properties"]["datetime"], item["id"]))
    write_json(region.items, {"type": "FeatureCollection", "features": items})
    write_json(region.folder / "archive.json", identity)  # last: now it is whole
    return region


def _plots(settings: RegionSettings) -> list[_Plot]:
    """Every mine on a plot of its own, the listed ones first."""
    rng = np.random.default_rng([settings.seed, 49979687])
    chosen = rng.permutation(settings.plots**2)[: settings.mines]
    side = 2 * round(0.46 * settings.plot_px)
    plots = []
    for number, plot in enumerate(chosen):
        own = np.random.default_rng([settings.seed, 86028121, number])
        mine = workings(own, side, settings.site.first, settings.site.days)
        row, column = (
            settings.plot_px * int(at) + int(own.integers(0, settings.plot_px - side + 1))
            for at in divmod(int(plot), settings.plots)
        )
        listed = number < settings.listed
        name = f"SIM_{number:03d}" if listed else f"HIDDEN_{number - settings.listed:03d}"
        plots.append(_Plot(name, listed, row, column, mine))
    return plots


def _site(settings: RegionSettings, plots: list[_Plot]) -> Site:
    """The whole region as one site: one land, one weather, all mines in it."""
    made, seed = settings.site, settings.seed
    rng = np.random.default_rng([seed, 67867967])
    mine = _together(settings.size, plots)
    around = land(rng, made.first, made.days, mine, Wilds())
    weather = Weather(
        made.first,
        season_table(rng, made.first, made.days),
        soil_moisture(rng, made.first, made.days),
        water_level(rng, made.first, made.days),
    )
    truth = truth_of(made.first, mine, around)
    rules = Law(Case.NO_LAW, shapely.box(0, 0, made.size, made.size), (), (), ())
    return Site(seed, made, Case.NO_LAW, mine, rules, around, weather, truth)


def _together(size: int, plots: list[_Plot]) -> Workings:
    """All mines in one square; ground between them is nobody's."""
    fills = {"opened": NEVER, "ground": Ground.NATURAL, "old": False, "ramp": False, "pond": 9.0,
             "along": 0.0, "across": 0.0}  # fmt: skip
    layers = {
        name: np.full((size, size), fill, getattr(plots[0].mine, name).dtype)
        for name, fill in fills.items()
    }
    for plot in plots:
        side = plot.mine.ground.shape[0]
        at = slice(plot.row, plot.row + side), slice(plot.column, plot.column + side)
        for name, layer in layers.items():
            layer[at] = getattr(plot.mine, name)
    return Workings(**layers, front=0.0, flank=1.0)


def _place(settings: RegionSettings) -> Place:
    """One tile over the whole region, in the UTM zone of its middle."""
    longitude, latitude, size = settings.longitude, settings.latitude, settings.size
    epsg = 32600 + min(int((longitude + 180) // 6), 59) + 1
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(longitude, latitude)
    left, top = 20.0 * round((x - 5.0 * size) / 20), 20.0 * round((y + 5.0 * size) / 20)
    name = mgrs_tile(epsg, x, y, latitude)
    tile = own_tile(name, epsg, left, top, size, slice(0, size))
    orbit = 1 + settings.seed % 143
    return Place(
        "REGION", "", "", epsg, left, top, Case.NO_LAW, Coverage.WHOLE, orbit, (tile,)
    )  # fmt: skip


def _write_vectors(
    region: Region, settings: RegionSettings, plots: list[_Plot], place: Place
) -> None:
    """The list of mines, and the truth about all of them."""
    known, every, worked = [], [], []
    for plot in plots:
        works = (plot.mine.ground != Ground.NATURAL) & (plot.mine.ground != Ground.CONSTRUCTION)
        around = _placed(hull(works, OUTLINE_MARGIN_PX), plot)
        every.append(feature(around, place, mine_id=plot.mine_id, listed=plot.listed))
        if plot.listed:
            known.append(feature(around, place, mine_id=plot.mine_id, state="", district=""))
        for year in range(settings.years + 1):
            day = min(int(365.25 * year), settings.site.days - 1)
            area = _placed(outline(works & (plot.mine.opened <= day)), plot)
            date = str(settings.site.first + day)
            worked.append(feature(area, place, mine_id=plot.mine_id, date=date))
    write_collection(region.mines, known)
    write_collection(region.all_mines, every)
    write_collection(region.worked, worked)
    middle = {"latitude": settings.latitude, "longitude": settings.longitude}
    write_json(region.folder / PLACE, middle | {"radius_km": settings.size * 10 / 2000})


def _placed(area: BaseGeometry, plot: _Plot) -> BaseGeometry:
    """A polygon of a plot's own pixels in those of the region."""
    return translate(area, plot.column, plot.row)
