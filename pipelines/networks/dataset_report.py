"""A cube in, what its chips would teach out: balance, splits on a map, chips with their labels.

    python -m pipelines.networks.dataset_report --cube DIR --output DIR [--data.size 64 ...]

Writes records.geojson, report.txt, splits.png, chips.png, and style.json: the 2nd and 98th
percentiles of the training chips, which chips of another sensor can be matched to (--data.style).
Exit codes: 0 done, 2 bad input, 130 stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.networks.splits import SPLITS
from analysis.networks.style import style_of
from pipelines.flags import Parser, add_group
from pipelines.networks.command_line import settings_from
from pipelines.networks.ended import ended
from pipelines.networks.extra import end_without_networks
from pipelines.pictures import plain, png
from pipelines.run_record import whole_file
from pipelines.wording import counted

try:
    from pipelines.networks.chips import ChipSet, chip_set
    from pipelines.networks.cover_evaluation import coloured
    from pipelines.networks.dataset import DatasetSettings
    from pipelines.networks.overlays import false_colour
except (ModuleNotFoundError, KeyboardInterrupt) as missing:
    end_without_networks(missing)

COLOURS = {"train": "#0072b2", "validation": "#e69f00", "test": "#cc3377"}
SHAPES = {"train": "o", "validation": "s", "test": "^"}
MINE, UNKNOWN = "#ffe94d", "#888888"
EACH, COLUMNS = 2, 6
"""Chips shown per split and source of labels, and per line."""


def write_report(chips: ChipSet, output: Path) -> None:
    """Write what a set of chips is made of into a folder."""
    output.mkdir(parents=True, exist_ok=True)
    train = chips.of_split("train")
    style = style_of((train[i]["pixels"] for i in range(len(train))), train.bands)
    texts = {
        "report.txt": f"{chips.report}\nbands: {', '.join(chips.bands)}\nhash: {chips.hash}\n",
        "style.json": json.dumps(style.to_dict(), indent=1) + "\n",
        "records.geojson": chips.records.to_json(drop_id=True) + "\n",
    }
    for name, text in texts.items():
        with whole_file(output / name) as stream:
            stream.write(text)
    for name, figure in (("splits.png", split_map(chips)), ("chips.png", chip_sheet(chips))):
        with whole_file(output / name, "wb") as stream:
            stream.write(png(figure))


def split_map(chips: ChipSet) -> Figure:
    """Where the sites of each split lie: one mark per site, as large as it has chips."""
    records = chips.records
    west, south, east, north = records.geometry.bounds.to_numpy().T
    places = records.assign(x=(west + east) / 2, y=(south + north) / 2)
    places = places.groupby(["split", "site"]).agg({"x": "mean", "y": "mean", "chip": "size"})
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.subplots()
    for name in SPLITS:
        if name not in places.index.get_level_values("split"):
            continue
        part = places.loc[name]
        size = 25 + 2 * part["chip"].clip(upper=200)
        axes.scatter(
            part["x"], part["y"], s=size, c=COLOURS[name], marker=SHAPES[name], edgecolors="white",
            label=f"{name}: {counted(len(part), 'site')}, {int(part['chip'].sum())} chips",
        )  # fmt: skip
    axes.set(xlabel="longitude [°]", ylabel="latitude [°]", title="Sites by split")
    axes.set_aspect(1 / np.cos(np.deg2rad(places["y"].mean())), adjustable="datalim")
    axes.legend(frameon=False, fontsize=9)
    return figure


def chip_sheet(chips: ChipSet) -> Figure:
    """Some chips of every split and source in false colour, mine tinted, unknown ground grey.

    Chips that know land cover alone are tinted by its classes.
    """
    groups = chips.records.groupby(["split", "source", "label"], sort=True, dropna=False)
    chosen = groups.head(EACH)
    chosen = chosen.sort_values(["split", "label", "source"], kind="stable")
    rows = -(-len(chosen) // COLUMNS)
    figure = Figure(figsize=(2.1 * COLUMNS, 2.5 * rows + 0.4), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, squeeze=False)
    for place in axes.flat:
        place.set_axis_off()
    for place, (index, record) in zip(axes.flat, chosen.iterrows(), strict=False):
        place.imshow(_tinted(chips, int(index)), interpolation="nearest")
        kind = "mine" if record["label"] == 1 else plain(record["source"])
        place.set_title(
            f"{record['split']}: {kind}\n{plain(record['mine_id'])} "
            f"row {record['row']} col {record['column']}",
            fontsize=7,
        )
    names = ("mine", MINE), ("unknown", UNKNOWN)
    figure.legend(
        handles=[Patch(color=colour, label=name) for name, colour in names],
        loc="outside lower center", ncols=2, frameon=False, fontsize=8,
    )  # fmt: skip
    return figure


def _tinted(chips: ChipSet, index: int) -> np.ndarray:
    item = chips[index]
    picture = false_colour(item["pixels"], chips.bands)
    mine, known = item["mask"] >= 0.5, np.isfinite(item["mask"])
    if not known.any() and "classes" in item:  # of land cover, which says nothing of mines
        return 0.5 * picture + 0.5 * coloured(item["classes"])
    rim = mine & ~_inner(mine)
    picture[mine] = 0.75 * picture[mine] + 0.25 * np.array(to_rgb(MINE))
    picture[rim] = to_rgb(MINE)
    picture[~known] = 0.5 * picture[~known] + 0.5 * np.array(to_rgb(UNKNOWN))
    return picture


def _inner(mine: np.ndarray) -> np.ndarray:
    """Pixels whose four neighbours are mine, too; beyond the chip counts as mine."""
    around = np.pad(mine, 1, constant_values=True)
    return around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]


def main(arguments: Sequence[str] | None = None) -> int:
    """Report from the command line; the exit code."""
    parser = Parser(
        prog="python -m pipelines.networks.dataset_report", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("--cube", required=True, help="OUTPUT/cube of a run")
    parser.add_argument("--output", type=Path, required=True, help="folder of the report")
    add_group(parser, "data", DatasetSettings)
    told = parser.parse_args(arguments)
    return ended(lambda: report(told))


def report(told: argparse.Namespace) -> int:
    """Cut chips and say what they are made of; the exit code."""
    data = settings_from(told, DatasetSettings, "data.")
    chips = chip_set(told.cube, data, told.output / "chips")
    write_report(chips, told.output)
    print(f"{chips.report}\n{told.output / 'splits.png'}\n{told.output / 'chips.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
