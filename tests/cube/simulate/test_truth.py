from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cube.contract import BANDS, CubeError, Window
from cube.law import read_leases, read_zones
from cube.mines import read_mines
from cube.simulate import (
    Confuser,
    Cover,
    Ground,
    SiteSettings,
    new_site,
    read_truth,
    simulated,
)
from cube.simulate.clouds import sky
from cube.windows import WindowSettings, outline_mask, windows_of

SMALL = SiteSettings(size=96, years=2, cadence_days=10)


@pytest.fixture(scope="module")
def site():
    return simulated(1, SMALL)


def clear_ndvi(site) -> np.ndarray:
    reflectance, scl, _, _ = site
    red, nir = (reflectance[:, BANDS.index(name)].astype(float) for name in ("red", "nir"))
    seen = np.isin(scl, (4, 5, 6, 7))
    return np.where(seen, (nir - red) / (nir + red), np.nan)


def test_a_site_is_uint16_without_nodata_on_regular_dates(site):
    reflectance, scl, dates, truth = site
    assert reflectance.dtype == np.uint16
    assert reflectance.shape == (73, 10, 96, 96)  # 730 days / 10
    assert reflectance.min() >= 1
    assert scl.dtype == np.uint8
    assert set(np.unique(scl)) <= set(range(1, 12))
    assert dates[0] == np.datetime64("2021-01-01")
    assert set(np.diff(dates).astype(int)) == {10}
    assert truth.onset.dtype == np.dtype("datetime64[D]")


def test_ground_loses_its_green_at_onset_and_not_before(site):
    _, _, dates, truth = site
    ndvi = clear_ndvi(site)
    # pixels dug in the second autumn, when forest and fields are green
    dug = truth.excavated & (truth.onset > np.datetime64("2022-08-01"))
    dug &= (truth.onset < np.datetime64("2022-11-15")) & (truth.cover != Cover.DRY_GROUND)
    assert dug.sum() > 20
    since = (dates[:, None, None] - truth.onset[None]).astype(int)[:, dug]
    ndvi = ndvi[:, dug]
    before = np.nanquantile(np.where((since > -380) & (since < -5), ndvi, np.nan), 0.9)
    after = np.nanquantile(np.where((since > 40) & (since < 120), ndvi, np.nan), 0.9)
    assert before > 0.45
    assert after < 0.2


def test_every_date_shows_bare_pit_exactly_where_truth_says_open(site):
    """On clear ground, open pits stay below the greenness that most fields have in autumn."""
    _, _, dates, truth = site
    ndvi = clear_ndvi(site)
    autumn = (dates > np.datetime64("2022-09-10")) & (dates < np.datetime64("2022-11-10"))
    open_by_then = truth.excavated & (truth.onset < np.datetime64("2022-08-01"))
    assert np.nanmedian(ndvi[autumn][:, open_by_then]) < 0.2
    green = (truth.ground == Ground.NATURAL) & (truth.cover == Cover.FOREST)
    assert np.nanmedian(ndvi[autumn][:, green]) > 0.55


def test_onsets_lie_within_the_series_and_pits_grow_all_the_time(site):
    _, _, _, truth = site
    onset = truth.onset[truth.excavated]
    assert onset.min() >= np.datetime64("2021-01-01")
    assert onset.max() < np.datetime64("2023-01-01")
    quarters = np.histogram((onset - np.datetime64("2021-01-01")).astype(int), 8, (0, 730))[0]
    assert (quarters > 0).all()
    assert truth.open_at_start.sum() > truth.excavated.sum() / 2


def test_all_confusers_are_somewhere_in_a_few_sites():
    seen: set[int] = set()
    for seed in range(6):
        seen |= set(np.unique(new_site(seed, replace(SMALL, size=160)).truth.confuser).tolist())
    assert seen == {int(c) for c in Confuser}


def test_spectra_stay_within_what_real_coal_fields_show(site):
    """5 and 95 % of clear dry-season looks, wider than a real mine's by half."""
    reflectance, scl, dates, _ = site
    dry = (dates >= np.datetime64("2022-02-01")) & (dates < np.datetime64("2022-06-01"))
    seen = np.isin(scl[dry], (4, 5))
    real = {  # digital numbers inside CIL_001, February to May: 5 and 95 %
        "blue": (288, 1848),
        "red": (497, 2159),
        "nir": (636, 2532),
        "swir16": (793, 3158),
        "swir22": (585, 2696),
    }
    for name, (low, high) in real.items():
        found = np.percentile(reflectance[dry][:, BANDS.index(name)][seen], (5, 50, 95))
        assert 0.5 * low < found[0]
        assert low < found[1] < high
        assert found[2] < 1.5 * high


def clear_sky(day_of_year: int) -> float:
    skies = [sky(np.random.default_rng([k, day_of_year]), 64, day_of_year) for k in range(60)]
    return float(np.mean([np.maximum(s.opacity, s.thin) < 0.2 for s in skies]))


def test_the_monsoon_hides_most_looks_and_the_dry_season_few():
    assert clear_sky(20) > 0.7  # January
    assert clear_sky(215) < 0.4  # August
    assert clear_sky(300) > 0.65  # end of October


def test_the_classification_finds_most_cloud_and_errs_now_and_then(site):
    reflectance, scl, _, _ = site
    bright = reflectance[:, BANDS.index("blue")] > 4000  # nothing on the ground is
    flagged = np.isin(scl, (8, 9, 10))
    assert 0.9 < flagged[bright].mean() < 1.0
    assert 0.0 < (flagged & (reflectance[:, BANDS.index("blue")] < 1100)).mean() < 0.05


def test_the_archive_s_vectors_read_and_its_windows_lie_on_the_truth(archive):
    mines, rejected = read_mines(archive.mines)
    assert len(rejected) == 0
    assert list(mines.mine_id) == ["SIM_000", "SIM_001"]
    assert list(read_leases(archive.leases).mine_id) == ["SIM_000", "SIM_001"]
    assert set(read_zones(archive.zones).zone_type) == {"forest", "settlement"}
    for window, outline in zip(
        windows_of(mines, WindowSettings(size=64)), mines.geometry, strict=True
    ):
        truth = read_truth(archive.truth(window.mine_id))
        cut = read_truth(archive.truth(window.mine_id), window)
        for name in ("onset", "ground", "cover", "confuser"):
            np.testing.assert_array_equal(cut[name].values, truth[name].values)
        mined = (truth.ground.values > 0) & (truth.ground.values != Ground.CONSTRUCTION)
        assert (outline_mask(window, outline) | ~mined).all()


def test_truth_on_a_window_moves_with_it_and_ends_at_the_site(archive):
    truth = read_truth(archive.truth("SIM_000"))
    left, top = truth.attrs["left"], truth.attrs["top"]
    window = Window("SIM_000", 0, int(truth.attrs["epsg"]), left + 30, top + 20, 64)
    cut = read_truth(archive.truth("SIM_000"), window)
    # three columns further right, two rows further up
    np.testing.assert_array_equal(cut.cover.values[2:, :61], truth.cover.values[:62, 3:])
    assert (cut.ground.values[:2] == Ground.NATURAL).all()
    assert np.isnat(cut.onset.values[:, 61:]).all()
    with pytest.raises(CubeError, match="lies in EPSG:32645, but the truth of"):
        read_truth(archive.truth("SIM_000"), replace(window, epsg=32645))


def test_the_violations_file_states_what_the_truth_holds(archive):
    (row,) = json.loads(archive.violations.read_text())
    assert row["mine_id"] == "SIM_001"
    assert row["case"] == "forest_creep"
    mines, _ = read_mines(archive.mines)
    window = windows_of(mines, WindowSettings(size=64))[1]
    truth = read_truth(archive.truth("SIM_001"), window)
    zones = read_zones(archive.zones).set_index("zone_id")
    inside_zone = outline_mask(window, zones.loc[row["zone_id"]].geometry)
    dug = (truth.ground.values == Ground.PIT) & ~np.isnat(truth.onset.values)
    # the window's pixel centres lie half a pixel off the image's: a rim of pixels may differ
    assert (inside_zone & dug).sum() / 100 == pytest.approx(row["area_ha"], abs=0.12)
