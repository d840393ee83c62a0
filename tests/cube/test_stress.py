"""Stresses change what they say and nothing else; an undisturbed twin is the same place."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from cube.contract import BANDS, CubeError
from cube.simulate import Ground, SiteSettings, new_site
from cube.simulate.pale import CLEAR_CLASSES, PaleGround
from cube.simulate.site import photographs
from cube.simulate.stress import Stress, StressSettings, stressed, undisturbed

RED, NIR = BANDS.index("red"), BANDS.index("nir")


@pytest.fixture(scope="module")
def site():
    return new_site(5, SiteSettings(size=64, years=2))


@pytest.fixture(scope="module")
def looks(site):
    return photographs(site)


def ndvi(reflectance):
    red, nir = (reflectance[:, band].astype(float) for band in (RED, NIR))
    return (nir - red) / (nir + red)


def under(stress, site, looks, **settings):
    return stressed(stress, 5, *looks, site.truth, StressSettings(**settings))


def test_without_a_stress_looks_are_as_they_were_and_the_history_is_a_year(site, looks):
    same = under(Stress.NONE, site, looks)
    assert same.reflectance is looks[0]
    assert same.dates[0] == np.datetime64("2021-01-01")
    assert same.watched == np.datetime64("2022-01-01")


def test_natural_ground_is_a_tenth_browner_and_dug_and_bare_ground_is_not(site, looks):
    before = ndvi(looks[0])
    after = ndvi(under(Stress.NATURAL_NDVI, site, looks).reflectance)
    natural = site.truth.ground == Ground.NATURAL
    green = natural & (before > 0.20)
    assert np.allclose(after[green], before[green] - 0.10, atol=0.002)
    bare = natural & (before < 0.05)
    assert np.allclose(after[bare], before[bare], atol=0.002)
    for t, date in enumerate(looks[2]):
        dug = site.truth.excavated & (site.truth.onset <= date)
        assert np.array_equal(after[t][dug], before[t][dug])
        waiting = site.truth.excavated & (site.truth.onset > date) & (before[t] > 0.20)
        assert np.allclose(after[t][waiting], before[t][waiting] - 0.10, atol=0.002)


def test_other_bands_and_the_input_stay_as_they_are(site, looks):
    kept = looks[0].copy()
    others = [band for band in range(len(BANDS)) if band not in (RED, NIR)]
    for stress in (Stress.NATURAL_NDVI, Stress.SCENE_BIAS):
        harder = under(stress, site, looks).reflectance
        assert np.array_equal(harder[:, others], kept[:, others])
        assert not np.array_equal(harder, kept)
    assert np.array_equal(looks[0], kept)


def test_a_twelfth_part_and_more_of_the_clear_history_is_cloud_nobody_noticed(site, looks):
    harder = under(Stress.MISSED_CLOUD, site, looks, cloud_share=0.12)
    changed = (harder.reflectance != looks[0]).any(axis=1)
    clear = np.isin(looks[1], CLEAR_CLASSES)
    history = looks[2] < np.datetime64("2022-01-01")
    assert not changed[~history].any()
    assert not (changed & ~clear).any()
    assert changed[clear & history[:, None, None]].mean() == pytest.approx(0.12, abs=0.05)
    assert np.array_equal(harder.scl, looks[1])
    blue = harder.reflectance[:, 0].astype(int) - looks[0][:, 0]
    assert (blue[changed] > 0).mean() > 0.99


def test_a_short_history_begins_in_july_and_is_watched_from_january(site, looks):
    short = under(Stress.SHORT_HISTORY, site, looks)
    assert short.dates[0] == np.datetime64("2021-07-10")
    assert short.watched == np.datetime64("2022-01-01")
    assert np.array_equal(short.reflectance, looks[0][looks[2] >= np.datetime64("2021-07-01")])


def test_half_the_looks_are_every_second_one(site, looks):
    half = under(Stress.HALF_LOOKS, site, looks)
    assert np.array_equal(half.dates, looks[2][::2])
    assert np.array_equal(half.scl, looks[1][::2])


def test_a_scene_is_biased_as_a_whole_and_scenes_differ_by_a_twentieth(site, looks):
    shift = ndvi(under(Stress.SCENE_BIAS, site, looks).reflectance) - ndvi(looks[0])
    inner = np.abs(ndvi(looks[0])) < 0.7  # NDVI ends at 0.95: what lies near it cannot shift
    shifts = np.array([np.median(one[where]) for one, where in zip(shift, inner, strict=True)])
    for one, where, middle in zip(shift, inner, shifts, strict=True):
        assert np.allclose(one[where], middle, atol=0.005)
    assert shifts.std() == pytest.approx(0.05, abs=0.015)


def test_pale_ground_is_called_cloud_at_the_same_places_again_and_again(site, looks):
    harder = under(Stress.BRIGHT_SPOIL, site, looks)
    changed = harder.scl != looks[1]
    opened = np.isin(site.truth.ground, (Ground.PIT, Ground.DUMP)) & ~np.isnat(site.truth.onset)
    since = opened & (site.truth.onset <= looks[2][:, None, None])
    assert not changed[~since].any()
    assert np.isin(harder.scl[changed], (8, 9)).all()
    assert np.isin(looks[1][changed], CLEAR_CLASSES).all()
    brighter = harder.reflectance != looks[0]
    pale = brighter.any(axis=(0, 1))
    assert 0.2 < pale[opened].mean() < 0.8  # half of it, in patches: few at a site so small
    assert not pale[~opened].any()
    assert np.allclose(
        harder.reflectance[:, RED][since & pale], 1.1 * looks[0][:, RED][since & pale], atol=0.51
    )
    open_looks = np.isin(looks[1], CLEAR_CLASSES) & since & pale
    assert 0.5 < changed[open_looks].mean() < 0.9  # three quarters of a date, on average
    known = open_looks.sum(axis=0)
    share = changed.sum(axis=0)[known >= 15] / known[known >= 15]
    assert share.std() > 0.12  # 0.11 and less if every look were drawn for itself


def test_a_widened_mask_hides_the_same_pale_ground_and_two_pixels_around_it(site, looks):
    plain = under(Stress.BRIGHT_SPOIL, site, looks)
    wide = under(Stress.BRIGHT_SPOIL_WIDENED, site, looks)
    assert np.array_equal(wide.reflectance, plain.reflectance)
    hidden, wider = plain.scl != looks[1], wide.scl != looks[1]
    assert not (hidden & ~wider).any()
    assert (wider & ~hidden).any()
    for there, around in zip(hidden[-12:], wider[-12:], strict=True):
        far = ndimage.distance_transform_edt(~there)
        assert not around.any() or far[around].max() <= 2


def test_the_same_seed_gives_the_same_stress(site, looks):
    for stress in Stress:
        one, other = under(stress, site, looks), under(stress, site, looks)
        assert np.array_equal(one.reflectance, other.reflectance)


def test_a_twin_is_the_same_place_where_nobody_digs(site, looks):
    twin = undisturbed(site)
    assert not twin.truth.excavated.any()
    assert np.isnat(twin.truth.onset).all()
    there = photographs(twin)
    assert np.array_equal(there[2], looks[2])
    touched = ~np.isnat(site.truth.onset)
    near = np.zeros_like(touched)
    for row, column in zip(*np.nonzero(touched), strict=True):  # 20 m pixels, jitter, blur
        near[max(row - 4, 0) : row + 5, max(column - 4, 0) : column + 5] = True
    assert np.array_equal(there[0][:, RED][:, ~near], looks[0][:, RED][:, ~near])
    old = site.truth.open_at_start & (site.truth.ground != Ground.CONSTRUCTION)
    assert np.array_equal(twin.truth.ground[old], site.truth.ground[old])
    last = looks[2][-1] - 40
    dug = site.truth.excavated & (site.truth.onset < last)
    assert not np.array_equal(there[0][-1][:, dug], looks[0][-1][:, dug])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ndvi_drop": -0.1}, "ndvi_drop -0.1"),
        ({"bias_sd": 1.0}, "bias_sd 1.0"),
        ({"cloud_share": 0.6}, "cloud_share is 0.6"),
    ],
)
def test_a_stress_out_of_bounds_is_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        StressSettings(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"share": 1.5}, "share 1.5"),
        ({"flagged": -0.1}, "flagged -0.1"),
        ({"gain": 0.9}, "gain is 0.9"),
        ({"widened": -1}, "widened is -1"),
    ],
)
def test_pale_ground_out_of_bounds_is_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        PaleGround(**wrong)
