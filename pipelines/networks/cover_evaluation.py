"""A land cover network and chips in, its scores, pictures and maps of classes out, as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.networks.cover_scores import confusion, cover_figures, cover_metrics
from analysis.networks.land_cover import UNKNOWN, LandCover
from pipelines.exports.cogs import Band, Cog, cog_bytes
from pipelines.networks.chips import ChipSet
from pipelines.networks.cover_scoring import cover_answers
from pipelines.networks.evaluation import SCORES, plain
from pipelines.networks.facts import NetworkFacts
from pipelines.networks.imagery import Imagery
from pipelines.networks.overlays import false_colour
from pipelines.run_record import whole_file

COLOURS = {
    LandCover.BACKGROUND: "#d9d9d9",
    LandCover.BUILDING: "#dc267f",
    LandCover.ROAD: "#222222",
    LandCover.WATER: "#648fff",
    LandCover.BARREN: "#d8b365",
    LandCover.FOREST: "#1b7837",
    LandCover.AGRICULTURE: "#ffe94d",
}
UNKNOWN_COLOUR = "#ffffff"

NODATA = 255
SHOWN = 8
"""Chips on the picture, those with the most wrong pixels."""


@dataclass(frozen=True, eq=False)
class CoverEvaluation:
    """What a network said of the chips of a split: said, true (y, x) int per chip."""

    network: Any
    chips: ChipSet
    said: list[np.ndarray]
    true: list[np.ndarray]

    @property
    def by_site(self) -> dict[int, np.ndarray]:
        """Confusion matrices (class, class) int64 by site."""
        found: dict[int, np.ndarray] = {}
        sites = self.chips.records["site"]
        for site, said, true in zip(sites, self.said, self.true, strict=True):
            found[int(site)] = found.get(int(site), 0) + confusion(said, true)
        return found


def cover_evaluation(network: Any, chips: ChipSet) -> CoverEvaluation:
    """Ask a land cover network about every chip.

    Raises
    ------
    CubeError
        If the chips carry no classes, or the network's bands are not theirs.
    """
    pairs = [(said, item["classes"]) for said, item in cover_answers(network, chips)]
    return CoverEvaluation(network, chips, [s for s, _ in pairs], [t for _, t in pairs])


def write_cover_scores(done: CoverEvaluation, output: Path) -> dict[str, Any]:
    """`scores.json`; the scores of all sites together."""
    facts: NetworkFacts = done.network
    sites = done.by_site
    metrics = cover_metrics(sites) | {"chips": len(done.chips)}
    record = {
        "network": facts.name,
        "trained_on": facts.data_hash,
        "asked_about": done.chips.hash,
        "metrics": metrics,
        "sites": {site: cover_figures(counts) for site, counts in sites.items()},
    }
    with whole_file(output / SCORES) as stream:
        json.dump(plain(record), stream, indent=1)
    return metrics


def write_cover_picture(done: CoverEvaluation, output: Path) -> Path:
    """`classes.png`: image, truth and what was said of the chips with the most wrong pixels."""
    pairs = list(zip(done.said, done.true, strict=True))
    wrong = [int(((said != true) & (true != UNKNOWN)).sum()) for said, true in pairs]
    chosen = np.argsort(wrong, kind="stable")[::-1][:SHOWN].tolist()
    figure = Figure(figsize=(9, 3.1 * len(chosen) + 0.6), layout="constrained")
    axes = figure.subplots(len(chosen), 3, squeeze=False)
    for row, index in zip(axes, chosen, strict=True):
        record = done.chips.records.iloc[index]
        image = false_colour(done.chips[index]["pixels"], done.chips.bands)
        shown = image, coloured(done.true[index]), coloured(done.said[index])
        place = f"{record['mine_id']}/{record['window']} row {record['row']} col {record['column']}"
        for axis, picture, title in zip(row, shown, (place, "true", "said"), strict=True):
            axis.imshow(picture, interpolation="nearest")
            axis.set_title(title, fontsize=8)
            axis.set_axis_off()
    figure.legend(
        handles=[Patch(color=colour, label=one.name.lower()) for one, colour in COLOURS.items()],
        loc="outside lower center", ncols=4, frameon=False, fontsize=9,
    )  # fmt: skip
    path = output / "classes.png"
    with whole_file(path, "wb") as stream:
        figure.savefig(stream, format="png", dpi=100)
    return path


def coloured(classes: np.ndarray) -> np.ndarray:
    """(y, x, 3) float 0..1 of classes (y, x) int, -1 white."""
    table = [to_rgb(COLOURS[one]) for one in LandCover] + [to_rgb(UNKNOWN_COLOUR)]
    return np.array(table)[classes]


def write_classes(done: CoverEvaluation, imagery: Imagery, output: Path) -> list[Path]:
    """A Cloud-Optimized GeoTIFF of classes, uint8, of every window and period.

    Returns
    -------
    list of Path
        `OUTPUT/<mine>_<window>_<period>.tif`
    """
    places = {(place.mine_id, place.window): place for place in imagery.places}
    palette = {int(one): _bytes(colour) for one, colour in COLOURS.items()}
    names = ", ".join(f"{int(one)} {one.name.lower()}" for one in LandCover)
    tags = {"network": done.network.name, "classes": names}
    paths = []
    groups = done.chips.records.groupby(["mine_id", "window", "period"], sort=True)
    for (mine, window, period), part in groups:
        grid = places[(mine, int(window))].grid
        whole = np.full((grid.size, grid.size), NODATA, np.uint8)
        for index, row, column in part[["row", "column"]].itertuples():
            at = np.s_[row : row + done.chips.size, column : column + done.chips.size]
            whole[at] = done.said[index]
        path = output / f"{mine}_{window}_{str(period).replace('/', '_')}.tif"
        cog = Cog(whole[np.newaxis], grid, NODATA, [Band("land cover")], palette, tags=tags)
        with whole_file(path, "wb") as stream:
            stream.write(cog_bytes(cog))
        paths.append(path)
    return paths


def _bytes(colour: str) -> tuple[int, int, int]:
    red, green, blue = (round(255 * part) for part in to_rgb(colour))
    return red, green, blue
