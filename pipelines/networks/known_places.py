"""Known coordinates in, how right a scan or a classifier is about them out, with a map of errors.

    python -m pipelines.validate --csv FILE --scan DIR
    python -m pipelines.validate --csv FILE --classifier FILE --catalog CATALOG --period FIRST/LAST
        --output DIR

FILE has lat, lon and label (mine or none). A finished scan is asked what it said of the cells that
hold a place; a classifier is shown a square of imagery around each place, read for it.
Exit codes: 0 done, 2 bad input, 3 some places could not be read (listed), 130 stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rich.console import Console

from analysis.networks.place_scores import Score, place_counts, place_scores
from cube.contract import CubeError
from pipelines.flags import Parser
from pipelines.networks.ended import ended
from pipelines.networks.label_files import coordinates, swapped_hint
from pipelines.networks.places_picture import places_picture
from pipelines.networks.places_reading import read_places
from pipelines.run_record import whole_file
from pipelines.tables import write_csv
from pipelines.wording import counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Validate from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    return ended(lambda: _validate(told, console))


def scanned_places(table: pd.DataFrame, scan: Path) -> pd.DataFrame:
    """What a finished scan said of places: `probability` and `said`, NaN and None beyond it.

    Cells overlap: a place has the highest probability of those that hold it, and is called a mine
    where one of them was a hit. Where the screen saw nothing the probability is 0.

    Raises
    ------
    CubeError
        If there is no finished scan, or no place lies in it.
    """
    path = scan / "cells.geojson"
    if not path.exists():
        raise CubeError(f"there is no finished scan in {scan}: it has no {path.name}.")
    cells = gpd.read_file(path)
    points = shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy())
    place, cell = shapely.STRtree(cells.geometry.values).query(points, predicate="intersects")
    if not len(place):
        hint = swapped_hint(table, tuple(cells.total_bounds))
        raise CubeError(
            f"not one of {counted(len(table), 'place')} lies in the scan of {scan}. {hint}".strip()
        )
    unseen = cells["measured"].to_numpy() < 0.5
    likely = np.where(unseen, np.nan, cells["probability"].fillna(0.0).astype(float))
    found = pd.DataFrame({"place": place, "p": likely[cell], "hit": cells["hit"].to_numpy()[cell]})
    best = found.groupby("place").agg(p=("p", "max"), hit=("hit", "max"))
    out = table.assign(probability=np.nan, said=pd.Series([None] * len(table), dtype=object))
    out.loc[best.index, "probability"] = best["p"].to_numpy()
    known = best.index[best["p"].notna()]
    out.loc[known, "said"] = best.loc[known, "hit"].astype(bool).to_numpy()
    return out


def _validate(told: argparse.Namespace, console: Console) -> int:
    table, code = coordinates(told.csv), 0
    if bool(told.scan) == bool(told.classifier):
        raise CubeError("give either --scan DIR or --classifier FILE: one of them is validated.")
    if told.scan:
        output = Path(told.output or told.scan) / "validation"
        places = scanned_places(table, Path(told.scan))
    else:
        missing = [name for name in ("catalog", "period", "output") if not getattr(told, name)]
        if missing:
            raise CubeError(f"--classifier needs imagery to look at: give --{missing[0]} as well.")
        output = Path(told.output) / "validation"
        places, code = read_places(
            table, told.classifier, told.catalog, told.period, told.output, told.cluster, console
        )
    asked = places[places["said"].notna()]
    if asked.empty:
        raise CubeError("nothing could be said of any place: none was ever seen clear.")
    said, true = asked["said"].to_numpy(bool), asked["label"].to_numpy(bool)
    counts = place_counts(said, true)
    scores = place_scores(counts)
    places["outcome"] = outcomes(places)
    write_csv(places, output / "places.csv")
    with whole_file(output / "scores.json") as stream:
        plain = {
            name: {end: value if np.isfinite(value) else None for end, value in asdict(one).items()}
            for name, one in scores.items()
        }
        json.dump(
            {"places": len(places), "asked": len(asked), **asdict(counts), "scores": plain},
            stream,
            indent=1,
        )
    with whole_file(output / "errors.png", "wb") as stream:
        stream.write(places_picture(places, scores))
    _say(places, scores, output, console)
    return code


def outcomes(places: pd.DataFrame) -> list[str]:
    """hit, false alarm, miss, right, or not asked, of every place."""
    names = {(True, True): "hit", (True, False): "false alarm", (False, True): "miss",
             (False, False): "right"}  # fmt: skip
    return [
        "not asked" if said is None or pd.isna(said) else names[bool(said), bool(label)]
        for said, label in zip(places["said"], places["label"], strict=True)
    ]


def _say(places: pd.DataFrame, scores: dict[str, Score], output: Path, console: Console) -> None:
    left = int(places["said"].isna().sum())
    console.print(
        f"{counted(len(places), 'place')}"
        + (f", {left} not asked (outside, or never seen clear)" if left else "")
    )
    for name, score in scores.items():
        console.print(f"  {name:10} {score.value:.3f}  ({score.low:.3f} to {score.high:.3f})")
    for row in places[places["outcome"].isin(("miss", "false alarm"))].head(10).itertuples():
        console.print(f"  {row.outcome} at {row.lat:.5f}, {row.lon:.5f} ({row.probability:.2f})")
    console.print(f"  {output / 'places.csv'}, {output / 'errors.png'}")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m pipelines.validate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--csv", required=True, metavar="FILE", help="lat, lon, label (mine or none; 1 or 0)")
    add("--scan", default="", metavar="DIR", help="a finished scan")
    add("--classifier", default="", metavar="FILE", help="checkpoint or ONNX of a classifier")
    add("--catalog", default="", help="imagery to show it")
    add("--period", default="", metavar="FIRST/LAST", help="the median is made of these days")
    add("--output", default="", metavar="DIR", help="folder of what is written (of the scan)")
    add("--cluster", default="", help="cluster.yaml, a scheduler's address, or `threads`")
    return parser


if __name__ == "__main__":
    sys.exit(main())
