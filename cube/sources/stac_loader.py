"""Scenes read through stackstac: its graph and its Reader protocol, our way of opening a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import rasterio
import stackstac

from cube.contract import PIXEL_M, Scene, Window
from cube.sources.nearest import Pixels
from cube.sources.reading import (
    GDAL_OPTIONS,
    READ_ERRORS,
    Loaded,
    Patience,
    ReadFailure,
    band_pixels,
    failure,
    lacking,
    patiently,
)
from cube.sources.threads import THREADS, cores, reading_threads


@dataclass(frozen=True)
class StackstacLoader:
    """The default loader.

    threads : remote files read at once in this process, over all calls. A file costs three round
        trips, one after the other, and about 10 ms of a core: at 50 ms each, 16 threads keep one
        core busy, at 100 ms twice as many. Local files wait for nothing: as many as there are
        cores are read at once.
    patience : how a failing read is tried again.
    """

    threads: int = THREADS
    patience: Patience = field(default_factory=Patience)

    def load(self, scenes: Sequence[Scene], bands: Sequence[str], window: Window) -> Loaded:
        """Raw digital numbers of each scene on the window's grid, in the order given.

        Parameters
        ----------
        scenes : Scenes, from any projection
        bands : common names, also "scl"
        window : Window

        Returns
        -------
        list of (band, y, x) uint16 or ReadFailure
            0 where a scene has no measurement. A scene any band of which cannot be read,
            or is not what its item says, is a ReadFailure with the reason.
        """
        if not scenes:
            return []
        failures = lacking(scenes, bands)
        opener = _Opener(tuple(scenes), window, self.patience, failures)
        stack = stackstac.stack(
            [_item(index, bands, window) for index in range(len(scenes))],
            assets=list(bands),
            epsg=window.epsg,
            bounds=window.bounds,
            resolution=PIXEL_M,
            snap_bounds=False,
            xy_coords=False,
            properties=False,
            band_coords=False,
            sortby_date=False,
            rescale=False,
            dtype=np.dtype(np.uint16),
            fill_value=np.uint16(0),
            chunksize=(1, 1, window.size, window.size),
            reader=opener,
        )
        remote = any("://" in a.href for scene in scenes for a in scene.assets.values())
        readers = reading_threads(self.threads if remote else cores())
        pixels = stack.data.compute(scheduler="threads", pool=readers, optimize_graph=False)
        return [failures.get(index, pixels[index]) for index in range(len(scenes))]


@dataclass(frozen=True)
class _Opener:
    """What stackstac calls to make its readers; reads and failures of one `load` meet here."""

    scenes: tuple[Scene, ...]
    window: Window
    patience: Patience
    failures: dict[int, ReadFailure]

    def __call__(self, *, url: str, **_: Any) -> _BandReader:
        index, band = url.split("/")
        return _BandReader(self, int(index), band)

    def __dask_tokenize__(self) -> int:
        """One graph, computed once: its name need not depend on what is in it."""
        return id(self)

    def pixels(self, index: int, band: str) -> Pixels:
        """One band of one scene; zeros once the scene has failed, which `failures` tells."""
        scene = self.scenes[index]
        if index not in self.failures:
            asset = scene.assets[band]
            try:
                with rasterio.Env(**GDAL_OPTIONS):
                    return patiently(
                        (asset.href,),
                        lambda hrefs: band_pixels(hrefs[0], asset, self.window),
                        self.patience,
                    )
            except READ_ERRORS as error:
                self.failures[index] = failure(scene.item_id, band, asset.href, error)
        return np.zeros((self.window.size, self.window.size), np.uint16)


@dataclass(frozen=True)
class _BandReader:
    """One band of one scene, as stackstac's Reader protocol wants it."""

    opener: _Opener
    index: int
    band: str

    def read(self, window: Any, **_: Any) -> Pixels:
        """The whole band: the graph has one chunk per band."""
        return self.opener.pixels(self.index, self.band)

    def close(self) -> None:
        """Files are closed as soon as they are read."""


def _item(index: int, bands: Sequence[str], window: Window) -> dict[str, Any]:
    """The least stackstac needs. Every file is opened: it knows best where it lies."""
    grid = {"proj:epsg": window.epsg, "proj:bbox": window.bounds}
    return {
        "id": str(index),
        "properties": {"datetime": "2000-01-01T00:00:00Z", **grid},
        "assets": {band: {"href": f"{index}/{band}"} for band in bands},
    }
