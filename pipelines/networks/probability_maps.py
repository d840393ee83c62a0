"""What a network said of chips in, a Cloud-Optimized GeoTIFF of every window and period out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipelines.exports.cogs import Band, Cog, cog_bytes
from pipelines.networks.evaluation import Evaluation
from pipelines.networks.imagery import Imagery
from pipelines.run_record import whole_file

UNIT = "1/10000"
NODATA = 65_535
"""Outside all chips of the split."""


def write_probabilities(done: Evaluation, imagery: Imagery, output: Path) -> list[Path]:
    """Probability [1/10000] of a mine, uint16; a scene's chip has one value all over.

    Where chips overlap, the higher one stands.

    Returns
    -------
    list of Path
        `OUTPUT/<mine>_<window>_<period>.tif`
    """
    places = {(place.mine_id, place.window): place for place in imagery.places}
    records = done.chips.records
    paths = []
    for (mine, window, period), part in records.groupby(["mine_id", "window", "period"], sort=True):
        grid = places[(mine, int(window))].grid
        whole = np.full((grid.size, grid.size), -1.0, np.float32)
        for index, row, column in part[["row", "column"]].itertuples():
            at = np.s_[row : row + done.chips.size, column : column + done.chips.size]
            whole[at] = np.maximum(whole[at], done.said[index])
        pixels = np.where(whole < 0, NODATA, np.rint(whole * 1e4)).astype(np.uint16)
        name = f"{mine}_{window}_{str(period).replace('/', '_')}.tif"
        tags = {"network": done.network.name, "threshold": f"{done.network.threshold:.4f}"}
        cog = Cog(pixels[np.newaxis], grid, NODATA, [Band("probability", UNIT)], tags=tags)
        with whole_file(output / name, "wb") as stream:
            stream.write(cog_bytes(cog))
        paths.append(output / name)
    return paths
