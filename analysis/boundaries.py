"""Findings and the line each crossed in, how much lies on which side of it, and how sure, out.

One error model for all of it: the line may be misplaced by `analysis.local_law.line_error` (the
imagery's position and the polygon's own accuracy, in quadrature), normally distributed across it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtri

from analysis.line import NINETY
from analysis.mosaic import PIXEL_HA, Ground
from analysis.parts import Part
from cube.contract import PIXEL_M

BOUNDARY_DTYPES = {
    "alert_id": "str",
    "mine_id": "str",
    "zone_id": "str",
    "rule": "str",
    "inside_ha": "float64",
    "straddling_ha": "float64",
    "outside_ha": "float64",
    "low_ha": "float64",
    "high_ha": "float64",
    "p_outside": "float64",
}
BOUNDARY_COLUMNS = tuple(BOUNDARY_DTYPES)
"""Columns of boundaries.csv, in order."""

MIXED_SD = 12**-0.5
"""Standard deviation of how much of a pixel at the edge of dug ground is dug [pixel]."""

_FARTHER_IN = ndtri(0.5 + (np.arange(500) + 0.5) / 1000)
"""Equally likely places of the line, of those farther in than it is drawn [errors of the line]."""


def boundary(ground: Ground, part: Part, row: dict[str, Any]) -> dict[str, Any]:
    """Where the ground of one mine lies as to one line.

    `outside_ha` beyond it for sure, `straddling_ha` nearer to it than it may be misplaced, on
    whichever side, `inside_ha` the rest of the mine's ground; together all that was dug there.
    `low_ha` to `high_ha` holds the area beyond the line nine times in ten: the area itself with
    the line moved by 1.645 times its error to either side, and in quadrature with that the mixed
    pixels at the edge of dug ground. One of those counts whole or not at all while its true share
    may be anything, by 0.29 of a pixel (uniform); errors of different pixels are taken to be
    independent of each other. `p_outside`: P(outside), the share of the ground expected beyond
    the line that is beyond it as drawn.

    Parameters
    ----------
    row : dict
        The finding's alert_id, mine_id, zone_id, rule.

    Source
    ------
    Crapper 1980, Errors incurred in estimating an area of uniform land cover using Landsat,
    Photogrammetric Engineering and Remote Sensing 46 (10): the error of a mapped area goes with
    the number of its boundary pixels.
    """
    area, least, most = (float(v.sum()) * PIXEL_HA for v in (part.share, part.least, part.most))
    outside = float(part.sure.sum()) * PIXEL_HA
    touched = float(part.touched.sum()) * PIXEL_HA
    edge = _edge_pixels(ground) & (part.share > 0)
    mixed = NINETY * MIXED_SD * PIXEL_HA * math.sqrt(float((part.share[edge] ** 2).sum()))
    return {
        **{name: row[name] for name in BOUNDARY_COLUMNS[:4]},
        "inside_ha": ground.area_ha - touched,
        "straddling_ha": touched - outside,
        "outside_ha": outside,
        "low_ha": max(area - math.hypot(area - least, mixed), 0.0),
        "high_ha": area + math.hypot(most - area, mixed),
        "p_outside": min(_expected(area, outside, least) / area, 1.0) if area else 1.0,
    }


def _expected(area: float, outside: float, least: float) -> float:
    """What of an area [ha] is beyond the line, wherever the line truly lies, on average.

    All of it where the line lies farther out than drawn; `outside` where it lies its error farther
    in, `least` at 1.645 times that, and in between and beyond in proportion.
    """
    beyond = np.interp(_FARTHER_IN, (0.0, 1.0, NINETY), (area, outside, least))
    per_error = (outside - least) / (NINETY - 1)
    beyond -= per_error * np.maximum(_FARTHER_IN - NINETY, 0.0)
    return 0.5 * (area + float(np.maximum(beyond, 0.0).mean()))


def _edge_pixels(ground: Ground) -> np.ndarray:
    """(n,) bool: pixels of the ground beside which, in one of four directions, none is dug."""
    column = np.rint((ground.x - ground.x.min()) / PIXEL_M).astype(np.int64) + 1
    row = np.rint((ground.y.max() - ground.y) / PIXEL_M).astype(np.int64) + 1
    width = int(column.max()) + 2
    place = row * width + column
    around = [np.isin(place + step, place) for step in (-1, 1, -width, width)]
    return ~np.logical_and.reduce(around)
