"""Rows of a pixel table in, the same as one block of pixels side by side out, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.detectors.block import Block
from analysis.detectors.forest import ForestDetector, ForestSettings
from cube.contract import CubeError, Quality

TABLE_BANDS = ("red", "nir", "swir16")
"""What the rows of a pixel table hold: B4, B8 and B11."""

COLUMNS = ("mine_id", "acquired", "longitude", "latitude", *TABLE_BANDS)
"""What is read of a row."""


@dataclass(frozen=True, eq=False)
class RowBlock:
    """The rows of one mine as a block of one line of pixels.

    slot, pixel : (row,) int64, where each row lies in it
    """

    block: Block
    slot: np.ndarray
    pixel: np.ndarray


def row_block(rows: pd.DataFrame) -> RowBlock:
    """The rows of one mine, by pixel (longitude, latitude) and date; of two with the same pixel
    and date the last counts.

    Raises
    ------
    CubeError
        If a column lacks.
    """
    missing = [column for column in COLUMNS if column not in rows]
    if missing:
        raise CubeError(
            f"the rows lack {', '.join(missing)}; expected {', '.join(COLUMNS)}, as "
            "cube.pixels.read_pixel_table gives them."
        )
    dates, slot = np.unique(rows["acquired"].to_numpy("datetime64[s]"), return_inverse=True)
    places = rows[["latitude", "longitude"]].to_numpy(np.float64)
    known, pixel = np.unique(places, axis=0, return_inverse=True)
    pixel = pixel.reshape(-1)
    reflectance = np.zeros((len(dates), len(TABLE_BANDS), 1, len(known)), np.uint16)
    reflectance[slot, :, 0, pixel] = rows[list(TABLE_BANDS)].to_numpy(np.uint16)
    quality = np.full((len(dates), 1, len(known)), Quality.NO_ACQUISITION, np.uint8)
    quality[slot, 0, pixel] = Quality.CLEAR
    return RowBlock(Block(reflectance, quality, dates, TABLE_BANDS), slot, pixel)


def odd_rows(rows: pd.DataFrame, settings: ForestSettings | None = None) -> pd.DataFrame:
    """Which rows a forest grown for each mine calls odd, and which of those lasted.

    Parameters
    ----------
    rows : DataFrame
        COLUMNS, as `cube.pixels.read_pixel_table` gives them; 0 = band not measured.
    settings : ForestSettings
        `history_days` is not asked: a table has no history before it, and the published rule none.

    Returns
    -------
    DataFrame, same rows and order
        With `time_index` int16 (clear looks of the pixel before), `anomaly` and `excavated` bool.
        Excavated as published: this and the `needed` - 1 clear looks of the pixel before are odd.
    """
    detector = ForestDetector(settings or ForestSettings())
    told = rows.assign(time_index=np.int16(0), anomaly=False, excavated=False)
    for mine in pd.unique(rows["mine_id"]):
        own = (rows["mine_id"] == mine).to_numpy()
        made = row_block(rows[own])
        label = detector.labels(made.block)[:, 0]
        lasted, earlier = _lasting(label, detector.settings.needed)
        told.loc[own, "anomaly"] = label[made.slot, made.pixel] == 1
        told.loc[own, "excavated"] = lasted[made.slot, made.pixel]
        told.loc[own, "time_index"] = earlier[made.slot, made.pixel]
    return told


def _lasting(label: np.ndarray, needed: int) -> tuple[np.ndarray, np.ndarray]:
    """(time, n) bool, the last of `needed` odd looks in a row; (time, n) int16, looks before."""
    run, looks = (np.zeros(label.shape[1], np.int16) for _ in range(2))
    lasted = np.zeros(label.shape, bool)
    earlier = np.zeros(label.shape, np.int16)
    for slot, seen in enumerate(label):
        earlier[slot] = looks
        run = np.where(seen == 1, run + 1, np.where(seen == 0, 0, run))
        lasted[slot] = (seen == 1) & (run >= needed)
        looks += seen >= 0
    return lasted, earlier
