"""Other explanations, each with numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.lookalikes import (
    AGAINST,
    FOR,
    UNDECIDED,
    LookalikeRule,
    PixelSeries,
    lookalikes,
)
from cube.contract import CubeError

DAYS = np.arange("2021-01-15", "2023-01-15", 30, dtype="datetime64[D]")  # 25 looks
DUG = np.datetime64("2022-01-10")
BEFORE = DAYS <= DUG
SUMMER = np.isin(DAYS.astype("datetime64[M]").astype(int) % 12, (6, 7, 8, 9))  # July to October

GREEN = {"blue": 0.04, "green": 0.07, "red": 0.05, "nir": 0.35, "swir16": 0.20, "swir22": 0.10}
DRY = {"blue": 0.06, "green": 0.08, "red": 0.10, "nir": 0.20, "swir16": 0.28, "swir22": 0.20}
PIT = {"blue": 0.08, "green": 0.11, "red": 0.14, "nir": 0.17, "swir16": 0.24, "swir22": 0.20}
CHAR = {"blue": 0.04, "green": 0.05, "red": 0.06, "nir": 0.08, "swir16": 0.20, "swir22": 0.20}
ROOF = {"blue": 0.20, "green": 0.24, "red": 0.27, "nir": 0.30, "swir16": 0.32, "swir22": 0.30}
WATER = {"blue": 0.06, "green": 0.06, "red": 0.04, "nir": 0.02, "swir16": 0.01, "swir22": 0.01}
DRIEST = 0.33  # NDVI of DRY: (0.20 - 0.10) / 0.30


def pixels(*looks: dict[str, float], n: int = 40) -> PixelSeries:
    """n equal pixels, one look for every day."""
    bands = {band: np.array([[look[band]] * n for look in looks], np.float32) for band in GREEN}
    return PixelSeries(DAYS, bands)


def natural() -> list[dict[str, float]]:
    return [GREEN if summer else DRY for summer in SUMMER]


def since(*looks: dict[str, float]) -> list[dict[str, float]]:
    """Natural until the day of digging, then the looks given, in turn."""
    then = list(np.flatnonzero(~BEFORE))
    return [
        old if early else looks[then.index(i) % len(looks)]
        for i, (old, early) in enumerate(zip(natural(), BEFORE, strict=True))
    ]


def verdicts(ground: PixelSeries, around: PixelSeries | None, level: float = 0.12):
    n = ground.pixels
    found = lookalikes(
        ground,
        np.full(n, DUG),
        np.full(n, DRIEST, np.float32),
        level,
        around,
        None if around is None else np.full(around.pixels, DRIEST, np.float32),
    )
    return {one.name.split()[0].rstrip(","): one for one in found}


def shaded(look: dict[str, float], factor: float) -> dict[str, float]:
    return {band: value * factor for band, value in look.items()}


def test_the_numbers_speak_against_all_else_at_a_pit_among_green_fields():
    pit = pixels(*since(PIT, shaded(PIT, 0.7)))
    found = verdicts(pit, pixels(*natural()))
    assert {one.verdict for one in found.values()} == {AGAINST}
    # Around, NDVI rose to (0.35 - 0.05) / 0.40 = 0.75, 0.42 above 0.33; the pit: 0.03 / 0.31.
    assert "rose to NDVI 0.75, 0.42 above its driest; this ground stayed at 0.10" in (
        found["harvest"].why
    )


def test_water_that_stays_away_for_a_year_is_no_plain_drawdown():
    dried = [WATER if early else PIT for early in np.datetime64("2021-12-30") >= DAYS]
    seen = pixels(*dried)
    # The last look is of 2023-01-05: 371 days after 2021-12-30, 341 after 2022-01-29.
    for opened, verdict in (("2021-12-30", UNDECIDED), ("2022-01-29", FOR)):
        onset = np.full(seen.pixels, np.datetime64(opened))
        found = lookalikes(seen, onset, np.full(seen.pixels, DRIEST, np.float32), 0.12)
        assert {one.name: one.verdict for one in found}["flood, reservoir drawdown"] == verdict


def test_ground_that_is_green_again_in_a_green_season_is_a_field():
    bare_then_green = [PIT if early else GREEN for early in (True, True, True, False)]
    found = verdicts(pixels(*since(*bare_then_green)), pixels(*natural()))
    assert found["harvest"].verdict == FOR


def test_without_undisturbed_ground_nobody_knows_whether_the_season_was_green():
    found = verdicts(pixels(*since(PIT)), None)
    assert found["harvest"].verdict == UNDECIDED
    assert "too little undisturbed ground" in found["harvest"].why
    few = verdicts(pixels(*since(PIT)), pixels(*natural(), n=29))
    assert few["harvest"].verdict == UNDECIDED


def test_no_green_season_since_leaves_fields_and_burns_open():
    always_dry = pixels(*[DRY] * len(DAYS))
    found = verdicts(pixels(*since(CHAR)), always_dry)
    assert found["harvest"].verdict == UNDECIDED
    assert "seen in a green season" in found["harvest"].why
    assert found["burn"].verdict == UNDECIDED


def test_ground_that_darkened_and_is_green_again_burnt():
    found = verdicts(pixels(*since(CHAR, CHAR, CHAR, GREEN)), pixels(*natural()))
    assert found["burn"].verdict == FOR


def test_a_dark_floor_that_stays_bare_through_a_green_season_did_not_burn():
    found = verdicts(pixels(*since(CHAR)), pixels(*natural()))
    assert found["burn"].verdict == AGAINST
    assert "no brighter than before" in found["burn"].why


def test_water_in_most_looks_is_a_flood_and_in_a_few_a_filled_pit():
    assert verdicts(pixels(*since(WATER)), None)["flood"].verdict == FOR
    assert verdicts(pixels(*since(WATER, PIT, PIT)), None)["flood"].verdict == UNDECIDED
    found = verdicts(pixels(*since(WATER, PIT, PIT, PIT, PIT)), None)["flood"]
    assert found.verdict == AGAINST
    # Of 12 looks since, the 1st, 6th and 11th show water: 75 % are dry.
    assert found.why == "The ground was dry before, and dry in 75 % of the looks since."


def test_bright_ground_that_stays_as_it_is_is_built_on():
    assert verdicts(pixels(*since(ROOF)), None)["construction"].verdict == FOR
    restless = pixels(*since(ROOF, shaded(ROOF, 0.7)))
    assert verdicts(restless, None)["construction"].verdict == UNDECIDED
    eleven_of_twelve = pixels(*since(ROOF)[:-1], shaded(ROOF, np.nan))
    assert verdicts(eleven_of_twelve, None)["construction"].verdict == UNDECIDED
    dark_and_still = pixels(*since(PIT))
    assert verdicts(dark_and_still, None)["construction"].verdict == UNDECIDED


def test_two_bare_days_may_be_missed_clouds():
    looks = since(PIT)
    ground = pixels(*looks)
    for values in ground.bands.values():
        values[np.flatnonzero(~BEFORE)[2:]] = np.nan
    found = verdicts(ground, None)["missed"]
    assert found.verdict == UNDECIDED
    assert found.why == "Only 2 days show it so far."


def test_ground_as_bare_before_as_open_ground_is_a_weak_contrast():
    assert verdicts(pixels(*since(PIT)), None, level=0.30)["open"].verdict == UNDECIDED
    assert verdicts(pixels(*since(PIT)), None, level=0.12)["open"].verdict == AGAINST


def test_ground_never_seen_since_decides_nothing():
    ground = pixels(*since(PIT))
    for values in ground.bands.values():
        values[~BEFORE] = np.nan
    found = verdicts(ground, pixels(*natural()))
    named = [name for name, one in found.items() if one.verdict != UNDECIDED]
    assert named == ["open"]
    said = [measure.found for one in found.values() for measure in one.measures]
    assert "not known" in said
    assert not any("nan" in text for text in said)


def test_a_rule_that_is_no_rule_is_refused():
    with pytest.raises(CubeError, match=r"wet_since is 1\.5; a share lies in 0\.\.1"):
        LookalikeRule(wet_since=1.5)
    with pytest.raises(CubeError, match="many_looks 0 and least_pixels 30 must be 1 or more"):
        LookalikeRule(many_looks=0)
