"""Clouds, shadows and haze over a site on one date, and the scene classification they lead to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy import ndimage

from cube.simulate.texture import fractal, ranks

CLOUD_COLOUR = np.array(
    (0.62, 0.60, 0.60, 0.66, 0.50, 0.40, 0.61, 0.63, 0.65, 0.67), dtype=np.float32
)
"""(band,) reflectance of a thick cloud's top."""

HAZE_COLOUR = np.array(
    (0.30, 0.26, 0.23, 0.22, 0.10, 0.06, 0.23, 0.22, 0.22, 0.21), dtype=np.float32
)
"""(band,) reflectance of thick aerosol: strong in blue, nearly none in the short-wave infrared."""

SHADOW_LIGHT = np.array(
    (0.52, 0.45, 0.40, 0.34, 0.28, 0.25, 0.39, 0.36, 0.35, 0.33), dtype=np.float32
)
"""(band,) light left in a cloud's core shadow: the sky lights it, and the sky is blue."""


@dataclass(frozen=True)
class Sky:
    """The atmosphere over a site on one date, all (y, x) float32 0..1.

    `opacity` of cloud, `thin` of cirrus and thin cloud, `shade` of cloud shadow, `haze` of
    aerosol left over by the atmospheric correction.
    """

    opacity: np.ndarray
    thin: np.ndarray
    shade: np.ndarray
    haze: np.ndarray


# share of looks that are wholly overcast, and that are broken, by day of year (central India)
_DAYS = (15, 60, 120, 160, 185, 230, 262, 285, 330)
_OVERCAST = (0.12, 0.10, 0.10, 0.34, 0.62, 0.62, 0.42, 0.16, 0.10)
_BROKEN = (0.16, 0.16, 0.20, 0.34, 0.28, 0.28, 0.32, 0.24, 0.15)


def sky(rng: np.random.Generator, size: int, day_of_year: int) -> Sky:
    """Draw one date's sky: overcast, broken or clear by the season's odds."""
    overcast = float(np.interp(day_of_year, _DAYS, _OVERCAST, period=365.25))
    broken = float(np.interp(day_of_year, _DAYS, _BROKEN, period=365.25))
    draw = rng.random()
    nothing = np.zeros((size, size), np.float32)
    form = fractal(rng, size, 3.0, 1.0)
    haze = np.clip(0.035 * abs(rng.standard_normal()) * (1 + 0.25 * form), 0, 0.3)
    if draw < overcast:
        cover = rng.uniform(0.85, 1.25)
    elif draw < overcast + broken:
        cover = rng.beta(0.8, 1.4) * 0.9
    else:
        return Sky(nothing, nothing, nothing, haze.astype(np.float32))
    fine = fractal(rng, size, 2.4, 0.25)
    puffs = ranks(form + rng.uniform(0.15, 0.7) * fine)
    depth = (puffs - (1.0 - cover)) / 0.16
    opacity = np.clip(depth, 0, 1).astype(np.float32)
    opacity *= opacity * (3 - 2 * opacity)
    veil = 0.35 * rng.random() ** 2 if rng.random() < 0.4 else 0.0
    thin = np.clip(np.clip((depth + 1.0) * 0.25, 0, 0.25) + veil * (0.7 + 0.3 * form), 0, 0.6)
    height = rng.uniform(60, 260)  # [px]: cloud height over the tangent of the sun's elevation
    elevation = 47.0 + 22.0 * np.cos(2 * np.pi * (day_of_year - 160) / 365.25)
    throw = height / np.tan(np.radians(elevation)) * 0.35
    if cover >= 1.0:
        return Sky(opacity, thin.astype(np.float32), nothing, haze.astype(np.float32))
    azimuth = np.radians(145.0 + 20 * np.cos(2 * np.pi * (day_of_year - 355) / 365.25))
    far = 0.4 * size
    south, east = np.clip((throw * np.cos(azimuth), -throw * np.sin(azimuth)), -far, far)
    shade = ndimage.shift(opacity, (-south, east), order=1, mode="reflect")
    shade = ndimage.uniform_filter(shade, 3)
    return Sky(
        opacity,
        thin.astype(np.float32),
        (shade * (1 - opacity)).astype(np.float32),
        haze.astype(np.float32),
    )


def under_sky(ground: np.ndarray, sky: Sky) -> np.ndarray:
    """Reflectance seen through the sky. ground, result (band, y, x) float32."""
    seen = np.empty_like(ground)
    _through(
        ground, sky.opacity, sky.thin, sky.shade, sky.haze,
        CLOUD_COLOUR, HAZE_COLOUR, SHADOW_LIGHT, seen,
    )  # fmt: skip
    return seen


@njit(nogil=True, cache=True)
def _through(ground, opacity, thin, shade, haze, cloud_colour, haze_colour, shadow_light, seen):
    bands, rows, columns = ground.shape
    for b in range(bands):
        loss = np.float32(1.0) - shadow_light[b]
        for y in range(rows):
            for x in range(columns):
                cloud = max(opacity[y, x], thin[y, x])
                lit = ground[b, y, x] * (np.float32(1.0) - loss * shade[y, x])
                lit += (haze_colour[b] - lit) * haze[y, x]
                seen[b, y, x] = lit + (cloud_colour[b] - lit) * cloud


def classified(rng: np.random.Generator, seen: np.ndarray, sky: Sky) -> np.ndarray:
    """Scene classification as Sen2Cor would draw it, mistakes included. (y, x) uint8.

    Thin cloud and cloud edges are missed, shadows are found two times out of three, bright bare
    ground is now and then taken for cloud, black ground for shadow or dark area.

    `seen` is (band, y, x) float32 on the 20 m grid of the classification, as is `sky`.
    """
    blue, green, red, nir, swir16 = seen[0], seen[1], seen[2], seen[3], seen[4]
    size = seen.shape[1:]
    ndvi = (nir - red) / np.maximum(nir + red, 1e-4)
    ndwi = (green - nir) / np.maximum(green + nir, 1e-4)
    scl = np.full(size, 5, np.uint8)
    scl[ndvi > 0.30] = 4
    scl[(ndvi > 0.18) & (ndvi <= 0.30) & (swir16 < 0.16)] = 7
    scl[(ndwi > 0.02) & (swir16 < 0.11)] = 6
    wobble = rng.standard_normal(size, dtype=np.float32)
    wobble = ndimage.uniform_filter(wobble, 5) * 5.0
    mood = 0.6 * rng.standard_normal()
    dark = (nir < 0.082 + 0.010 * (wobble + mood)) & (ndwi <= 0.02)
    scl[dark] = 2
    scl[dark & (wobble + mood > 0.5)] = 3
    bright = (blue > 0.12) & (ndvi < 0.16) & (wobble + mood > 1.0)
    scl[bright] = 8
    noticed = sky.opacity + 0.06 * wobble
    thin = np.maximum(sky.thin + 0.03 * wobble, noticed)
    scl[(sky.shade + 0.25 * wobble > 0.45) & (sky.shade > 0.15)] = 3
    scl[(thin > 0.16) & (sky.thin > 0.05)] = 10
    scl[noticed > 0.22] = 7
    scl[noticed > 0.30] = 8
    scl[noticed > 0.62] = 9
    return scl
