"""Pixel-wise CSV in, the same rows with what an Isolation Forest per mine makes of them out.

    python -m pipelines.pixel_anomalies FILE.csv --output FILE.csv [--contamination SHARE]

The rows that can be used come out with `time_index`, `anomaly` and `excavated`; how many were left
out and why is printed. Nothing is stored but that file: `python -m pipelines.import_pixels` puts a
table into a cube.
Exit codes: 0 done, 2 bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.detectors.forest import ForestSettings
from analysis.features import FEATURES
from analysis.forest import ForestRule
from analysis.pixel_rows import odd_rows
from cube.contract import CubeError
from cube.pixels import PixelSettings, read_pixel_table
from pipelines.run_record import whole_path
from pipelines.wording import counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    try:
        _write_anomalies(told)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    defaults = ForestSettings()
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.pixel_anomalies", description=__doc__
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", type=Path, help="pixel-wise CSV")
    parser.add_argument("--output", type=Path, required=True, help="CSV to write")
    parser.add_argument("--offset", type=int, default=0, help="added to every digital number")
    parser.add_argument(
        "--contamination",
        type=float,
        default=defaults.forest.contamination,
        help="share of a mine's looks that shall be odd (default: %(default)s)",
    )
    parser.add_argument(
        "--features",
        nargs="+",
        default=list(defaults.features),
        metavar="NAME",
        help=f"columns of the forest (default: {' '.join(defaults.features)}); known are "
        f"{', '.join(FEATURES)}, as far as red, nir and swir16 make them",
    )
    parser.add_argument(
        "--two-sided", action="store_true", help="lush looks may be odd as well, as published"
    )
    return parser


def _write_anomalies(told: argparse.Namespace) -> None:
    settings = ForestSettings(
        features=tuple(told.features),
        forest=ForestRule(contamination=told.contamination),
        open_only=not told.two_sided,
    )
    table = read_pixel_table(told.file, PixelSettings(offset=told.offset))
    found = odd_rows(table.rows, settings).drop(columns="row")
    with whole_path(told.output) as part:
        found.to_csv(part, index=False)
    mines = counted(found["mine_id"].nunique(), "mine")
    pixels = _pixels(found[found["excavated"]])
    print(f"{len(found)} of {table.total} rows of {mines}: {int(found['anomaly'].sum())} odd, "
          f"{counted(pixels, 'pixel')} ({pixels * 0.01:.2f} ha) dug by two odd looks in a row; "
          f"written to {told.output}")  # fmt: skip
    for reason, count in table.dropped.items():
        print(f"  left out {count}: {reason}")


def _pixels(rows: pd.DataFrame) -> int:
    return len(rows.drop_duplicates(["mine_id", "latitude", "longitude"]))


if __name__ == "__main__":
    sys.exit(main())
