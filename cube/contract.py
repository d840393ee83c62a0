"""The shared types of the cube: bands, flags, dtypes, the window, and the one error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

CORE_BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
"""What detection reads: first and together on disk (STAC common names)."""

BANDS = (*CORE_BANDS, "rededge071", "rededge075", "rededge078", "nir08")
"""The ten bands of Sentinel-2 at 10 and 20 m, in the order the cube stores them."""

ALL_BANDS = (*BANDS, "coastal", "nir09")
"""With the two 60 m bands, stored only when asked for."""

PIXEL_M = 10.0
"""Pixel size [m]; pixel centres lie on multiples of it."""

MEASURED_AT_M = (PIXEL_M / 2, -PIXEL_M / 2)
"""Where the measurement that a pixel holds was taken, from its centre (east, north) [m].

Sentinel-2 has its pixel edges where the cube has its pixel centres, so nearest-neighbour reading
takes the image's pixel to the lower right, always (`cube.sources.nearest`). Exact for scenes in
the mine's own UTM zone; pixels of other projections lie up to half a pixel off in any direction.
"""

WINDOW_PIXELS = 512
"""Pixels along each side of a window, unless a run configures another size."""

SCALE = 1e-4
"""Reflectance of one digital number. Stored as uint16; 0 means no measurement."""

NO_MEASUREMENT = np.uint16(0)

SENTINEL2_GROUP = "sentinel2"
RESULTS_GROUP = "excavation"


class Quality(IntEnum):
    """What is known of one pixel in one slot (the cube's `quality`, uint8)."""

    NO_ACQUISITION = 0
    CLEAR = 1
    CLOUD = 2
    OUTSIDE_SWATH = 3
    READ_FAILED = 4


class State(IntEnum):
    """What is believed of one pixel at one slot (the results' `state`, uint8)."""

    NONE = 0
    PROVISIONAL = 1
    CONFIRMED = 2
    FINISHED = 3
    NOT_OBSERVABLE = 4


QUALITY_MEANINGS = "no_acquisition clear cloud_or_shadow outside_swath read_failed"
STATE_MEANINGS = "none provisional confirmed finished not_observable"


class CubeError(ValueError):
    """Wrong input to the cube or to an analysis; the message says what to do about it."""


@dataclass(frozen=True)
class Window:
    """One entry along `mine`: a square of pixels in the mine's own UTM zone.

    Pixel (row, column) has its centre at (x0 + 10 column, y0 - 10 row) metres in `epsg`.
    """

    mine_id: str
    window: int
    epsg: int
    x0: float
    y0: float
    size: int = WINDOW_PIXELS

    @property
    def key(self) -> str:
        """Unique name of the window, e.g. `CIL_001/0`."""
        return f"{self.mine_id}/{self.window}"

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Outer edges (left, bottom, right, top) [m] in `epsg`."""
        half = PIXEL_M / 2
        side = PIXEL_M * self.size
        left, top = self.x0 - half, self.y0 + half
        return left, top - side, left + side, top


@dataclass(frozen=True)
class Asset:
    """One readable band of a scene.

    `scale` and `offset` are what the item itself says (reflectance = scale * number + offset);
    None where it says nothing. `epsg`, `transform` (six numbers, rasterio order) and `shape`
    describe the asset's own grid; None where the item does not say.
    """

    href: str
    scale: float | None = None
    offset: float | None = None
    nodata: float | None = None
    epsg: int | None = None
    transform: tuple[float, ...] | None = None
    shape: tuple[int, int] | None = None


@dataclass(frozen=True)
class Scene:
    """One Sentinel-2 L2A item, reduced to what reading its pixels needs. Small; it pickles.

    `assets` maps common names (and "scl") to assets. `acquired` is UTC, datetime64[s].
    `baseline` is the processing baseline as a number (4.0, 5.1), None where unknown.
    `offset_applied` is the catalogue's own flag, None where it does not say.
    `footprint` is GeoJSON-like geometry in EPSG:4326; `tile` the MGRS tile ("44QMG").
    """

    item_id: str
    collection: str
    acquired: np.datetime64
    platform: str
    tile: str | None
    epsg: int | None
    baseline: float | None
    offset_applied: bool | None
    cloud_cover: float | None
    bbox: tuple[float, float, float, float]
    footprint: dict
    assets: dict[str, Asset]
