"""One band of one scene read onto a window's grid, after the file was held against its item."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
import rasterio
import requests
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT

from cube.contract import PIXEL_M, Asset, CubeError, Scene, Window
from cube.sources.signing import is_signed_service, signed

GDAL_OPTIONS = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # no directory listing, no hunt for sidecars
    "GDAL_INGESTED_BYTES_AT_OPEN": 32768,  # a COG's header in one request
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "GDAL_HTTP_MULTIPLEX": "YES",  # HTTP/2 where the server has it
    "GDAL_HTTP_VERSION": "2TLS",
    "GDAL_HTTP_CONNECTTIMEOUT": 15,  # [s]
    "GDAL_HTTP_TIMEOUT": 60,  # [s], of one range request
    "GDAL_HTTP_MAX_RETRY": 3,  # on 429, 502, 503, 504 and broken connections
    "GDAL_HTTP_RETRY_DELAY": 0.5,  # [s], doubled by GDAL
    "VSI_CACHE": "FALSE",  # every block is wanted once
    "GDAL_NUM_THREADS": 1,  # the threads are ours
}
"""How GDAL reads from object storage. Source: gdal.org/user/configoptions, cogeo.org."""

READABLE = ("uint8", "uint16")
"""What Sentinel-2 L2A comes in; floats would be truncated to nothing."""

NUDGE_M = 0.01
"""Every pixel centre is looked up this far to the lower right [m].

The windows' pixel centres lie on the corners between Sentinel-2 pixels: without the nudge,
rounding would choose among four equally near ones, and libraries choose differently.
"""

T = TypeVar("T")
Pixels = NDArray[np.uint16]


@dataclass(frozen=True)
class ReadFailure:
    """A scene that could not be read: never nodata, never cloud."""

    item_id: str
    reason: str


@dataclass(frozen=True)
class Patience:
    """How a failing read is tried again: `retries` times, after backoff_s, doubled each time.

    GDAL itself retries single requests first (GDAL_OPTIONS); this opens the file anew, with
    a fresh signature where the service signs.
    """

    retries: int = 2
    backoff_s: float = 1.0

    def __post_init__(self) -> None:
        if self.retries < 0 or self.backoff_s < 0:
            raise CubeError(f"Retries and back-off must be 0 or more, not {self}.")


def patiently(hrefs: Sequence[str], read: Callable[[list[str]], T], patience: Patience) -> T:
    """`read` of the signed hrefs, tried again where that may help."""
    for attempt in range(patience.retries + 1):
        try:
            return read([signed(href, fresh=attempt > 0) for href in hrefs])
        except (RasterioError, requests.RequestException) as error:
            if attempt == patience.retries or not any(may_pass(href, error) for href in hrefs):
                raise
            time.sleep(patience.backoff_s * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def may_pass(href: str, error: Exception) -> bool:
    """Whether an error may be gone next time: not for local files, nor for what is not there."""
    if "://" not in href:
        return False
    text = _whole(error)
    if "404" in text or "not recognized as being in a supported" in text:
        return False
    return "403" not in text or is_signed_service(href)


def band_pixels(href: str, asset: Asset, window: Window) -> Pixels:
    """The band on the window's grid, by nearest neighbour.

    Parameters
    ----------
    href : str
        Where to read, signed if need be.
    asset : Asset
        What the item says of the file.
    window : Window

    Returns
    -------
    (y, x) uint16
        Raw digital numbers; 0 where the file has none or does not reach.

    Raises
    ------
    RasterioError
        If the file is missing, truncated or unreachable.
    CubeError
        If it is no single-band raster of integers, has no CRS, or lies elsewhere than the
        item says.
    """
    with rasterio.open(href, sharing=False) as file:
        require_as_stated(file, asset)
        missing = file.nodata if file.nodata is not None else asset.nodata
        parallel = file.transform.b == file.transform.d == 0
        if parallel and epsg_of(file.crs) == window.epsg:
            pixels = _looked_up(file, window)
        else:
            pixels = _warped(file, window, missing)
    if missing not in (None, 0) and not np.isnan(missing):
        pixels[pixels == missing] = 0
    return pixels


def require_as_stated(file: rasterio.DatasetReader, asset: Asset) -> None:
    """Refuse a file that is not what its item says: bands, dtype, CRS, place."""
    if file.count != 1:
        raise CubeError(f"it has {file.count} bands: expected one")
    if file.dtypes[0] not in READABLE:
        raise CubeError(f"its pixels are {file.dtypes[0]}: expected {' or '.join(READABLE)}")
    if file.crs is None:
        raise CubeError("it has no CRS")
    epsg = epsg_of(file.crs)
    if asset.epsg is None:
        return
    if epsg != asset.epsg:
        raise CubeError(f"it is in {_named(file.crs)}, but its item says EPSG:{asset.epsg}")
    if asset.transform is None or asset.shape is None:
        return
    stated = Affine(*asset.transform)
    rows, columns = asset.shape
    corners = ((0, 0), (1, 1))
    for across, down in corners:
        x, y = stated @ (across * columns, down * rows)
        u, v = file.transform @ (across * file.width, down * file.height)
        if abs(x - u) > abs(file.transform.a) + 1e-9 or abs(y - v) > abs(file.transform.e) + 1e-9:
            raise CubeError(
                f"its corner lies at ({u:.9g}, {v:.9g}), but its item says ({x:.9g}, {y:.9g})"
            )


def failure(item_id: str, band: str, href: str, error: Exception) -> ReadFailure:
    """The failure of one band, which is that of its scene; signatures are left out."""
    reason = " ".join(_whole(error).split()) or type(error).__name__
    where = href.split("?")[0]
    return ReadFailure(item_id, f"band {band} at {where}: {reason.replace(href, where)[:300]}")


def lacking(scenes: Sequence[Scene], bands: Sequence[str]) -> dict[int, ReadFailure]:
    """The scenes, by index, that have no asset for one of the bands."""
    failures = {}
    for index, scene in enumerate(scenes):
        absent = [band for band in bands if band not in scene.assets]
        if absent:
            reason = f"no asset for {', '.join(absent)}; it has {', '.join(scene.assets)}"
            failures[index] = ReadFailure(scene.item_id, reason)
    return failures


@lru_cache(maxsize=64)
def epsg_of(crs: CRS) -> int | None:
    """The EPSG code of a CRS, None if it has none."""
    return crs.to_epsg() if crs else None


@lru_cache(maxsize=64)
def crs_of(epsg: int) -> CRS:
    """The CRS of an EPSG code; making one anew costs a millisecond."""
    return CRS.from_epsg(epsg)


def nudged_transform(window: Window) -> Affine:
    """The window's grid, moved by NUDGE_M so that no pixel centre is a tie."""
    left, _, _, top = window.bounds
    return Affine(PIXEL_M, 0, left + NUDGE_M, 0, -PIXEL_M, top - NUDGE_M)


def _looked_up(file: rasterio.DatasetReader, window: Window) -> Pixels:
    """Nearest neighbour where grids are parallel: rows and columns counted, nothing warped."""
    centres = np.arange(window.size) * PIXEL_M
    to = file.transform
    columns = np.floor((window.x0 + NUDGE_M + centres - to.c) / to.a).astype(np.int64)
    rows = np.floor((window.y0 - NUDGE_M - centres - to.f) / to.e).astype(np.int64)
    across = (columns >= 0) & (columns < file.width)
    down = (rows >= 0) & (rows < file.height)
    out = np.zeros((window.size, window.size), np.uint16)
    if not (across.any() and down.any()):
        return out
    columns, rows = columns[across], rows[down]
    left, top = columns.min(), rows.min()
    part = rasterio.windows.Window(left, top, columns.max() - left + 1, rows.max() - top + 1)
    source = file.read(1, window=part)
    target = np.flatnonzero(down)[0], np.flatnonzero(across)[0]
    placed = out[target[0] : target[0] + rows.size, target[1] : target[1] + columns.size]
    if source.shape == placed.shape:
        placed[:] = source
    else:
        placed[:] = source[np.ix_(rows - top, columns - left)]
    return out


def _warped(file: rasterio.DatasetReader, window: Window, missing: float | None) -> Pixels:
    nodata = 0 if missing is None else missing
    with WarpedVRT(
        file,
        crs=crs_of(window.epsg),
        transform=nudged_transform(window),
        width=window.size,
        height=window.size,
        resampling=Resampling.nearest,
        src_nodata=nodata,
        nodata=0,
    ) as warped:
        return warped.read(1, out_dtype=np.uint16)


def _named(crs: CRS) -> str:
    epsg = epsg_of(crs)
    return f"EPSG:{epsg}" if epsg else crs.to_string()[:60]


def _whole(error: BaseException) -> str:
    """The message with those of its causes: rasterio hides GDAL's own beneath its own."""
    texts = []
    cause: BaseException | None = error
    while cause is not None:
        texts.append(str(cause))
        cause = cause.__cause__ or cause.__context__
    return "; ".join(dict.fromkeys(texts))
