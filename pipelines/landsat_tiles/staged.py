"""A downloaded composite on its way to the cube: one GeoTIFF per tile and year, whole or not there.

Nine bands of uint16: the six of reflectance, temperature, looks, quality, as the cube stores them.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from cube.contract import CORE_BANDS, CubeError
from cube.landsat.contract import THERMAL, AnnualComposite, Tile

LAYERS = (*CORE_BANDS, THERMAL, "looks", "quality")


def staged_path(folder: Path, tile_id: str, year: int) -> Path:
    """Where the composite of a tile and year waits for the cube."""
    return folder / str(year) / f"{tile_id}.tif"


def write_staged(path: Path, tile: Tile, composite: AnnualComposite) -> str:
    """Write the file, whole or not at all; its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    reflectance, size = composite.reflectance, tile.size
    rest = (composite.temperature, composite.looks, composite.quality)
    layers = [*reflectance, *(layer.astype(np.uint16) for layer in rest)]
    profile = {
        "driver": "GTiff",
        "width": size,
        "height": size,
        "count": len(LAYERS),
        "dtype": "uint16",
        "crs": f"EPSG:{tile.epsg}",
        "transform": tile.transform,
        "compress": "deflate",
        "predictor": 2,
        "tiled": size % 16 == 0,
    }
    if size % 16 == 0:
        profile |= {"blockxsize": min(size, 256), "blockysize": min(size, 256)}
    try:
        with rasterio.open(unfinished, "w", **profile) as file:
            file.write(np.stack(layers))
            for number, name in enumerate(LAYERS, 1):
                file.set_band_description(number, name)
            facts = {"failed_reads": composite.failed_reads, "scenes": composite.scenes}
            file.update_tags(
                TILE=tile.tile_id, SOURCE_ITEMS=composite.source_items, FACTS=json.dumps(facts)
            )
        digest = hashlib.sha256(unfinished.read_bytes()).hexdigest()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return digest


def read_staged(path: Path, tile: Tile, sha256: str) -> AnnualComposite:
    """The composite that was written.

    Raises
    ------
    CubeError
        If the file is gone, or not the one that was written.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CubeError(f"{path} cannot be read: {error.strerror}. Download it again.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CubeError(f"{path} is not what was downloaded: it changed since. Download it again.")
    try:
        with rasterio.open(path) as file:
            layers, tags = file.read(), file.tags()
    except RasterioError as error:
        raise CubeError(f"{path} cannot be read: {error}. Download it again.") from error
    if layers.shape != (len(LAYERS), tile.size, tile.size) or tags.get("TILE") != tile.tile_id:
        raise CubeError(
            f"{path} holds {layers.shape} of {tags.get('TILE')}: expected {len(LAYERS)} layers of "
            f"{tile.tile_id}. Download it again."
        )
    facts = json.loads(tags["FACTS"])
    return AnnualComposite(
        reflectance=layers[:6],
        temperature=layers[6],
        looks=layers[7].astype(np.uint8),
        quality=layers[8].astype(np.uint8),
        source_items=tags["SOURCE_ITEMS"],
        failed_reads=int(facts["failed_reads"]),
        scenes=int(facts["scenes"]),
    )
