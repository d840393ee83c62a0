"""Marks of one slot in, the patches of ground wide, large and sure enough to be excavation out.

The tests hold this against SciPy's and scikit-image's morphology, which gives the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.kernels.components import label_runs
from analysis.kernels.marks import POSSIBLE
from analysis.kernels.patches import mark_alert, mark_components, mark_fresh


@dataclass(frozen=True, eq=False)
class Runs:
    """Connected pixels as runs along x, int32 each, with room for all that a window can have.

    A run lies in `row`, from column `begin` to before `end`; `component` is the first run of those
    it hangs together with. A patch must also be two pixels wide: a new road is not.
    """

    row: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    component: np.ndarray
    waiting: np.ndarray
    """Room for the position of every pixel, while a patch grows."""

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """As the kernels take them."""
        return self.row, self.begin, self.end, self.component

    def of(self, plane: np.ndarray, bits: np.uint8) -> int:
        """Find those of the pixels that hold any of `bits`, in a plane (y, x) uint8; how many."""
        return int(label_runs(plane, bits, *self.arrays))


def room_for_runs(shape: tuple[int, ...]) -> Runs:
    """Empty runs for a plane of that shape."""
    most = shape[0] * ((shape[1] + 1) // 2)
    return Runs(*(np.empty(size, np.int32) for size in (most, most, most, most, math.prod(shape))))


def mark_alerting(
    marks: np.ndarray, runs: Runs, strong_pixels: int, reach: int, pale_share: float
) -> int:
    """Mark what alerts, and what is pale: components of possible ground, by what most of them is.

    A component of which more than `pale_share` settled bright is pale throughout: concrete, not a
    pit with a bright bench. Of the others, those that hold `strong_pixels` certain ones alert
    within `reach` steps of certain or held ground.

    Parameters
    ----------
    marks : (y, x) uint8, bits of `analysis.kernels.marks`; given AREA, ALERT and PALE
    runs : written, those of the possible ground

    Returns
    -------
    int
        Number of runs of possible ground, 0 if nothing alerts.

    Source
    ------
    Canny 1986, doi:10.1109/TPAMI.1986.4767851, section VII: thresholding with hysteresis. Ours
    differs: a component needs `strong_pixels` strong pixels, not one, and weak pixels join within
    a number of steps over the component, not however far.
    """
    count = runs.of(marks, POSSIBLE)
    told = (runs.row, runs.begin, runs.end)
    if not mark_components(marks, *told, runs.component, count, strong_pixels, pale_share):
        return 0
    mark_alert(marks, *told, count, reach, runs.waiting)
    return count


def mark_confirmable(marks: np.ndarray, standing: np.ndarray, runs: Runs, count: int) -> bool:
    """Mark what alerts and is not open yet as FRESH where it is two pixels wide; whether any is."""
    told = (runs.row, runs.begin, runs.end)
    return bool(count) and bool(mark_fresh(marks, standing, *told, count))
