"""Ground reflectance of pure materials in the ten Sentinel-2 bands of `cube.contract.BANDS`."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from cube.contract import BANDS


class Material(IntEnum):
    """A pure surface; the row of `SPECTRA` that holds its reflectance."""

    CROP_LEAF = 0
    FOREST_LEAF = 1
    DRY_LITTER = 2
    DRY_GRASS = 3
    RED_SOIL = 4
    BROWN_SOIL = 5
    BLACK_SOIL = 6
    STRIPPED = 7
    OVERBURDEN = 8
    COAL = 9
    DUMP = 10
    DUST_ROAD = 11
    BUILT_UP = 12
    CONCRETE = 13
    SAND = 14
    CHAR = 15
    CLEAR_WATER = 16
    TURBID_WATER = 17


# Dry, sunlit, at 10 m; the order of columns is blue, green, red, nir, swir16, swir22,
# rededge071, rededge075, rededge078, nir08. Levels follow clear dry-season looks at Indian
# coal fields (medians of red 0.09-0.14, nir 0.17-0.26, swir16 0.18-0.26; NDVI 0.05-0.20 on
# open ground) and the usual shapes of the USGS and ECOSTRESS libraries.
_ROWS = {
    Material.CROP_LEAF: (0.030, 0.066, 0.034, 0.420, 0.190, 0.085, 0.105, 0.320, 0.400, 0.440),
    Material.FOREST_LEAF: (0.024, 0.047, 0.026, 0.300, 0.145, 0.062, 0.074, 0.215, 0.275, 0.315),
    Material.DRY_LITTER: (0.050, 0.075, 0.100, 0.190, 0.250, 0.170, 0.125, 0.160, 0.176, 0.205),
    Material.DRY_GRASS: (0.068, 0.103, 0.148, 0.234, 0.325, 0.240, 0.176, 0.200, 0.219, 0.250),
    Material.RED_SOIL: (0.054, 0.092, 0.163, 0.235, 0.332, 0.272, 0.187, 0.202, 0.218, 0.250),
    Material.BROWN_SOIL: (0.074, 0.112, 0.160, 0.218, 0.300, 0.248, 0.178, 0.190, 0.203, 0.230),
    Material.BLACK_SOIL: (0.052, 0.072, 0.094, 0.138, 0.195, 0.158, 0.104, 0.115, 0.126, 0.146),
    Material.STRIPPED: (0.092, 0.136, 0.195, 0.258, 0.340, 0.285, 0.212, 0.224, 0.238, 0.268),
    Material.OVERBURDEN: (0.088, 0.118, 0.150, 0.188, 0.240, 0.205, 0.158, 0.167, 0.176, 0.194),
    Material.COAL: (0.034, 0.037, 0.041, 0.049, 0.062, 0.060, 0.043, 0.045, 0.047, 0.051),
    Material.DUMP: (0.078, 0.101, 0.126, 0.156, 0.205, 0.180, 0.133, 0.140, 0.147, 0.161),
    Material.DUST_ROAD: (0.092, 0.121, 0.150, 0.183, 0.235, 0.208, 0.158, 0.166, 0.174, 0.189),
    Material.BUILT_UP: (0.104, 0.128, 0.152, 0.200, 0.235, 0.205, 0.166, 0.176, 0.187, 0.206),
    Material.CONCRETE: (0.165, 0.195, 0.225, 0.268, 0.295, 0.268, 0.236, 0.246, 0.256, 0.272),
    Material.SAND: (0.128, 0.172, 0.220, 0.280, 0.345, 0.295, 0.234, 0.246, 0.260, 0.288),
    Material.CHAR: (0.034, 0.040, 0.048, 0.078, 0.120, 0.116, 0.055, 0.063, 0.070, 0.084),
    Material.CLEAR_WATER: (0.042, 0.048, 0.030, 0.016, 0.008, 0.005, 0.029, 0.021, 0.019, 0.014),
    Material.TURBID_WATER: (0.066, 0.094, 0.098, 0.052, 0.014, 0.008, 0.090, 0.062, 0.058, 0.042),
}

SPECTRA = np.array([_ROWS[material] for material in Material], dtype=np.float32)
"""(material, band) float32 [1], bands in the order of `cube.contract.BANDS`."""

WET_DARKENING = np.array(
    (0.30, 0.32, 0.34, 0.36, 0.50, 0.58, 0.35, 0.35, 0.36, 0.37), dtype=np.float32
)
"""(band,) share of a bare surface's reflectance lost when it is soaked (Lobell & Asner 2002)."""

if SPECTRA.shape[1] != len(BANDS):
    raise AssertionError("SPECTRA must have one column per band of cube.contract.BANDS")
