"""The series of a pixel is what the cube holds of it, with the three dates of the results."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cube.contract import CubeError
from dashboard.views import pixel_table, series_plot


def test_indices_are_those_of_the_stored_numbers_and_gaps_are_gaps(scene):
    x, y = scene.telling_place
    row, column = scene.pixel(x, y)
    table = pixel_table(scene, x, y)
    raw = scene.imagery["reflectance"].isel(y=row, x=column).values.astype(float)
    blue, _, red, nir, swir16, _ = raw.T
    clear = table["clear"].to_numpy()
    assert 10 < clear.sum() < len(clear)
    ndvi, ndmi, bsi = (table.loc[clear, name].to_numpy() for name in ("ndvi", "ndmi", "bsi"))
    assert ndvi == pytest.approx(((nir - red) / (nir + red))[clear])
    assert ndmi == pytest.approx(((nir - swir16) / (nir + swir16))[clear])
    soil = (swir16 + red - nir - blue) / (swir16 + red + nir + blue)
    assert bsi == pytest.approx(soil[clear])
    assert table.loc[~clear, ["ndvi", "ndmi", "bsi"]].isna().all(axis=None)


def test_the_three_dates_are_those_of_the_results_in_order(scene):
    x, y = scene.telling_place
    row, column = scene.pixel(x, y)
    told = pixel_table(scene, x, y).attrs
    for name in ("onset", "detected", "confirmed"):
        stored = scene.results[name].isel(y=row, x=column).values
        assert told[name] == pd.Timestamp(stored.item())
    assert told["onset"] <= told["detected"] <= told["confirmed"]
    assert told["open_level"] < told["driest"]


def test_ground_that_nobody_dug_has_no_dates_and_its_plot_says_so(scene):
    never = np.argwhere(
        (scene.since.values < 0) & scene.baseline.observable & ~np.isnan(scene.baseline.driest)
    )[0]
    place = float(scene.imagery["x"][never[1]]), float(scene.imagery["y"][never[0]])
    table = pixel_table(scene, *place)
    assert table.attrs["confirmed"] is pd.NaT
    assert "no digging found" in series_plot(table).opts.get("plot").kwargs["title"]


def test_the_plot_tells_looks_levels_and_dates_apart_by_name(scene):
    drawn = series_plot(pixel_table(scene, *scene.telling_place))
    named = {one.label for one in drawn if one.label}
    assert named == {
        "NDVI", "NDMI", "BSI", "NDVI, driest before", "NDVI, open ground", "onset", "detected",
        "confirmed",
    }  # fmt: skip
    assert "dug since" in drawn.opts.get("plot").kwargs["title"]


def test_a_place_outside_the_window_is_refused(scene):
    with pytest.raises(CubeError, match="lies outside SIM_001/0"):
        pixel_table(scene, 0.0, 0.0)
