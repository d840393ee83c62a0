"""Scenes read through odc-stac, behind the same interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import odc.stac
import pystac
import rasterio
from odc.geo.geobox import GeoBox
from shapely.geometry import mapping

from cube.contract import Scene, Window
from cube.sources.nearest import Pixels, nudged_transform
from cube.sources.reading import (
    GDAL_OPTIONS,
    READ_ERRORS,
    Loaded,
    Patience,
    ReadFailure,
    failure,
    lacking,
    patiently,
    require_as_stated,
)


@dataclass(frozen=True)
class OdcLoader:
    """odc-stac instead of stackstac; opens each file twice, to hold it against its item first.

    threads, patience : as for `StackstacLoader`.
    """

    threads: int = 8
    patience: Patience = field(default_factory=Patience)

    def load(self, scenes: Sequence[Scene], bands: Sequence[str], window: Window) -> Loaded:
        """See `StackstacLoader.load`."""
        failures = lacking(scenes, bands)
        grid = GeoBox((window.size, window.size), nudged_transform(window), window.epsg)
        return [
            failures[index] if index in failures else self._scene(scene, bands, grid)
            for index, scene in enumerate(scenes)
        ]

    def _scene(self, scene: Scene, bands: Sequence[str], grid: GeoBox) -> Pixels | ReadFailure:
        reading = ""

        def read(hrefs: Sequence[str]) -> Pixels:
            nonlocal reading
            for reading, href in zip(bands, hrefs, strict=True):
                with rasterio.open(href, sharing=False) as file:
                    require_as_stated(file, scene.assets[reading])
            reading = ", ".join(bands)
            loaded = odc.stac.load(
                [stac_item(scene, dict(zip(bands, hrefs, strict=True)), grid)],
                bands=list(bands),
                geobox=grid,
                groupby="id",
                dtype="uint16",
                resampling="nearest",
                fail_on_error=True,
                pool=self.threads,
            )
            pixels = np.stack([loaded[band].values[0] for band in bands])
            for band, numbers in zip(bands, pixels, strict=True):
                missing = scene.assets[band].nodata
                if missing:
                    numbers[numbers == missing] = 0
            return pixels

        try:
            with rasterio.Env(**GDAL_OPTIONS):
                return patiently([scene.assets[band].href for band in bands], read, self.patience)
        except READ_ERRORS as error:
            return failure(scene.item_id, reading, scene.assets[bands[0]].href, error)


def stac_item(scene: Scene, hrefs: dict[str, str], grid: GeoBox) -> pystac.Item:
    """The least odc-stac needs. It lies on the window: every file is opened, and knows best."""
    around = grid.geographic_extent
    item = pystac.Item(
        scene.item_id,
        geometry=mapping(around.geom),
        bbox=list(around.boundingbox.bbox),
        datetime=datetime.fromisoformat(str(scene.acquired)),
        properties={},
        stac_extensions=["https://stac-extensions.github.io/raster/v1.1.0/schema.json"],
    )
    for band, href in hrefs.items():
        fields = {"raster:bands": [{"data_type": "uint16", "nodata": 0}]}
        cog = pystac.MediaType.COG
        item.add_asset(band, pystac.Asset(href, media_type=cog, extra_fields=fields))
    return item
