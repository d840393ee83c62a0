"""What a network said of chips in, pictures of its hits, misses and false alarms out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from pipelines.networks.evaluation import Evaluation, chip_table
from pipelines.run_record import whole_file

HIT, MISS, FALSE_ALARM = "#009e73", "#ffb000", "#dc267f"
"""Told apart by people who see few colours, and from soil and forest in false colour."""

PAGE = 12
"""Chips on one picture."""

COLUMNS = 4
FALSE_COLOUR = (("swir16", "nir", "red"), ("red", "green", "blue"))
"""Bands shown as red, green, blue: the first three that the chips have."""


def write_overlays(done: Evaluation, output: Path, most: int = 48) -> list[Path]:
    """Pictures of the chips with the most errors first, twelve to a page.

    most : chips shown at most

    Returns
    -------
    list of Path
        The pages, `OUTPUT/overlays_1.png` and so on.
    """
    table = chip_table(done)
    wrong = table["misses"] + table["false_alarms"]
    order = np.lexsort((np.arange(len(table)), -table["hits"], -wrong))[:most]
    pages = []
    for number, first in enumerate(range(0, len(order), PAGE), 1):
        path = output / f"overlays_{number}.png"
        figure = _page(done, order[first : first + PAGE].tolist())
        with whole_file(path, "wb") as stream:
            figure.savefig(stream, format="png", dpi=100)
        pages.append(path)
    return pages


def _page(done: Evaluation, chosen: list[int]) -> Figure:
    rows = -(-len(chosen) // COLUMNS)
    figure = Figure(figsize=(3.1 * COLUMNS, 3.4 * rows + 0.5), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, squeeze=False)
    for place in axes.flat:
        place.set_axis_off()
    for place, index in zip(axes.flat, chosen, strict=False):
        record = done.chips.records.iloc[index]
        place.imshow(_coloured(done, index), interpolation="nearest")
        place.set_title(
            f"{record['mine_id']}/{record['window']} row {record['row']} col {record['column']}\n"
            f"{_verdict(done, index)}",
            fontsize=8,
        )
    names = ("hit", HIT), ("miss", MISS), ("false alarm", FALSE_ALARM)
    figure.legend(
        handles=[Patch(color=colour, label=name) for name, colour in names],
        loc="outside lower center", ncols=3, frameon=False, fontsize=9,
    )  # fmt: skip
    return figure


def _coloured(done: Evaluation, index: int) -> np.ndarray:
    """(y, x, 3) float, the chip in false colour, tinted by how the network did."""
    picture = false_colour(done.chips[index]["pixels"], done.chips.bands)
    limit, truth, said = done.network.threshold, done.truth[index], done.said[index]
    if truth.ndim == 0:
        return _framed(picture, bool(said >= limit), bool(truth >= 0.5))
    found, real, known = (np.asarray(a) for a in (said >= limit, truth >= 0.5, np.isfinite(truth)))
    for where, colour in (
        (found & real, HIT),
        (~found & real, MISS),
        (found & ~real & known, FALSE_ALARM),
    ):
        picture[where] = 0.45 * picture[where] + 0.55 * np.array(to_rgb(colour))
    return picture


def _framed(picture: np.ndarray, found: bool, real: bool) -> np.ndarray:
    """A scene in a frame of the colour of its verdict; grey where rightly nothing was found."""
    colour = {(True, True): HIT, (False, True): MISS, (True, False): FALSE_ALARM}
    width = max(1, len(picture) // 24)
    framed = np.empty((*(side + 2 * width for side in picture.shape[:2]), 3))
    framed[:] = to_rgb(colour.get((found, real), "#999999"))
    framed[width:-width, width:-width] = picture
    return framed


def _verdict(done: Evaluation, index: int) -> str:
    said, truth = done.said[index], done.truth[index]
    if truth.ndim == 0:
        return f"{'mine' if truth >= 0.5 else 'no mine'}, said {float(said):.2f}"
    found, real = (said >= done.network.threshold), truth >= 0.5
    known = np.isfinite(truth)
    either = int(((found | real) & known).sum())
    return f"IoU {(found & real).sum() / either:.2f}" if either else "nothing there, none found"


def false_colour(pixels: np.ndarray, bands: tuple[str, ...]) -> np.ndarray:
    """(y, x, 3) float 0..1 of a chip (band, y, x), stretched over its 2nd to 98th percentile."""
    shown = next((rgb for rgb in FALSE_COLOUR if set(rgb) <= set(bands)), (bands * 3)[:3])
    planes = np.stack([pixels[bands.index(band)] for band in shown], axis=-1).astype(np.float64)
    known = np.asarray(np.isfinite(planes).all(axis=-1))
    if not known.any():
        return np.full(planes.shape, 0.5)
    low, high = np.percentile(planes[known], (2, 98), axis=0)
    stretched = np.clip((planes - low) / np.maximum(high - low, 1e-6), 0, 1)
    return np.where(known[..., np.newaxis], stretched, 0.5)
