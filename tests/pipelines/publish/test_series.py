"""A mine's looks and indices through time, worked out by hand."""

from __future__ import annotations

import numpy as np
import xarray as xr

from cube.contract import Quality
from pipelines.publish.series import Places, SlotSeries, index_values, quantiles

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")


def cube_of(nir: list[int], quality: list[int]) -> xr.Dataset:
    """One window of 2 x 2 equal pixels: red 1000, others 500, nir as told; a slot per ten days."""
    slots = len(nir)
    pixels = np.full((1, slots, 6, 2, 2), 500, np.uint16)
    pixels[:, :, 2] = 1000
    pixels[0, :, 3] = np.array(nir)[:, np.newaxis, np.newaxis]
    times = np.datetime64("2021-01-01", "ns") + np.arange(slots) * np.timedelta64(10, "D")
    acquired = times[np.newaxis] + np.timedelta64(29, "h")
    acquired[0, np.array(quality) == Quality.NO_ACQUISITION] = np.datetime64("NaT")
    flags = np.broadcast_to(np.array(quality, np.uint8)[:, None, None], (slots, 2, 2))
    return xr.Dataset(
        {
            "reflectance": (("mine", "time", "band", "y", "x"), pixels),
            "quality": (("mine", "time", "y", "x"), flags[np.newaxis].copy()),
            "acquired": (("mine", "time"), acquired),
            "failed_reads": (("mine", "time"), np.zeros((1, slots), np.uint16)),
        },
        coords={"time": times, "band": list(BANDS)},
    )


def collected(cube: xr.Dataset, dug: np.ndarray) -> SlotSeries:
    places = [(Places(*np.nonzero(dug)), Places(*np.nonzero(~dug)))]
    series = SlotSeries(cube, BANDS, [np.ones((2, 2), bool)], places)
    for slot in range(cube.sizes["time"]):
        [pixels] = series.read(slice(slot, slot + 1), 0)
        series.add(slot, 0, cube["quality"].values[0, slot], pixels)
    return series


DUG = np.array([[True, False], [False, False]])


def test_a_clear_look_has_its_index_and_a_cloud_has_none():
    cube = cube_of([3000, 3000, 1000], [Quality.CLEAR, Quality.CLOUD, Quality.CLEAR])
    told = collected(cube, DUG).told()
    #  (3000 - 1000) / 4000 = 0.5       cloud: nothing       (1000 - 1000) / 2000 = 0
    assert told["dug"]["ndvi"]["p50"] == [0.5, None, 0.0]
    assert told["dug"]["seen"] == [1.0, 0.0, 1.0]
    assert (told["dug"]["pixels"], told["undisturbed"]["pixels"]) == (1, 3)
    #  bare soil: (500 + 1000 - 3000 - 500) / 5000 = -0.4
    assert told["dug"]["bsi"]["p50"][0] == -0.4


def test_every_slot_says_when_it_was_taken_and_how_much_was_clear():
    quality = [Quality.CLEAR, Quality.NO_ACQUISITION, Quality.CLOUD]
    slots = collected(cube_of([3000] * 3, quality), DUG).slots()
    assert [slot["date"] for slot in slots] == ["2021-01-01", "2021-01-11", "2021-01-21"]
    assert [slot["acquired"] for slot in slots] == ["2021-01-02", None, "2021-01-22"]
    assert [slot["clear"] for slot in slots] == [1.0, 0.0, 0.0]
    assert [slot["cloud"] for slot in slots] == [0.0, 0.0, 1.0]


def test_the_yardstick_is_the_dry_end_of_the_first_year_only():
    #  40 slots: the first 37 lie within 365 days of the first look; bare (NDVI 0) only after that
    nir = [3000] * 37 + [1000] * 3
    told = collected(cube_of(nir, [Quality.CLEAR] * 40), DUG).told()
    assert told["dug"]["driest_ndvi"] == 0.5
    assert told["history_end"] == "2021-12-27"


def test_too_few_looks_are_no_yardstick():
    told = collected(cube_of([3000] * 5, [Quality.CLEAR] * 5), DUG).told()
    assert told["dug"]["driest_ndvi"] is None


def test_ground_of_which_there_is_none_has_no_curve():
    told = collected(cube_of([3000] * 3, [Quality.CLEAR] * 3), np.zeros((2, 2), bool)).told()
    assert told["dug"] == {"pixels": 0, "seen": [], "driest_ndvi": None}


def test_a_mine_never_observed_has_slots_without_a_look():
    cube = cube_of([0] * 3, [Quality.NO_ACQUISITION] * 3)
    series = collected(cube, DUG)
    assert [slot["acquired"] for slot in series.slots()] == [None] * 3
    told = series.told()
    assert told["history_end"] is None
    assert told["dug"]["ndvi"]["p50"] == [None] * 3


def test_an_index_without_its_bands_is_left_out():
    one = np.array([0.2], np.float32)
    assert set(index_values({"red": one, "nir": one})) == {"ndvi"}


def test_quantiles_are_numpys_whatever_was_not_seen():
    values = np.random.default_rng(7).random((40, 25)).astype(np.float32)
    values[np.random.default_rng(8).random(values.shape) < 0.5] = np.nan
    values[:, 3] = np.nan
    values[1:, 4] = np.nan
    seen = ~np.isnan(values).all(axis=0)
    found = quantiles(values, (0.1, 0.5, 0.9))
    expected = np.nanquantile(values[:, seen], (0.1, 0.5, 0.9), axis=0)
    assert np.allclose(found[:, seen], expected, atol=1e-6)
    assert np.isnan(found[:, 3]).all()
