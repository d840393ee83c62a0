"""COLD and S-CCD of the package pyxccd, as they come, under our interface."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from analysis.detection import Excavation
from analysis.detectors import Block
from pipelines.evaluate.peers.claims import NONE, Days, excavation_of

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
"""In the order pyxccd takes them."""

_RED, _NIR = BANDS.index("red"), BANDS.index("nir")

ORDINAL_1970 = 719_163
"""Ordinal of 1970-01-01 in Python's calendar, from which pyxccd counts."""

CLEAR, CLOUD = 0, 4
"""pyxccd's quality of a look."""

NO_HEAT = 27_315
"""A thermal band that says nothing [K/100], as COLD asks for one."""


@dataclass(frozen=True)
class XccdSettings:
    """pyxccd's own defaults hold; these are only what its answer is read by."""

    history_days: int = 365
    """Days from the first slot; earlier breaks are not counted."""
    looks: int = 6
    """Looks in a row that confirm a break (its `conse`): the sixth dates the confirmation."""


@dataclass(frozen=True)
class Xccd:
    """The first break towards lower NDVI after the history, from the whole series at once.

    pyxccd is given the record to its end, which is more than a monitor has; on one year of history
    S-CCD and COLD start their own models inside it.

    Source
    ------
    pyxccd 1.1: Zhu et al. 2020, doi:10.1016/j.rse.2019.03.009 (COLD); Ye et al. 2021,
    doi:10.1016/j.rse.2020.112167 (S-CCD).
    """

    name: str
    settings: XccdSettings = XccdSettings()
    bands: tuple[str, ...] = BANDS

    def __call__(self, block: Block) -> Excavation:
        detect = getattr(import_module("pyxccd"), f"{self.name}_detect")
        days = block.days
        known = days >= 0
        numbers = block.reflectance[known][:, block.positions(BANDS)].astype(np.int64)
        clear = block.clear[known]
        dates = days[known] + ORDINAL_1970
        begins = int(days[known][0]) + self.settings.history_days
        shape = block.shape[1:]
        onset, confirmed = (np.full(shape, NONE, np.int64) for _ in range(2))
        for y, x in np.ndindex(shape):
            series = [np.ascontiguousarray(numbers[:, b, y, x]) for b in range(len(BANDS))]
            if self.name == "cold":
                series.append(np.full(len(dates), NO_HEAT, np.int64))
            quality = np.where(clear[:, y, x], CLEAR, CLOUD)
            day = _first_drop(detect(dates, *series, quality), begins)
            if day != NONE:
                seen = days[known][clear[:, y, x]]
                after = seen[seen >= day]
                if len(after) >= self.settings.looks:
                    onset[y, x], confirmed[y, x] = day, after[self.settings.looks - 1]
        never = np.full(shape, NONE, np.int64)
        return excavation_of(Days(onset, confirmed, confirmed, never, confirmed), block, False)


def _first_drop(found: Any, begins: int) -> int:
    """Day since 1970 of the first break to lower NDVI after the history, NONE if there is none."""
    segments = getattr(found, "rec_cg", found)
    if len(segments) == 0 or segments.dtype.names is None:
        return NONE
    for segment in segments:
        day = int(segment["t_break"]) - ORDINAL_1970
        change = segment["magnitude"]
        if segment["t_break"] > 0 and day > begins and change[_NIR] < change[_RED]:
            return day
    return NONE
