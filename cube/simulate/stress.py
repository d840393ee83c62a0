"""A simulated site made harder to judge, a switch for every stress; and one left undisturbed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from cube.contract import BANDS, CubeError
from cube.simulate.clouds import CLOUD_COLOUR
from cube.simulate.pale import CLEAR_CLASSES, PaleGround, taken_for_cloud
from cube.simulate.pits import NEVER, Ground
from cube.simulate.site import Site
from cube.simulate.texture import fractal, ranks
from cube.simulate.truth import Truth, truth_of

YEAR = np.timedelta64(365, "D")


class Stress(StrEnum):
    """What is made harder; the numbers are in `StressSettings`."""

    NONE = "none"
    NATURAL_NDVI = "natural_ndvi"
    MISSED_CLOUD = "missed_cloud"
    SHORT_HISTORY = "short_history"
    HALF_LOOKS = "half_looks"
    SCENE_BIAS = "scene_bias"
    BRIGHT_SPOIL = "bright_spoil"
    BRIGHT_SPOIL_WIDENED = "bright_spoil_widened"


@dataclass(frozen=True)
class StressSettings:
    """How hard."""

    ndvi_drop: float = 0.10
    """NDVI [1] by which natural ground is browner than the simulator makes it: real mines lie in
    drier ground."""
    bare_ndvi: float = 0.05
    """NDVI [1] below which nothing is made browner: that of dry soil without a leaf."""
    cloud_share: float = 0.12
    """Share of the clear looks of the history that are cloud nobody noticed."""
    bias_sd: float = 0.05
    """Standard deviation [1] of a whole scene's NDVI: sun, view and aerosol left uncorrected."""
    pale: PaleGround = field(default_factory=PaleGround)
    """Opened ground that is taken for cloud."""

    def __post_init__(self) -> None:
        if not 0 <= self.ndvi_drop < 1 or not 0 <= self.bias_sd < 1:
            raise CubeError(
                f"ndvi_drop {self.ndvi_drop} and bias_sd {self.bias_sd} must lie in 0..1."
            )
        if not 0 <= self.cloud_share <= 0.5:
            raise CubeError(f"cloud_share is {self.cloud_share}; give 0 to 0.5.")


@dataclass(frozen=True, eq=False)
class Series:
    """Looks at a site: reflectance (time, band, y, x) uint16 of the first `BANDS`, scl
    (time, y, x) uint8, dates (time,) datetime64[D]; `watched` is the day the history ends."""

    reflectance: np.ndarray
    scl: np.ndarray
    dates: np.ndarray
    watched: np.datetime64


def stressed(
    stress: Stress,
    seed: int,
    reflectance: np.ndarray,
    scl: np.ndarray,
    dates: np.ndarray,
    truth: Truth,
    settings: StressSettings | None = None,
) -> Series:
    """Looks at a site under a stress; without one, as they are. Inputs are left unchanged.

    `seed` draws the stress; the same seed and site give the same looks. Arrays as `simulated`
    gives them, or the leading bands of them.
    """
    settings = settings or StressSettings()
    drawn = Stress.BRIGHT_SPOIL if stress == Stress.BRIGHT_SPOIL_WIDENED else stress
    rng = np.random.default_rng([seed, 15485863, list(Stress).index(drawn)])
    plain = Series(reflectance, scl, dates, dates[0] + YEAR)
    match stress:
        case Stress.NATURAL_NDVI:
            return replace(plain, reflectance=_browner(plain, truth, settings))
        case Stress.MISSED_CLOUD:
            return replace(plain, reflectance=_clouded(rng, plain, settings.cloud_share))
        case Stress.SHORT_HISTORY:
            begins = dates[0].astype("datetime64[Y]").astype("datetime64[M]") + 6
            kept = dates >= begins.astype("datetime64[D]")
            return Series(
                reflectance[kept], scl[kept], dates[kept], (begins + 6).astype("datetime64[D]")
            )
        case Stress.HALF_LOOKS:
            return Series(reflectance[::2], scl[::2], dates[::2], plain.watched)
        case Stress.SCENE_BIAS:
            return replace(plain, reflectance=_biased(rng, plain, settings.bias_sd))
        case Stress.BRIGHT_SPOIL:
            return _paled(rng, plain, truth, replace(settings.pale, widened=0))
        case Stress.BRIGHT_SPOIL_WIDENED:
            return _paled(rng, plain, truth, settings.pale)
    return plain


def undisturbed(site: Site) -> Site:
    """The same site, weather and sky, where nobody digs, dumps or drives anything new.

    What was open before stays open, and houses are built as before: they are no mining.
    """
    mine = site.mine
    fresh = (mine.opened >= 0) & (mine.ground != Ground.CONSTRUCTION)
    quiet = replace(
        mine,
        opened=np.where(fresh, NEVER, mine.opened).astype(np.float32),
        ground=np.where(fresh, Ground.NATURAL, mine.ground).astype(np.uint8),
    )
    truth = truth_of(site.settings.first, quiet, site.land)
    return replace(site, mine=quiet, truth=truth)


def _browner(looks: Series, truth: Truth, settings: StressSettings) -> np.ndarray:
    """Red and NIR of ground not yet opened, moved along their sum. What is bare stays as it is."""
    out = looks.reflectance.copy()
    never_opened = truth.ground == Ground.NATURAL
    never_opened |= truth.ground == Ground.CONSTRUCTION
    for t, date in enumerate(looks.dates):
        natural = never_opened | (date < truth.onset)
        red, nir = _red_nir(out[t])
        ndvi = (nir - red) / (nir + red)
        floor = np.minimum(ndvi, settings.bare_ndvi)
        _put_ndvi(out[t], np.maximum(ndvi - settings.ndvi_drop, floor), natural)
    return out


def _biased(rng: np.random.Generator, looks: Series, sd: float) -> np.ndarray:
    """One shift of NDVI for every pixel of a scene."""
    out = looks.reflectance.copy()
    for t, shift in enumerate(rng.normal(0.0, sd, looks.dates.size)):
        red, nir = _red_nir(out[t])
        _put_ndvi(out[t], (nir - red) / (nir + red) + shift, np.ones(red.shape, bool))
    return out


def _clouded(rng: np.random.Generator, looks: Series, share: float) -> np.ndarray:
    """Cloud over clear looks of the history, in clumps of space and time; the classes stay clear.

    Scenes differ: shares are exponential, up to 0.6 of a scene, so that most have little.
    """
    out = looks.reflectance.copy()
    size = looks.scl.shape[1]
    colour = (1e4 * CLOUD_COLOUR[: out.shape[1]]).astype(np.float32)[:, None, None]
    for t in np.flatnonzero(looks.dates < looks.watched):
        covered = min(float(rng.exponential(share)), 0.6)
        over = ranks(fractal(rng, size, 3.0, 0.5)) > 1.0 - covered
        opacity = np.clip(0.55 + 0.15 * fractal(rng, size, 3.0, 0.25), 0.25, 0.9)
        over &= np.isin(looks.scl[t], CLEAR_CLASSES)
        veiled = out[t] + (colour - out[t]) * opacity
        out[t] = np.where(over, np.rint(veiled), out[t]).astype(np.uint16)
    return out


def _paled(rng: np.random.Generator, looks: Series, truth: Truth, settings: PaleGround) -> Series:
    reflectance, scl = taken_for_cloud(
        rng, looks.reflectance, looks.scl, looks.dates, truth, settings
    )
    return replace(looks, reflectance=reflectance, scl=scl)


_RED, _NIR = BANDS.index("red"), BANDS.index("nir")


def _red_nir(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return image[_RED].astype(np.float32), image[_NIR].astype(np.float32)


def _put_ndvi(image: np.ndarray, ndvi: np.ndarray, where: np.ndarray) -> None:
    """Write red and NIR of that NDVI and the same sum as before; 0 stays "no measurement"."""
    red, nir = _red_nir(image)
    half = (red + nir) / 2
    ndvi = np.clip(ndvi, -0.95, 0.95)
    for band, value in ((_RED, half * (1 - ndvi)), (_NIR, half * (1 + ndvi))):
        measured = where & (image[band] > 0)
        image[band] = np.where(measured, np.maximum(np.rint(value), 1), image[band])
