"""Every hectare goes to one law: the one in force when the ground was opened."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.jurisdiction import LawInTime, jurisdiction
from analysis.local_law import law_around
from tests.analysis.small_mine import EPSG, Y0, block, dug, leases, zones

ROW = "3333 .... .... ...."  # four pixels side by side, opened 2021-01-31


def parts_of(drawing=ROW, nogo=(), lease=None, geolocation_m=0.0, ring_m=0.0, **how):
    """The parts of the drawn ground; `lease` rows, or none where no lease speaks of the mine."""
    ground = dug(drawing, **how)
    bounds = ground.x.min(), ground.y.min(), ground.x.max(), ground.y.max()
    law = [law_around(frame, EPSG, bounds) for frame in (zones(*nogo), leases(*(lease or ())))]
    law = LawInTime(*law, lease is not None, geolocation_m, ring_m, bounds)
    parts = jurisdiction(ground, law)
    total = sum(part.share for part in parts)
    assert np.abs(total - 1).max() < 1e-12
    for part in parts:
        assert (part.least <= part.sure).all()
        assert (part.sure <= part.share).all()
        assert (part.share <= part.touched + 1e-5).all()
        assert (part.touched <= part.most).all()
    return parts


def shares(*drawing, **how):
    """zone_id, or the class of other ground, -> shares of the pixels; and of what is sure."""
    share, sure = {}, {}
    for part in parts_of(*drawing, **how):
        name = part.zone_id if part.rule == "no_go" else part.rule
        share[name] = share.get(name, 0) + part.share
        sure[name] = sure.get(name, 0) + part.sure
    return tuple(
        {name: pytest.approx(values.tolist(), abs=1e-5) for name, values in found.items()}
        for found in (share, sure)
    )


def test_without_any_law_all_ground_is_unruled():
    assert shares()[0] == {"unruled": [1, 1, 1, 1]}


def test_a_zone_edge_through_a_pixel_divides_it():
    share, _ = shares(nogo=[("F1", "forest", block(2.4, 0, 9, 9))])
    assert share == {"F1": [0, 0, 0.6, 1], "unruled": [1, 1, 0.4, 0]}


def test_where_zones_overlap_ground_counts_once_for_the_graver_type():
    share, _ = shares(
        nogo=[("A", "forest", block(0, 0, 3, 9)), ("B", "protected_area", block(1.5, 0, 9, 9))]
    )
    assert share == {"A": [1, 0.5, 0, 0], "B": [0, 0.5, 1, 1], "unruled": [0, 0, 0, 0]}


def test_of_zones_of_one_type_the_lower_id_has_the_overlap():
    share, _ = shares(
        nogo=[("F2", "forest", block(0, 0, 9, 9)), ("F1", "forest", block(0, 0, 1, 9))]
    )
    assert share == {"F1": [1, 0, 0, 0], "F2": [0, 1, 1, 1], "unruled": [0, 0, 0, 0]}


def test_a_zone_that_lies_in_a_lease_takes_precedence():
    share, _ = shares(
        nogo=[("W1", "water", block(2, 0, 3, 9))], lease=[("L1", "", block(0, 0, 4, 9))]
    )
    assert share["leased"] == [1, 1, 0, 1]
    assert share["W1"] == [0, 0, 1, 0]
    assert share["outside_lease"] == [0, 0, 0, 0]


def test_ground_in_the_hole_of_a_lease_lies_outside_it():
    holed = block(-9, -9, 9, 9).difference(block(1, 0, 2.5, 1))
    share, _ = shares(lease=[("L1", "", holed)])
    assert share == {"leased": [1, 0, 0.5, 1], "outside_lease": [0, 1, 0.5, 0]}


def test_two_leases_on_the_same_ground_count_once():
    share, _ = shares(lease=[("L1", "", block(0, 0, 3, 9)), ("L2", "", block(1, 0, 3, 9))])
    assert share == {"leased": [1, 1, 1, 0], "outside_lease": [0, 0, 0, 1]}


@pytest.mark.parametrize(
    ("begins", "in_zone"),
    [
        ("2021-01-21", [1, 1]),
        ("2021-01-22", [0, 1]),
        ("2021-01-31", [0, 1]),
        ("2021-02-01", [0, 0]),
    ],
)
def test_a_zone_counts_from_its_first_day_for_ground_opened_from_then_on(begins, in_zone):
    # opened 2021-01-21 and 2021-01-31
    share, _ = shares("23 ..", nogo=[("F1", "forest", block(0, 0, 9, 9), begins)])
    assert share["unruled"] == [1 - n for n in in_zone]
    assert share.get("F1", [0, 0]) == in_zone


def test_a_zone_counts_up_to_and_with_its_last_day():
    ended = ("F1", "forest", block(0, 0, 9, 9), "NaT", "2021-01-21")
    assert shares("23 ..", nogo=[ended])[0]["F1"] == [1, 0]


def test_the_onset_decides_not_the_confirmation():
    # confirmed 2021-02-10, opened 2021-01-31; the zone came in between
    late = ("F1", "forest", block(0, 0, 9, 9), "2021-02-05")
    assert shares("44 ..", lag=10, nogo=[late])[0] == {"unruled": [1, 1]}


def test_ground_dug_before_its_lease_was_granted_lies_outside_it():
    share, _ = shares("23 ..", lease=[("L1", "", block(0, 0, 9, 9), "2021-01-30")])
    assert share == {"leased": [0, 1], "outside_lease": [1, 0]}


def of_four_dates(lease=(), nogo=()):
    """Shares and sure shares of pixels 40 m apart: 2021-01-21, 01-31, 02-20 and 03-22."""
    return shares("2...3...5...8" + " ............." * 12, lease=lease, nogo=nogo)


def test_ground_opened_within_the_dates_error_of_a_lapse_is_not_sure_to_lie_outside():
    # the lease holds up to 2021-01-30: opened 1, 21 and 51 days after
    share, sure = of_four_dates([("L1", "", block(-9, -9, 99, 99), "NaT", "2021-01-30")])
    assert share["outside_lease"] == [0, 1, 1, 1]
    assert sure["outside_lease"] == [0, 0, 1, 1]
    # up to 2021-01-31: opened 20 days after is not sure
    _, sure = of_four_dates([("L1", "", block(-9, -9, 99, 99), "NaT", "2021-01-31")])
    assert sure["outside_lease"] == [0, 0, 0, 1]


def test_ground_opened_just_before_its_lease_began_is_not_sure_to_lie_outside():
    # it holds from 2021-02-10: opened 20 and 10 days before
    share, sure = of_four_dates([("L1", "", block(-9, -9, 99, 99), "2021-02-11")])
    assert share["outside_lease"] == [1, 1, 0, 0]
    assert sure["outside_lease"] == [1, 0, 0, 0]


def test_a_renewal_after_a_gap_shorter_than_the_dates_error_leaves_nothing_sure_in_the_gap():
    first = ("L1", "", block(-9, -9, 99, 99), "NaT", "2021-01-25")
    second = ("L2", "", block(-9, -9, 99, 99), "2021-02-05")
    share, sure = of_four_dates([first, second])
    assert share["outside_lease"] == [0, 1, 0, 0]
    assert sure["outside_lease"] == [0, 0, 0, 0]


def test_a_zone_holds_nothing_for_sure_so_soon_after_its_declaration():
    share, sure = of_four_dates(nogo=[("F1", "forest", block(-9, -9, 99, 99), "2021-01-25")])
    assert share["F1"] == [0, 1, 1, 1]
    assert sure["F1"] == [0, 0, 1, 1]


def test_one_forbidding_law_after_another_leaves_no_doubt():
    declared = ("F1", "forest", block(-9, -9, 99, 99), "NaT", "2021-01-25")
    anew = ("F1", "protected_area", block(-9, -9, 99, 99), "2021-01-26")
    assert of_four_dates(nogo=[declared, anew])[1]["F1"] == [1, 1, 1, 1]


def test_two_versions_of_one_zone_are_one_zone():
    share, _ = shares(
        "23 ..",
        nogo=[
            ("F1", "forest", block(0, 0, 1, 9), "NaT", "2021-01-25"),
            ("F1", "forest", block(0.5, 0, 9, 9), "2021-01-26"),
        ],
    )
    assert share == {"F1": [1, 1], "unruled": [0, 0]}


def test_two_polygons_of_one_zone_are_one_zone():
    parts = [("F1", "forest", block(0, 0, 1, 9)), ("F1", "forest", block(2, 0, 3.5, 9))]
    assert shares(nogo=parts)[0] == {"F1": [1, 0, 1, 0.5], "unruled": [0, 1, 0, 0.5]}


def test_a_zone_declared_anew_with_another_type_is_still_one_zone_of_the_newer_type():
    anew = [
        ("F1", "forest", block(0, 0, 9, 9), "NaT", "2021-01-25"),
        ("F1", "protected_area", block(0, 0, 9, 9), "2021-01-26"),
    ]
    ground = dug("23 ..")
    bounds = ground.x.min(), Y0 - 10, ground.x.max(), Y0
    law = LawInTime(law_around(zones(*anew), EPSG, bounds), leases(), False, 0.0, 0.0, bounds)
    found = {part.zone_id: part for part in jurisdiction(ground, law)}
    assert found["F1"].zone_type == "protected_area"
    assert found["F1"].area_ha == pytest.approx(0.02, abs=1e-6)


def test_a_lease_that_only_borders_on_a_zone_leaves_the_other_leases_whole():
    # L2 lies in the zone and shares its left edge: what is left of both is L1 and a line
    law = {"nogo": [("W1", "water", block(2, 0, 9, 9))]}
    share, _ = shares(**law, lease=[("L1", "", block(0, 0, 1.5, 1)), ("L2", "", block(2, 0, 4, 9))])
    assert share == {"leased": [1, 0.5, 0, 0], "outside_lease": [0, 0.5, 0, 0], "W1": [0, 0, 1, 1]}


def test_ground_nearer_to_the_line_than_the_imagery_is_placed_is_not_sure():
    # the line runs through the border of pixels 1 and 2; 10 m into the zone is sure
    share, sure = shares(nogo=[("F1", "forest", block(1, -9, 9, 9))], geolocation_m=10)
    assert share["F1"] == [0, 1, 1, 1]
    assert sure["F1"] == [0, 0, 1, 1]
    share, sure = shares(lease=[("L1", "", block(-9, -9, 1.5, 9))], geolocation_m=10)
    assert share["outside_lease"] == [0, 0.5, 1, 1]
    assert sure["outside_lease"] == [0, 0, 0.5, 1]


def test_a_graver_zone_does_not_make_the_ground_beside_it_unsure():
    law = [("A", "forest", block(-9, -9, 9, 9)), ("B", "water", block(2, -9, 9, 9))]
    share, sure = shares(nogo=law, geolocation_m=10)
    assert share["A"] == [1, 1, 0, 0]
    assert sure["A"] == [1, 1, 0, 0]


side = st.floats(-1, 5)
areas = st.tuples(side, side, side, side).map(
    lambda s: block(min(s[0], s[1]), min(s[2], s[3]), max(s[0], s[1]) + 0.1, max(s[2], s[3]) + 0.1)
)
days = st.sampled_from(["NaT", "2021-01-05", "2021-01-21", "2021-02-15"])


@given(
    st.lists(st.tuples(areas, days), max_size=4),
    st.one_of(st.none(), st.lists(st.tuples(areas, days), max_size=2)),
    st.sampled_from([0.0, 7.0]),
)
@settings(max_examples=60, deadline=None)
def test_the_shares_of_every_pixel_add_up_to_one(nogo, lease, geolocation_m):
    kinds = ("forest", "water", "other", "settlement")
    named = [(f"Z{n}", kinds[n], area, day) for n, (area, day) in enumerate(nogo)]
    owned = lease and [(f"L{n}", "", area, day) for n, (area, day) in enumerate(lease)]
    shares("1234 4321 .22. 3..4", nogo=named, lease=owned, geolocation_m=geolocation_m)
