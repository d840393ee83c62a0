from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from cube.simulate import Case, Confuser, Cover, Ground, Site, SiteSettings, new_site
from cube.simulate.breaches import Watch
from cube.simulate.law import Violation, _violations
from cube.simulate.places import place_of
from cube.simulate.shapes import inside, outline
from cube.simulate.vectors import true_violations

WHOLE = SiteSettings(size=256, years=3)
DAY = np.timedelta64(1, "D")


def worked(site: Site) -> np.ndarray:
    return (site.truth.ground != Ground.NATURAL) & (site.truth.ground != Ground.CONSTRUCTION)


@pytest.mark.parametrize("case", [Case.FOREST_CREEP, Case.WATER_ENTRY])
@pytest.mark.parametrize("seed", [2])
def test_a_creeping_mine_holds_half_a_hectare_of_the_zone(seed, case):
    site = new_site(seed, WHOLE, case)
    (breach,) = site.law.violations
    kind = "forest" if case == Case.FOREST_CREEP else "water"
    zone = site.law.mask(kind, 256)
    entered = zone & site.truth.excavated
    if kind == "water":  # the forest in the corner is another zone
        assert not (site.law.mask("forest", 256) & worked(site)).any()
    assert breach.rule == "no_go_zone"
    assert breach.zone_type == site.law.zones[breach.zone].zone_type == kind
    assert breach.pixels == entered.sum()
    assert 0.47 <= breach.pixels / 100 <= 0.53  # [ha]
    onset = np.sort(site.truth.onset[entered])
    assert onset[0] == np.datetime64("2021-01-01") + breach.first_day * DAY
    assert onset[9] == np.datetime64("2021-01-01") + breach.minimum_day * DAY
    assert not (zone & site.truth.open_at_start).any()
    natural = zone & (site.truth.ground == Ground.NATURAL)
    cover = Cover.FOREST if kind == "forest" else Cover.WATER
    assert (site.land.cover[natural] == cover).mean() > 0.3


@pytest.mark.parametrize("case", [Case.FOREST_CREEP, Case.WATER_ENTRY])
@pytest.mark.parametrize("seed", [1, 7])
def test_a_creep_can_be_proven_it_begins_in_the_second_winter_and_is_wide_enough(seed, case):
    site = new_site(seed, WHOLE, case)
    (breach,) = site.law.violations
    first = np.datetime64("2021-01-01")
    assert np.datetime64("2022-12-01") <= first + breach.first_day * DAY
    assert first + breach.minimum_day * DAY < np.datetime64("2023-03-15")
    # 10 m of geolocation and the 5 m of the polygon: 11.2 m, dug half a year before the end
    sure = inside(site.law.zones[breach.zone].area.buffer(-1.12), 256) & site.truth.excavated
    early = site.truth.onset < np.datetime64("2023-07-01")
    assert (sure & early).sum() >= 12
    assert 12 <= breach.beyond_pixels < breach.pixels


def test_a_mine_outside_its_lease_digs_nothing_inside_once_it_is_watched():
    site = new_site(2, WHOLE, Case.OUTSIDE_LEASE)
    (breach,) = site.law.violations
    (lease,) = site.law.leases
    leased = inside(lease.area, 256)
    watched = site.truth.onset > np.datetime64("2021-01-01") + 395 * DAY  # 31 January 2022
    assert breach.rule == "outside_lease"
    assert breach.zone is None
    assert breach.pixels == (site.truth.excavated & watched).sum()
    assert not (leased & site.truth.excavated & watched).any()
    assert (leased | ~(site.truth.excavated & ~watched)).all()
    assert (leased & site.truth.open_at_start).sum() > 1000
    assert breach.minimum_day < 410
    assert breach.beyond_pixels > 0.9 * breach.pixels


@pytest.mark.parametrize("seed", range(4))
def test_a_compliant_mine_stays_in_its_lease_and_out_of_every_zone(seed):
    site = new_site(seed, SiteSettings(size=128, years=1))
    assert site.law.violations == ()
    assert (inside(site.law.leases[0].area, 128) | ~worked(site)).all()
    assert not any((inside(zone.area, 128) & worked(site)).any() for zone in site.law.zones)


def test_a_tight_lease_ends_within_ten_metres_of_the_digging_all_along_the_face():
    site = new_site(3, WHOLE, Case.TIGHT_LEASE)
    (lease,) = site.law.leases
    assert site.law.violations == ()
    assert (inside(lease.area, 256) | ~worked(site)).all()
    # of the ground one pixel ahead of the last face next to none is leased
    last = site.truth.excavated & (site.truth.onset > np.datetime64("2023-11-01"))
    rows, columns = np.nonzero(last)
    line = lease.area.boundary
    away = shapely.distance(line, shapely.points(columns + 0.5, rows + 0.5))  # [px]
    assert np.quantile(away, 0.5) < 1.5
    assert away.min() >= 0.5


def test_a_lapsed_lease_held_its_ground_until_months_after_it_was_opened():
    site = new_site(4, WHOLE, Case.LAPSED_LEASE)
    lapsed, standing = site.law.leases
    assert site.law.violations == ()
    assert standing.until is None
    assert lapsed.until is not None
    lapse = np.datetime64("2021-01-01") + lapsed.until * DAY
    assert lapse == np.datetime64("2022-10-30")  # half of 1095 days, and 120
    held = inside(lapsed.area, 256) & site.truth.excavated
    assert held.sum() > 300
    assert site.truth.onset[held].max() <= lapse - 119 * DAY
    assert (inside(standing.area, 256) | ~(worked(site) & ~inside(lapsed.area, 256))).all()


def test_ground_dug_after_its_lease_lapsed_would_be_a_violation():
    site = new_site(4, WHOLE, Case.LAPSED_LEASE)
    early = replace(site.law.leases[0], until=200)
    (breach,) = _violations(site.mine, [early, site.law.leases[1]], list(site.law.zones))
    assert breach.rule == "outside_lease"
    assert breach.first_day == 201
    held = inside(early.area, 256) & site.truth.excavated
    assert breach.pixels == (held & (site.mine.opened > 200)).sum()


def test_lookalike_zones_lie_over_lookalikes_and_far_from_every_working():
    site = new_site(1, WHOLE, Case.LOOKALIKE_ZONES)
    assert site.law.violations == ()
    held = {
        zone.zone_type: np.bincount(site.truth.confuser[inside(zone.area, 256)], minlength=8)
        for zone in site.law.zones[:-1]
    }
    assert set(held) == {"forest", "water", "settlement", "protected_area"}
    assert held["forest"][Confuser.BURN] >= 20
    assert held["water"][Confuser.WATER_EDGE] >= 20
    assert held["settlement"][Confuser.CONSTRUCTION] >= 20
    assert held["protected_area"][[Confuser.HARVEST, Confuser.FALLOW]].sum() >= 20
    for zone in site.law.zones:
        assert not (inside(zone.area.buffer(3), 256) & worked(site)).any()


def test_a_line_on_the_map_moves_no_tree():
    """The law's lines differ, the world does not: tempting cases share the compliant imagery."""
    small = SiteSettings(size=96, years=2)
    plain = new_site(5, small)
    for case in (Case.TIGHT_LEASE, Case.LAPSED_LEASE, Case.LOOKALIKE_ZONES, Case.OUTSIDE_LEASE):
        other = new_site(5, small, case)
        assert other.law.leases != plain.law.leases or other.law.zones != plain.law.zones
        for name in ("cover", "soil", "bright", "light", "dust", "texture", "burnt"):
            np.testing.assert_array_equal(getattr(other.land, name), getattr(plain.land, name))
        np.testing.assert_array_equal(other.look(40).fine, plain.look(40).fine)


def test_nothing_is_known_of_a_mine_without_law():
    law = new_site(1, SiteSettings(size=96, years=1), Case.NO_LAW).law
    assert (law.leases, law.zones, law.violations) == ((), (), ())


def test_a_breach_begins_in_the_first_december_after_a_year_of_history():
    # 2021-01-01 + 395 days = 2022-01-31; the December after it begins on day 699
    watch = Watch.of(np.datetime64("2021-01-01"), 1095)
    assert (watch.begin, watch.end) == (699, 895)
    # two years leave no half year after a December: it begins right after the history
    watch = Watch.of(np.datetime64("2021-01-01"), 730)
    assert (watch.begin, watch.end) == (395, 547.5)


def test_the_truth_tells_dates_and_hectares_of_a_breach():
    site = new_site(1, SiteSettings(size=96, years=2), Case.FOREST_CREEP)
    # pixels opened on 20 to 28 January and two on 3 March 2021 (days 19 to 27, 61)
    days = np.array([*range(19, 28), 61, 61], np.int32)
    breach = Violation("no_go_zone", 0, "forest", days, beyond_pixels=4)
    told = replace(site, law=replace(site.law, violations=(breach,)))
    (row,) = true_violations(told, place_of(1, 0, 96))
    assert row == {
        "mine_id": "SIM_001",
        "case": "forest_creep",
        "rule": "no_go_zone",
        "zone_id": "SIM_001_Z1",
        "zone_type": "forest",
        "area_ha": 0.11,
        "beyond_10m_ha": 0.04,
        "first_date": "2021-01-20",
        "minimum_date": "2021-03-03",  # the tenth pixel
        "last_date": "2021-03-03",
        "monthly_ha": {"2021-01": 0.09, "2021-03": 0.02},
    }


def test_less_than_a_tenth_of_a_hectare_never_reaches_the_minimum():
    site = new_site(1, SiteSettings(size=96, years=2), Case.FOREST_CREEP)
    nine = Violation("outside_lease", None, "", np.arange(9, dtype=np.int32), 9)
    told = replace(site, law=replace(site.law, violations=(nine,)))
    (row,) = true_violations(told, place_of(1, 0, 96))
    assert (row["minimum_date"], row["zone_id"], row["area_ha"]) == (None, "", 0.09)


def test_an_outline_holds_the_centres_of_its_pixels_and_no_other():
    rng = np.random.default_rng(3)
    for share in (0.05, 0.3, 0.6):
        where = rng.random((40, 40)) < share
        np.testing.assert_array_equal(inside(outline(where), 40), where)
