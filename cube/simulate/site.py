"""One simulated site in memory: ten-band Sentinel-2 looks at a mine, and what truly happened."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cube.contract import BANDS, CubeError
from cube.simulate.breaches import Watch
from cube.simulate.clouds import Sky, classified, sky, under_sky
from cube.simulate.land import Land, land
from cube.simulate.law import Case, Law, law, wilds
from cube.simulate.pits import Workings, workings
from cube.simulate.render import blurred, halved
from cube.simulate.seasons import day_of_year, season_table, soil_moisture, water_level
from cube.simulate.surface import Weather, surface_reflectance
from cube.simulate.truth import Truth, truth_of

FINE = ("blue", "green", "red", "nir")
"""Bands measured at 10 m; the others, and the scene classification, at 20 m."""

POINT_SPREAD = 0.11
"""Share of a pixel's light that falls on each neighbour along a line (half maximum near 20 m)."""


@dataclass(frozen=True)
class SiteSettings:
    """What a simulated site looks like."""

    size: int = 256
    """Pixels of 10 m along each side; even, because half the bands have 20 m pixels."""
    start: str = "2021-01-01"
    """First date."""
    years: int = 3
    """Years of imagery: one of history, two to watch."""
    cadence_days: int = 10
    """Days between two looks (one satellite's repeat; 5 with both)."""
    noise: float = 0.0012
    """Standard deviation [reflectance] of a sensor's noise on dark ground."""
    jitter_px: float = 0.15
    """Standard deviation [px of 10 m] of the registration between two dates."""

    def __post_init__(self) -> None:
        try:
            known = not np.isnat(np.datetime64(self.start, "D"))
        except ValueError:
            known = False
        if not known:
            raise CubeError(f"start is {self.start!r}; give a date such as 2021-01-01.")
        if self.size < 48 or self.size % 2:
            raise CubeError(f"size is {self.size}; give an even number of pixels, 48 or more.")
        if not 1 <= self.years <= 12:
            raise CubeError(f"years is {self.years}; give 1 to 12.")
        if not 1 <= self.cadence_days <= 60:
            raise CubeError(f"cadence_days is {self.cadence_days}; give 1 to 60.")

    @property
    def first(self) -> np.datetime64:
        return np.datetime64(self.start, "D")

    @property
    def days(self) -> int:
        """Days from the first date to the end of the last year."""
        return int(365.25 * self.years)

    @property
    def dates(self) -> np.ndarray:
        """(time,) datetime64[D] of every look."""
        return self.first + np.arange(0, self.days, self.cadence_days).astype("timedelta64[D]")


@dataclass(frozen=True)
class Site:
    """The world of one site; `look(i)` photographs it on date `i`."""

    seed: int
    settings: SiteSettings
    case: Case
    mine: Workings = field(repr=False)
    law: Law = field(repr=False)
    land: Land = field(repr=False)
    weather: Weather = field(repr=False)
    truth: Truth = field(repr=False)

    def look(self, i: int) -> Look:
        """The satellite's view on date `i`: always the same, whatever was asked before."""
        settings = self.settings
        rng = np.random.default_rng([self.seed, 7919, i])
        date = settings.dates[i]
        day = int((date - settings.first).astype(int))
        of_year = int(day_of_year(date))
        glint = sun_glint(rng, of_year)
        ground = surface_reflectance(self.land, self.mine, self.weather, day, glint)
        over = sky(rng, settings.size, of_year)
        return photographed(rng, ground, over, settings)


@dataclass(frozen=True)
class Look:
    """One date's image: `fine` (4, y, x) and `coarse` (6, y/2, x/2) float32 reflectance, `scl`
    (y/2, x/2) uint8; bands of `fine` are `FINE`, of `coarse` the rest of `BANDS` in order."""

    fine: np.ndarray
    coarse: np.ndarray
    scl: np.ndarray


def photographed(
    rng: np.random.Generator, ground: np.ndarray, over: Sky, settings: SiteSettings
) -> Look:
    """What the instrument and Sen2Cor make of the ground under a sky."""
    seen = under_sky(ground, over)
    spread = np.empty_like(seen)
    down, right = np.clip(rng.normal(0, settings.jitter_px, 2), -0.5, 0.5)
    blurred(seen, POINT_SPREAD, down, right, spread)
    size = settings.size
    gain = 1.0 + rng.normal(0, 0.012) + rng.normal(0, 0.006, len(BANDS))
    bias = rng.normal(0, 0.004) * np.array([1.0, 0.8, 0.6, 0.3, 0.15, 0.1, 0.5, 0.4, 0.35, 0.3])
    coarse_bands = [b for b, name in enumerate(BANDS) if name not in FINE]
    fine = np.empty((len(FINE), size, size), np.float32)
    coarse = np.empty((len(coarse_bands), size // 2, size // 2), np.float32)
    for k, name in enumerate(FINE):
        b = BANDS.index(name)
        fine[k] = spread[b] * gain[b] + bias[b]
    for k, b in enumerate(coarse_bands):
        halved(spread[b], coarse[k])
        coarse[k] *= gain[b]
        coarse[k] += bias[b]
    for image in (fine, coarse):
        grain = rng.standard_normal(image.shape, dtype=np.float32)
        grain *= settings.noise + 0.004 * image
        image += grain
    half = np.empty((5, size // 2, size // 2), np.float32)
    for k, name in enumerate((*FINE, "swir16")):
        halved(spread[BANDS.index(name)], half[k])
    small = Sky(*(_halved(a) for a in (over.opacity, over.thin, over.shade, over.haze)))
    return Look(fine, coarse, classified(rng, half, small))


def sun_glint(rng: np.random.Generator, day_of_year: int) -> float:
    """Reflectance that smooth water adds by mirroring the sun, high from April to August.

    Real pit lakes at 21 N shine white on some dates of April and May.
    """
    high_sun = float(np.interp(day_of_year, (80, 120, 200, 240), (0.0, 1.0, 1.0, 0.0)))
    strength = 0.35 * rng.random() ** 3
    return high_sun * strength if rng.random() < 0.4 else 0.0


def _halved(image: np.ndarray) -> np.ndarray:
    out = np.empty((image.shape[0] // 2, image.shape[1] // 2), np.float32)
    halved(image, out)
    return out


def new_site(seed: int, settings: SiteSettings | None = None, case: Case = Case.COMPLIANT) -> Site:
    """Invent a site. The same seed, settings and case give the same site, bit for bit."""
    settings = settings or SiteSettings()
    rng = np.random.default_rng([seed, 104729])
    mine = workings(rng, settings.size, settings.first, settings.days)
    around = land(rng, settings.first, settings.days, mine, wilds(case, mine))
    weather = Weather(
        settings.first,
        season_table(rng, settings.first, settings.days),
        soil_moisture(rng, settings.first, settings.days),
        water_level(rng, settings.first, settings.days),
    )
    truth = truth_of(settings.first, mine, around)
    watch = Watch.of(settings.first, settings.days)
    rules = law(case, mine, truth, settings.days, watch)
    return Site(seed, settings, case, mine, rules, around, weather, truth)


def digital_numbers(look: Look, offset: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Fine and coarse bands as the product stores them: reflectance x 10,000 - `offset`, uint16.

    `offset` is what a reader has to add (-1000 from processing baseline 04.00 on); a measured
    value never becomes 0, which means "no measurement".
    """
    fine, coarse = (
        np.clip(np.rint(a * 1e4) - offset, 1, 65534).astype(np.uint16)
        for a in (look.fine, look.coarse)
    )
    return fine, coarse


def simulated(
    seed: int, settings: SiteSettings | None = None, case: Case = Case.COMPLIANT
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Truth]:
    """A whole site at 10 m, ready for a detector.

    Returns
    -------
    reflectance : (time, band, y, x) uint16, reflectance x 10,000, bands of `cube.contract.BANDS`
    scl : (time, y, x) uint8, scene classification, imperfect as the real one
    dates : (time,) datetime64[D]
    truth : Truth
    """
    site = new_site(seed, settings, case)
    return (*photographs(site), site.truth)


def photographs(site: Site) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every look at a site: reflectance, scl and dates, as `simulated` gives them."""
    dates = site.settings.dates
    size = site.settings.size
    reflectance = np.empty((dates.size, len(BANDS), size, size), np.uint16)
    scl = np.empty((dates.size, size, size), np.uint8)
    for i in range(dates.size):
        look = site.look(i)
        fine, coarse = digital_numbers(look)
        f = c = 0
        for b, name in enumerate(BANDS):
            if name in FINE:
                reflectance[i, b] = fine[f]
                f += 1
            else:
                reflectance[i, b] = coarse[c].repeat(2, 0).repeat(2, 1)
                c += 1
        scl[i] = look.scl.repeat(2, 0).repeat(2, 1)
    return reflectance, scl, dates
