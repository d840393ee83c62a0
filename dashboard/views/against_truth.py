"""What a detector claims and what is true in, a map of hits, misses and false alarms out."""

from __future__ import annotations

import holoviews as hv
import numpy as np
from matplotlib.colors import to_rgb

from analysis.accuracy import Claim, Reference
from cube.contract import PIXEL_M
from dashboard.look.palette import BLUE, GREEN, LINE, QUIET, VERMILLION
from dashboard.views.pictures import SQUARE

VERDICTS = {
    "hit": GREEN,
    "missed": BLUE,
    "false alarm": VERMILLION,
    "not counted": LINE,
    "cannot be judged": QUIET,
}
"""Words and colours of ground; what is none of these is white."""


def against_truth(claim: Claim, reference: Reference, title: str) -> hv.RGB:
    """What stands in a detector's map at the end, beside what is true.

    Ground that is not counted (dumps, roads and yards look like a pit) is grey.
    """
    wrong = reference.counted & ~reference.dug
    colours = np.ones((*reference.dug.shape, 3))
    for where, words in (
        (claim.blind & wrong, "cannot be judged"),
        (~reference.counted, "not counted"),
        (claim.standing & wrong, "false alarm"),
        (reference.dug & ~claim.standing, "missed"),
        (reference.dug & claim.standing, "hit"),
    ):
        colours[where] = to_rgb(VERDICTS[words])
    rows, columns = reference.dug.shape
    shades = np.rint(255 * colours).astype(np.uint8)
    kdims = [hv.Dimension("x", label="East", unit="m"), hv.Dimension("y", label="North", unit="m")]
    east = PIXEL_M * (np.arange(columns) + 0.5)
    north = PIXEL_M * (np.arange(rows)[::-1] + 0.5)
    picture = hv.RGB((east, north, *np.moveaxis(shades, -1, 0)), kdims=kdims)
    return picture.opts(
        title=title, **{**SQUARE, "frame_width": 240, "frame_height": 240}, xticks=4
    )
