"""The files are cloud-optimized, keep their pixels, and are equal for equal pixels."""

from __future__ import annotations

import numpy as np
import pytest
from rasterio.io import MemoryFile

from pipelines.exports.cogs import Band, Cog, cog_bytes
from pipelines.exports.grid import Grid


def cog(size: int = 600, **told) -> Cog:
    classes = np.zeros((1, size, size), np.uint8)
    classes[:, 100:200, 50:70] = 2
    grid = Grid(32644, 515995.0, 2343505.0, (size, size))
    return Cog(classes, grid, 255, [Band("ground")], **told)


def test_a_file_keeps_its_pixels_its_place_and_its_words():
    palette = {0: (242, 239, 233), 2: (204, 51, 119)}
    made = cog(palette=palette, tags={"CLASS_2": "fresh"})
    with MemoryFile(cog_bytes(made)) as memory, memory.open() as file:
        assert (file.read() == made.pixels).all()
        assert (file.crs.to_epsg(), file.nodata) == (32644, 255)
        assert file.transform == made.grid.transform
        assert file.bounds == (515995.0, 2337505.0, 521995.0, 2343505.0)
        assert file.descriptions == ("ground",)
        assert file.colormap(1)[2][:3] == (204, 51, 119)
        assert file.tags()["CLASS_2"] == "fresh"


def test_a_file_is_cloud_optimized():
    with MemoryFile(cog_bytes(cog())) as memory, memory.open() as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.block_shapes == [(256, 256)]
        assert file.overviews(1) == [2, 4]
        assert file.compression.value == "DEFLATE"


def test_overviews_of_classes_show_no_class_that_was_not_there():
    with MemoryFile(cog_bytes(cog())) as memory, memory.open(overview_level=0) as file:
        assert set(np.unique(file.read())) == {0, 2}


@pytest.mark.parametrize("size", [16, 256, 600])
def test_equal_pixels_are_equal_bytes(size):
    assert cog_bytes(cog(size)) == cog_bytes(cog(size))
