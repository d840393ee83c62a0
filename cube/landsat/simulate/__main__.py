"""`python -m cube.landsat.simulate --output DIR`: write a made-up Landsat archive.

Scenes, `items.json` (a STAC ItemCollection, to be given as --catalog) and `mines.gpkg` (the mines
as they are at the end, in the columns of Maus et al.).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import geopandas as gpd

from cube.contract import CubeError
from cube.landsat.simulate.archive import LandsatArchiveSettings, write_landsat_archive


def main(arguments: list[str] | None = None) -> int:
    """Write an archive and say what to do with it. 0 if it is there, 2 if something is wrong."""
    default = LandsatArchiveSettings()
    parser = argparse.ArgumentParser(prog="python -m cube.landsat.simulate", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--output", required=True, type=Path, help="folder of the archive")
    for name in ("seed", "tiles", "size", "first_year", "years", "revisit_days"):
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=int, default=getattr(default, name))
    asked = vars(parser.parse_args(arguments))
    folder = asked.pop("output").absolute()
    try:
        settings = LandsatArchiveSettings(**asked)
        items, mines = write_landsat_archive(folder, settings)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    west, south, east, north = gpd.read_file(mines).total_bounds
    print(
        f"{settings.tiles} tiles with a mine each: {items}\n"
        "python -m pipelines.landsat download --output OUTPUT "
        f"--bbox {west:.3f},{south:.3f},{east:.3f},{north:.3f} --year {settings.first_year} "
        f"--catalog {items} --polygons {mines} --tile-pixels {settings.size}\n"
        f"python -m pipelines.landsat process --output OUTPUT --polygons {mines}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
