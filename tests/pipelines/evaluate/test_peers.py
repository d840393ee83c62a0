"""Rules of others, worked out by hand on real dates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.detectors import Block
from cube.contract import CubeError, Quality, State
from pipelines.evaluate.peers import PEERS, peer, registry
from pipelines.evaluate.peers.claims import NONE, Days, excavation_of, large_patches
from pipelines.evaluate.peers.dist_alert import DistAlert, DistAlertSettings
from pipelines.evaluate.peers.ndvi_drop import NdviDropSettings
from pipelines.evaluate.peers.registry import NotInstalledError
from pipelines.evaluate.peers.runs import RunRule, followed
from pipelines.evaluate.peers.season import same_season

CLOUD = float("nan")
WIDE = 10
"""Pixels in a row: the least patch that a peer's map may hold."""


def day(text):
    return int(np.datetime64(text, "D").astype(int))


def run_of(*anomalies, rule, start="2022-03-01"):
    """Days of one pixel seen every ten days."""
    days = day(start) + 10 * np.arange(len(anomalies))
    found = followed(np.array(anomalies, np.float32).reshape(-1, 1, 1), days, rule)
    return {name: _told(getattr(found, name)[0, 0]) for name in vars(found)}


def _told(number):
    return None if number == NONE else str(np.datetime64(int(number), "D"))


DIST = RunRule(10.0, 2, lambda total, looks: total * looks >= 400)


def test_mean_anomaly_times_looks_squared_confirms_at_400():
    # 20 x 1, 20 x 4, 20 x 9, 20 x 16 = 320, 20 x 25 = 500
    found = run_of(20, 20, 20, 20, 20, rule=DIST)
    assert found["onset"] == "2022-03-01"
    assert found["confirmed"] == "2022-04-10"
    # 100 x 1, 100 x 4 = 400: the second look is enough
    assert run_of(100, 100, rule=DIST)["confirmed"] == "2022-03-11"
    assert run_of(99, 99, rule=DIST)["confirmed"] is None


def test_a_cloud_neither_counts_nor_ends_and_two_calm_looks_do():
    assert run_of(100, CLOUD, CLOUD, 100, rule=DIST)["confirmed"] == "2022-03-31"
    assert run_of(100, 0, 100, rule=DIST)["confirmed"] == "2022-03-21"
    ended = run_of(100, 100, 0, CLOUD, 9.9, rule=DIST)
    assert ended["ended"] == "2022-04-10"
    assert ended["confirmed"] == "2022-03-11"
    assert run_of(100, 0, 0, 100, rule=DIST)["confirmed"] is None


def test_a_second_run_takes_the_place_of_an_ended_one_and_the_first_is_remembered():
    found = run_of(100, 100, 0, 0, 100, 100, rule=DIST)
    assert found["onset"] == "2022-04-10"
    assert found["confirmed"] == "2022-04-20"
    assert found["ended"] is None
    assert found["first_confirmed"] == "2022-03-11"


def test_the_same_season_lies_across_the_new_year():
    days = np.array(
        [day(text) for text in ("2021-01-04", "2021-06-01", "2021-12-20", "2022-12-28")]
    )
    values = np.array([0.3, 0.1, 0.5, 0.2]).reshape(-1, 1, 1)
    history = np.array([True, True, True, False])
    assert same_season(values, days, history, 3, 15, np.nanmin)[0, 0] == 0.3
    assert same_season(values, days, history, 3, 8, np.nanmin)[0, 0] == 0.3
    assert same_season(values, days, history, 3, 8, np.nanmax)[0, 0] == 0.5
    assert np.isnan(same_season(values, days, history, 3, 5, np.nanmin)[0, 0])


def test_dist_alert_confirms_cover_lost_at_the_third_look(block_of):
    # cover (0.6 - 0.05) / 0.85 = 64.7, then (0.2 - 0.05) / 0.85 = 17.6: 47.1 x 4 = 188, x 9 = 424
    course = [0.6] * 60 + [0.2] * 10
    found = DistAlert()(block_of([course] * WIDE))
    opened = np.datetime64("2021-01-01") + 600
    assert (found.onset.astype("datetime64[D]") == opened).all()
    assert (found.confirmed.astype("datetime64[D]") == opened + 20).all()
    assert not found.excavated[61].any()
    assert found.excavated[62:].all()


def test_dist_alert_says_nothing_of_a_season_it_never_saw(block_of):
    # from 4 July to 13 August 2022; 20 June to 29 August 2021 lay under cloud
    course = [CLOUD if 17 <= t < 25 else 0.6 for t in range(55)] + [0.2] * 5
    assert not DistAlert()(block_of([course] * WIDE)).excavated.any()
    seen = [0.6] * 55 + [0.2] * 5
    assert DistAlert()(block_of([seen] * WIDE)).excavated[-1].all()


def test_an_ended_alert_leaves_the_map_and_stays_in_the_states(block_of):
    course = [0.6] * 60 + [0.2] * 5 + [0.6] * 5
    found = DistAlert()(block_of([course] * WIDE))
    assert not found.excavated.any()
    assert (found.state == State.CONFIRMED).any(axis=0).all()
    assert np.isnat(found.confirmed).all()


def test_a_plain_drop_wants_three_looks_in_a_row(block_of):
    drop = peer("ndvi_drop")
    course = [0.6] * 60 + [0.39] * 3
    found = drop(block_of([course] * WIDE))
    assert (found.confirmed.astype("datetime64[D]") == np.datetime64("2021-01-01") + 620).all()
    broken = [0.6] * 60 + [0.39, 0.39, 0.45, 0.39, 0.39]
    assert not drop(block_of([broken] * WIDE)).excavated.any()
    clouded = [0.6] * 60 + [0.39, CLOUD, 0.39, 0.39]
    assert drop(block_of([clouded] * WIDE)).excavated[-1].all()


def test_no_peer_keeps_a_patch_of_nine_pixels(block_of):
    course = [0.6] * 60 + [0.2] * 10
    whole = [0.6] * 70
    found = DistAlert()(block_of([course] * 9 + [whole] + [course] * 10))
    assert found.excavated[-1, 0].tolist() == [False] * 10 + [True] * 10
    corner = np.zeros((6, 6), bool)
    corner[[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]] = True
    corner[0, 1:5] = True
    assert large_patches(corner).sum() == 10
    corner[0, 4] = False
    assert not large_patches(corner).any()


def test_a_slot_without_a_date_claims_no_more_than_the_one_before(block_of):
    block = block_of([[0.6] * 4])
    block.acquired[2] = np.datetime64("NaT")
    days = np.array([[day("2021-01-31")]])
    never = np.array([[NONE]])
    found = excavation_of(Days(days, days, days, never, days), block, sieve=False)
    assert found.excavated[:, 0, 0].tolist() == [False, False, False, True]


FIELD = (400, 700, 900, 3000, 2200, 1500)
SPOIL = (900, 1100, 1300, 1700, 2300, 2200)


def changing(before, after):
    """Three years of looks at a pixel that changes on 21 January 2023, with noise of 0.006."""
    ground = np.where(np.arange(110)[:, None] >= 75, after, before)
    looks = ground + 60 * np.random.default_rng(1).standard_normal((110, 6))
    days = np.datetime64("2021-01-01", "s") + 10 * np.arange(110) * np.timedelta64(86400, "s")
    quality = np.full((110, 1, 1), Quality.CLEAR, np.uint8)
    return Block(np.rint(looks).astype(np.uint16)[:, :, None, None], quality, days)


@pytest.mark.parametrize("name", ["cold", "sccd"])
def test_pyxccd_dates_a_break_at_its_first_look_and_its_confirmation_at_the_sixth(name):
    pytest.importorskip("pyxccd")
    found = peer(name)(changing(FIELD, SPOIL))
    assert found.onset[0, 0] == np.datetime64("2023-01-21")
    assert found.confirmed[0, 0] == np.datetime64("2023-03-12")
    assert found.excavated[:, 0, 0].argmax() == 80


@pytest.mark.parametrize("name", ["cold", "sccd"])
def test_pyxccd_s_breaks_towards_greener_ground_are_not_counted(name):
    pytest.importorskip("pyxccd")
    assert not peer(name)(changing(SPOIL, FIELD)).excavated.any()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PEERS if name.startswith("nrt_")])
def test_a_monitor_of_nrt_sees_drops_and_counts_no_rise(block_of, name):
    pytest.importorskip("nrt")
    rng = np.random.default_rng(2)
    courses = 0.5 + 0.02 * rng.standard_normal((80, 110))
    courses[:40, 75:] -= 0.16  # under ten sigma, which EWMA takes for cloud
    courses[40:, 75:] += 0.16
    rule = peer(name)
    alone = replace(rule, settings=replace(rule.settings, sieve=False))
    found = alone(block_of(courses))
    share = found.excavated[-1, 0].reshape(2, 40).mean(axis=1)
    # EWMA gives up where the history ends high; with its trend it alarms at once, up or down
    assert share[0] >= (0.4 if name == "nrt_ewma" else 0.6)
    if name in ("nrt_cusum_annual", "nrt_mosum_annual", "nrt_iqr_annual"):
        opened = np.datetime64("2021-01-01") + 750
        assert share[1] <= 0.2  # the others alarm at noise before there is a rise
        late = found.confirmed[0, :40].astype("datetime64[D]") - opened
        assert 0 <= np.nanmedian(late.astype(float)) <= 60


def test_an_unknown_peer_and_a_missing_package_are_told(monkeypatch):
    with pytest.raises(CubeError, match="no peer is called 'bfast'; known are dist_alert"):
        peer("bfast")
    monkeypatch.setattr(registry, "installed", lambda package: False)
    with pytest.raises(NotInstalledError, match=r"not installed: pip install minecube\[peers\]"):
        peer("nrt_ewma")
    assert peer("dist_alert").name == "dist_alert"


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(CubeError, match=r"bare_ndvi 0\.9 must lie below full_ndvi"):
        DistAlertSettings(bare_ndvi=0.9)
    with pytest.raises(CubeError, match="looks is 0"):
        NdviDropSettings(looks=0)
