"""The words of the command line in, what they ask for out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from cube.landsat.composite import AnnualSettings
from cube.landsat.contract import TILE_PIXELS
from cube.landsat.earth_engine import COLLECTION
from cube.landsat.item import LandsatSettings
from cube.landsat.missions import MISSIONS
from pipelines.flags import Parser

CATALOG = "https://planetarycomputer.microsoft.com/api/stac/v1"
"""Signs what it gives to anybody; Earth Search's Landsat lies in a bucket whose reader pays."""


def parsed(arguments: Sequence[str], description: str) -> argparse.Namespace:
    """What is asked for; `command` is download, process, status or retry."""
    return _parser(description).parse_args(_joined(arguments))


def _joined(arguments: Sequence[str]) -> list[str]:
    """`--bbox -74,-10,-73,-9` as one word: argparse takes a box west of Greenwich for a flag."""
    joined: list[str] = []
    for word in arguments:
        if joined and joined[-1] == "--bbox":
            joined[-1] = f"--bbox={word}"
        else:
            joined.append(word)
    return joined


def _parser(description: str) -> argparse.ArgumentParser:
    parser = Parser(prog="python -m pipelines.landsat", description=description, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    where = Parser(add_help=False)
    where.add_argument("--output", type=Path, default=Path("outputs"), help="a run's folder")
    where.add_argument("--country", default="", help="ISO 3166-1 alpha-3, as ZAF")
    where.add_argument("--bbox", default="", metavar="W,S,E,N", help="instead of a country")
    works = Parser(add_help=False)
    works.add_argument("--cluster", default="", help="cluster.yaml, address, or threads")
    works.add_argument("--attempts", type=int, default=3, help="tries of a tile (default: 3)")
    works.add_argument(
        "--polygons", type=Path, help="mining polygons (Maus et al., Tang & Werner, any other)"
    )
    _add_download(commands.add_parser("download", parents=[where, works]))
    added = commands.add_parser("process", parents=[where, works])
    added.add_argument("--year", type=int, default=0)
    added.add_argument("--cube", default="", help="the repository (default: OUTPUT/cube)")
    added.add_argument("--keep", action="store_true", help="keep the downloaded files")
    added = commands.add_parser("status", parents=[where])
    added.add_argument("--year", type=int, default=0)
    added.add_argument("--verbose", action="store_true", help="every tile not done, and why")
    added = commands.add_parser("retry", parents=[where])
    added.add_argument("--year", type=int, default=0)
    added.add_argument("--tile", default="", metavar="ID")
    added.add_argument("--reads", action="store_true", help="tiles too that lack single scenes")
    return parser


def _add_download(parser: argparse.ArgumentParser) -> None:
    asked, annual = LandsatSettings(), AnnualSettings()
    add = parser.add_argument
    add("--year", type=int, required=True)
    add("--boundaries", type=Path, help="outlines of countries with a column of ISO codes")
    add("--limit", type=int, default=0, help="at most so many tiles (default: all)")
    add("--tile-pixels", type=int, default=TILE_PIXELS, help=f"default: {TILE_PIXELS}")
    add("--dry-run", action="store_true", help="say how many tiles; read nothing")
    add("--source", choices=("stac", "earthengine"), default="stac")
    add("--catalog", default=CATALOG, help=f"STAC (default: {CATALOG})")
    add("--collection", default=asked.collection, help=f"default: {asked.collection}")
    add("--max-cloud-cover", type=float, default=asked.max_cloud_cover, help="per cent of a scene")
    add("--tiers", nargs="+", choices=("T1", "T2"), default=asked.tiers)
    add("--missions", nargs="+", choices=tuple(MISSIONS), default=asked.missions, metavar="NAME")
    add("--alternate", default=asked.alternate, help="other address of every file, as s3")
    add("--scenes", type=int, default=annual.scenes, help=f"of a tile (default: {annual.scenes})")
    add("--keep-dilated", action="store_true", help="take the rims of clouds for clear")
    add("--keep-cirrus", action="store_true", help="take thin high cloud for clear")
    add("--keep-snow", action="store_true", help="take snow for clear")
    add("--project", default="", help="Cloud project for --source earthengine")
    add("--ee-collection", default=COLLECTION, help=f"default: {COLLECTION}")
