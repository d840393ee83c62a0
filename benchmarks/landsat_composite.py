"""A year of one Landsat tile: read, masked, its median taken; beside odc-stac and Dask.

    python -m benchmarks.landsat_composite [--size 512] [--rounds 3] [--quick]

A made-up archive of local files, so that nothing waits for a network; both ways read every scene of
the year, mask by QA_PIXEL alike, and give seven bands. Two threads each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import dask
import dask.array
import numpy as np
import odc.stac
import pystac
from odc.geo.geobox import GeoBox

from benchmarks.measuring import kept, printed, side_by_side
from cube.landsat.catalogue import CatalogueYears
from cube.landsat.clarity import ClaritySettings
from cube.landsat.composite import AnnualSettings
from cube.landsat.contract import AnnualComposite, Tile
from cube.landsat.item import LandsatSettings
from cube.landsat.simulate import LandsatArchiveSettings, archive_tiles, write_landsat_archive
from cube.sources import open_source

YEAR, THREADS = 2019, 2
BANDS = ("blue", "green", "red", "nir08", "swir16", "swir22")


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; the figures are kept under results/."""
    parser = argparse.ArgumentParser(prog="benchmarks.landsat_composite", description=__doc__)
    parser.add_argument("--size", type=int, default=512, help="pixels of the tile")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round of 128 pixels; not kept")
    told = parser.parse_args(arguments)
    size, rounds = (128, 1) if told.quick else (told.size, told.rounds)
    settings = LandsatArchiveSettings(tiles=1, size=size, first_year=YEAR, years=1)
    (tile,) = archive_tiles(settings)
    with tempfile.TemporaryDirectory() as folder:
        items, _ = write_landsat_archive(Path(folder), settings)
        asked = LandsatSettings(max_cloud_cover=100.0)
        source = CatalogueYears(open_source(items, asked), AnnualSettings(threads=THREADS))
        ours = source.annual(tile, YEAR)
        if ours is None:
            raise RuntimeError("the made-up archive has no scene of its own tile")
        ways = {
            "minecube": lambda: source.annual(tile, YEAR),
            "odc-stac + dask median": lambda: odc_median(items, tile),
        }
        apart = difference(ours, odc_median(items, tile))
        found = side_by_side(ways, rounds, warm=False)
    rows = [
        {"way": name, "scenes": ours.scenes, **measured.figures(1.0, "s")}
        for name, measured in found.items()
    ]
    printed(f"A year of a Landsat tile of {size} pixels, {ours.scenes} scenes", rows)
    print(f"blue differs by more than 0.0002 in {apart:.2%} of the pixels that both see")
    if not told.quick:
        record = {"size": size, "rows": rows, "differing_share": apart}
        kept("landsat_composite", record, "odc-stac", "dask")
    return 0


def odc_median(items: Path, tile: Tile) -> np.ndarray:
    """(7, y, x) float32 median as odc-stac and Dask make it."""
    grid = GeoBox((tile.size, tile.size), tile.transform, f"EPSG:{tile.epsg}")
    collection = pystac.ItemCollection.from_file(str(items))
    with dask.config.set(scheduler="threads", num_workers=THREADS):
        groups = {}
        for item in collection:
            groups.setdefault("lwir11" if "lwir11" in item.assets else "lwir", []).append(item)
        looks = []
        for thermal, of in groups.items():
            wanted = [*BANDS, thermal, "qa_pixel"]
            loaded = odc.stac.load(
                of,
                wanted,
                geobox=grid,
                chunks={"time": 1},
                groupby="solar_day",
                dtype="uint16",
                nodata=0,
            )
            loaded = loaded.rename({thermal: "thermal"})
            hidden = ClaritySettings().hidden | 1
            clear = ((loaded.qa_pixel & hidden) == 0) & (loaded.qa_pixel != 0)
            stack = loaded.drop_vars("qa_pixel").to_array("band")
            looks.append(stack.where(clear & (stack != 0)).astype(np.float32))
        together = dask.array.concatenate([one.data for one in looks], axis=1)
        together = together.rechunk({1: -1, 2: tile.size // 4})
        median = dask.array.nanmedian(together, axis=1).compute()
    reflectance = median[:6] * 2.75e-5 - 0.2
    return np.concatenate([reflectance, median[6:] * 0.00341802 + 149.0])


def difference(ours: AnnualComposite, theirs: np.ndarray) -> float:
    """Share of pixels whose blue is not the same, rounding left out."""
    seen = (ours.reflectance[0] > 0) & np.isfinite(theirs[0])
    apart = np.abs(ours.reflectance[0][seen] / 1e4 - np.maximum(theirs[0][seen], 1e-4))
    return float((apart > 2e-4).mean())


if __name__ == "__main__":
    sys.exit(main())
