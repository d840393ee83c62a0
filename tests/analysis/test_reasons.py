from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.lookalikes import AGAINST, FOR, UNDECIDED
from analysis.pixel_series import PixelSeries
from analysis.reason_numbers import ReasonRule, Region
from analysis.reasons import EXCAVATION, region_reasons
from cube.contract import CubeError

DAYS = np.datetime64("2021-01-01") + 10 * np.arange(109)
OPENED = np.datetime64("2022-08-04")
MONTH = DAYS.astype("datetime64[M]").astype(int) % 12 + 1
MONSOON = (MONTH >= 7) & (MONTH <= 11)


def series(ndvi: np.ndarray, pixels: int = 40, blue: float = 0.06, **other) -> PixelSeries:
    """Red + NIR = 0.4 at that NDVI (time,); SWIR 0.25, blue 0.06 unless said otherwise."""
    bands = {
        "blue": np.full(ndvi.shape, blue),
        "green": np.full(ndvi.shape, 0.08),
        "red": 0.2 * (1 - ndvi),
        "nir": 0.2 * (1 + ndvi),
        "swir16": np.full(ndvi.shape, 0.25),
        "swir22": np.full(ndvi.shape, 0.20),
    } | {name: np.broadcast_to(band, ndvi.shape) for name, band in other.items()}
    return PixelSeries(
        DAYS, {n: np.tile(b.astype(np.float32)[:, None], (1, pixels)) for n, b in bands.items()}
    )


def season() -> np.ndarray:
    """Forest: NDVI 0.60 from July to November, 0.30 in the dry months."""
    return np.where(MONSOON, 0.60, 0.30)


def pit(level: float = 0.10) -> np.ndarray:
    """The same, opened on 2022-08-04 (the first look after it is of 2022-08-14); it shimmers."""
    flicker = np.where(np.arange(len(DAYS)) % 2, 0.3, -0.3) * level
    return np.where(DAYS > OPENED, level + flicker, season())


def region(seen: PixelSeries, confirmed: str = "2022-09-23", **other) -> Region:
    n = seen.pixels
    parts = {
        "seen": seen,
        "onset": np.full(n, OPENED),
        "confirmed": np.full(n, confirmed, "datetime64[D]"),
        "driest": np.full(n, 0.30, np.float32),
        "open_level": 0.12,
        "around": series(season()),
        "around_driest": np.full(40, 0.30, np.float32),
    }
    return Region(**(parts | other))


def restless(ndvi: np.ndarray) -> PixelSeries:
    """A surface whose brightness keeps changing after it was opened."""
    seen = series(ndvi)
    swing = np.where(DAYS > OPENED, np.where(np.arange(len(DAYS)) % 2, 1.25, 0.8), 1.0)
    bands = {n: (b * swing[:, None]).astype(np.float32) for n, b in seen.bands.items()}
    return PixelSeries(DAYS, bands)


def test_the_numbers_behind_a_pit_as_worked_by_hand():
    told = region_reasons(region(series(pit()), votes={"confirmation": 1.0, "forest": 0.8,
                                                       "clusters": 0.4}))  # fmt: skip
    value = {reason.code: reason.value for reason in told.reasons}
    # Five looks from 2022-08-14 to 2022-09-23: NDVI 0.13 0.07 0.13 0.07 0.13 or the other way
    # round, median off 0.10 by 0.03. Same season of 2021: 0.60. Own driest state: 0.30.
    assert value["ndvi_drop"] == pytest.approx(-0.50, abs=0.031)
    assert value["below_driest"] == pytest.approx(-0.20, abs=0.031)
    assert value["clear_looks"] == 5
    assert value["detectors_agree"] == 2
    assert "2 of 3 detectors agree" in told.sentence
    assert "5 clear looks in 50 days" in told.sentence
    assert "against same-season baseline" in told.sentence
    # BSI now (0.25 + 0.18 - 0.22 - 0.06)/0.71 = 0.21, then (0.25 + 0.08 - 0.32 - 0.06)/0.71 = -0.07
    assert value["bare_soil"] == pytest.approx(0.282, abs=0.018)


def test_a_pit_is_excavation_and_every_other_explanation_speaks_against_itself():
    told = region_reasons(region(restless(pit())))
    assert told.label == EXCAVATION
    assert {one.verdict for one in told.instead} == {AGAINST}


def test_clouds_change_nothing_but_the_number_of_looks():
    seen = series(pit())
    clouded = {name: band.copy() for name, band in seen.bands.items()}
    slot = int(np.flatnonzero(np.datetime64("2022-08-24") == DAYS)[0])
    for band in clouded.values():
        band[slot] = np.nan
    told = region_reasons(region(PixelSeries(DAYS, clouded)))
    assert "4 clear looks in 50 days" in told.sentence


def test_without_the_same_season_before_it_is_held_against_all_looks():
    # From 2022-04-26 on, nothing seen in July: the looks of May and June belong to no August.
    rains = (np.datetime64("2022-06-30") < DAYS) & (DAYS <= OPENED)
    short = np.flatnonzero((np.datetime64("2022-04-26") <= DAYS) & ~rains)
    seen = series(pit())
    late = PixelSeries(DAYS[short], {name: band[short] for name, band in seen.bands.items()})
    told = region_reasons(region(late, around=None, around_driest=None))
    assert "against all looks before" in told.sentence


def test_a_field_that_turns_green_again_is_more_like_a_field():
    fields = np.where((DAYS > OPENED) & (np.datetime64("2023-06-01") > DAYS), 0.12, season())
    told = region_reasons(region(series(fields)))
    assert told.label == "harvest_or_fallow"
    assert "More like harvest or fallow than digging." in told.sentence


def test_ground_under_water_before_is_no_field_for_being_greener_since():
    # A pond of NDVI -0.30 filled and dug: everything since is greener than its driest state.
    filled = np.where(DAYS > OPENED, 0.10, -0.30)
    pond = region(series(filled), driest=np.full(40, -0.31, np.float32))
    told = region_reasons(pond)
    assert told.label != "harvest_or_fallow"
    assert next(o for o in told.instead if o.code == "harvest_or_fallow").verdict != AGAINST


def test_ground_that_became_darker_and_green_again_is_more_like_a_burn():
    open_days = (DAYS > OPENED) & (np.datetime64("2023-06-01") > DAYS)
    burnt = np.where(open_days, 0.12, season())
    dark = {
        "red": np.where(open_days, 0.03, 0.2 * (1 - burnt)),
        "nir": np.where(open_days, 0.038, 0.2 * (1 + burnt)),
        "swir22": np.where(open_days, 0.15, 0.20),
        "blue": np.where(open_days, 0.03, 0.06),
        "green": np.where(open_days, 0.03, 0.08),
    }
    told = region_reasons(region(series(burnt, **dark)))
    assert told.label == "burn"


def test_bright_ground_that_stays_as_it_is_is_more_like_construction():
    built = np.where(DAYS > OPENED, 0.10, season())
    seen = series(built, blue=np.where(DAYS > OPENED, 0.14, 0.06))
    assert region_reasons(region(seen)).label == "construction"


def test_ground_under_water_is_more_like_a_flood():
    seen = series(pit(), swir16=np.where(DAYS > OPENED, 0.02, 0.25))
    assert region_reasons(region(seen)).label == "flood_or_drawdown"


def test_a_pit_green_again_after_a_year_is_reclaimed_and_remains_excavation():
    until = np.datetime64("2023-09-01")
    green = np.where((DAYS > OPENED) & (until > DAYS), 0.10, season())
    told = region_reasons(region(series(green), finished=np.ones(40, bool)))
    assert told.label == EXCAVATION
    assert told.instead[0].code == "reclamation"
    assert told.instead[0].verdict == FOR
    assert "Now reclamation." in told.sentence


def test_early_on_what_cannot_be_ruled_out_is_said():
    first = np.flatnonzero(np.datetime64("2022-09-24") > DAYS)
    seen = series(np.where(DAYS > OPENED, 0.20, season()))
    early = PixelSeries(DAYS[first], {name: band[first] for name, band in seen.bands.items()})
    told = region_reasons(region(early, around=None, around_driest=None))
    assert told.label == EXCAVATION
    assert next(o for o in told.instead if o.code == "harvest_or_fallow").verdict == UNDECIDED
    assert "Not ruled out: harvest or fallow" in told.sentence


def test_ground_not_confirmed_yet_is_told_by_its_looks_so_far():
    told = region_reasons(region(series(pit()), confirmed="NaT"))
    days = (DAYS[-1] - OPENED).astype(int)
    assert f"in {days} days" in told.sentence


def test_regions_that_do_not_fit_are_refused():
    whole = region(series(pit()))
    with pytest.raises(CubeError, match=r"a region of 40 pixels has onset \(3,\)"):
        region_reasons(dataclasses.replace(whole, onset=whole.onset[:3]))


@pytest.mark.parametrize(
    ("told", "message"),
    [({"season_days": 0}, "season_days is 0"), ({"agreeing_share": 1.5}, "agreeing_share is 1.5")],
)
def test_rules_that_make_no_sense_are_refused(told, message):
    with pytest.raises(CubeError, match=message):
        ReasonRule(**told)
