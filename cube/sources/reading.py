"""One band of one scene read onto a window's grid, after the file was held against its item."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import rasterio
import requests
from affine import Affine
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError

from cube.contract import Asset, CubeError, Scene, Window
from cube.sources.nearest import Pixels, epsg_of, nearest
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

READ_ERRORS = (ValueError, OSError, RasterioError, CPLE_BaseError, requests.RequestException)
"""What a bad file, link or server raises on its way through GDAL: costs the scene, not the run.

CPLE_BaseError is GDAL's own word, which rasterio lets through in places; CRSError and
CubeError are ValueErrors.
"""

T = TypeVar("T")


@dataclass(frozen=True)
class ReadFailure:
    """A scene that could not be read: never nodata, never cloud."""

    item_id: str
    reason: str


Loaded = list[Pixels | ReadFailure]
"""One entry per scene, in order: (band, y, x), or why there is none."""


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
        except (RasterioError, CPLE_BaseError, requests.RequestException) as error:
            if attempt == patience.retries or not any(may_pass(href, error) for href in hrefs):
                raise
            time.sleep(patience.backoff_s * 2**attempt)
            _forget([href for href in hrefs if not is_signed_service(href)])
    raise AssertionError("the last attempt returns or raises")


def _forget(hrefs: Sequence[str]) -> None:
    """Make GDAL forget that it failed: it would answer from memory without asking again.

    rasterio does not offer VSICurlClearCache, but a file opened uncached is dropped from
    the cache when it is closed, also when that open fails.
    """
    with rasterio.Env(CPL_VSIL_CURL_NON_CACHED="/vsicurl/:/vsis3/"):
        for href in hrefs:
            with contextlib.suppress(RasterioError):
                rasterio.open(href, sharing=False).close()


def may_pass(href: str, error: Exception) -> bool:
    """Whether an error may be gone next time: not for local files, nor for what is not there."""
    if "://" not in href:
        return False
    text = _whole(error)
    answers = re.findall(r"HTTP (?:response|error) code(?: on \S+)?: (\d{3})", text)
    if "404" in answers or "not recognized as being in a supported" in text:
        return False
    return "403" not in answers or is_signed_service(href)


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
        pixels = nearest(file, window)
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
    reason = re.sub(r"(https?://[^\s?]+)\?\S*", r"\1", f"band {band} at {href}: {reason}")
    return ReadFailure(item_id, reason[:400])


def lacking(scenes: Sequence[Scene], bands: Sequence[str]) -> dict[int, ReadFailure]:
    """The scenes, by index, that have no asset for one of the bands."""
    failures = {}
    for index, scene in enumerate(scenes):
        absent = [band for band in bands if band not in scene.assets]
        if absent:
            reason = f"no asset for {', '.join(absent)}; it has {', '.join(scene.assets)}"
            failures[index] = ReadFailure(scene.item_id, reason)
    return failures


def _named(crs: CRS) -> str:
    epsg = epsg_of(crs)
    return f"EPSG:{epsg}" if epsg else crs.to_string()[:60]


def _whole(error: BaseException) -> str:
    """The message with those of its causes: rasterio hides GDAL's own beneath its own."""
    texts = []
    cause: BaseException | None = error
    while cause is not None:
        if "See previous exception for details" not in str(cause):
            texts.append(str(cause))
        cause = cause.__cause__ or cause.__context__
    return "; ".join(dict.fromkeys(texts))
