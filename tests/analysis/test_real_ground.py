"""Detection on real ground that nobody dug: crop fields of one year, month by month."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from analysis.baseline import BaselineRule
from analysis.detection import DetectionSettings, detect_block
from cube.contract import CORE_BANDS, Quality, State

NAMES = {
    "blue": "B02",
    "green": "B03",
    "red": "B04",
    "nir": "B08",
    "swir16": "B11",
    "swir22": "B12",
}


@pytest.fixture(scope="module")
def fields(real: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reflectance, quality and dates of 12 monthly composites; 0 and 65535 are no measurement."""
    with xr.open_dataset(real / "worldcereal_s1s2_2021.nc") as stored:
        bands = [stored[f"S2-L2A-{NAMES[band]}"].values for band in CORE_BANDS]
        dates = stored["t"].values.astype("datetime64[s]")
    reflectance = np.stack(bands, axis=1).astype(np.uint16)
    reflectance[reflectance == 65_535] = 0
    seen = (reflectance > 0).all(axis=1)
    quality = np.where(seen, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    return reflectance, quality, dates


def test_nothing_is_dug_in_crop_fields_of_which_half_a_year_is_history(fields):
    # Six dates of history, December and January without a measurement: four looks.
    found = detect_block(*fields, DetectionSettings(baseline=BaselineRule(min_looks=4)))
    assert not (found.state == State.CONFIRMED).any()
    assert (found.state[-1] != State.NOT_OBSERVABLE).mean() > 0.5


@pytest.mark.parametrize("shift", [0, 3, 6, 9])
def test_nothing_is_dug_in_crop_fields_sown_a_month_later_the_next_year(fields, shift: int):
    # The same year from another month on, twice, the second time a month late: November to April
    # of the fields as they are, and so on; every season is history once.
    reflectance, quality, dates = fields
    first = np.roll(np.arange(12), -shift)
    order = np.concatenate([first, np.roll(first, 1)])
    year = dates[0] + np.arange(24) * np.timedelta64(2_629_800, "s")
    rules = DetectionSettings(baseline=BaselineRule(history_days=350))
    found = detect_block(reflectance[order], quality[order], year, rules)
    assert not (found.state == State.CONFIRMED).any()
    assert (found.state[-1] != State.NOT_OBSERVABLE).mean() > 0.5
