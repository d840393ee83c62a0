"""Every mine is LEGAL, NO-GO or UNKNOWN, by the law valid in the period and nothing else."""

import geopandas as gpd
import numpy as np
import pytest

from analysis.zones import leases_of, zone_assignments
from cube.contract import CubeError
from tests.analysis.small_mine import EPSG, TO_LONLAT, X0, Y0, block, leases, zones

YEAR = np.datetime64("2021-01-01"), np.datetime64("2021-12-31")
OUTLINE = block(0, 0, 10, 10)


def mines(*outlines):
    ids = [f"CIL_{n:03}" for n in range(1, len(outlines) + 1)]
    return gpd.GeoDataFrame({"mine_id": ids, "epsg": EPSG}, geometry=list(outlines), crs=4326)


def only(nogo=(), lease=(), period=YEAR, outline=OUTLINE):
    return zone_assignments(mines(outline), zones(*nogo), leases(*lease), *period).iloc[0]


def test_a_mine_no_law_speaks_of_is_unknown_and_never_legal():
    found = only([("F1", "forest", block(20, 0, 30, 10))], [("L1", "", block(20, 0, 30, 10))])
    assert found.zone == "UNKNOWN"
    assert (found.zone_ids, found.zone_types, found.lease_ids) == ("", "", "")
    assert (found.nogo_share, found.leased_share) == (0, 0)


def test_no_law_at_all_leaves_every_mine_unknown():
    assert only().zone == "UNKNOWN"


def test_a_lease_makes_a_mine_legal_and_its_share_is_stated():
    found = only(lease=[("L1", "", block(0, 0, 10, 4))])
    assert (found.zone, found.lease_ids) == ("LEGAL", "L1")
    assert found.leased_share == pytest.approx(0.4, abs=1e-6)


def test_a_lease_that_names_the_mine_counts_wherever_it_lies():
    found = only(lease=[("L1", "CIL_001", block(500, 0, 510, 10))])
    assert (found.zone, found.lease_ids, found.leased_share) == ("LEGAL", "L1", 0)


def test_a_zone_on_the_outline_makes_a_mine_no_go_even_under_a_lease():
    found = only(
        [("W1", "water", block(8, 0, 12, 10)), ("F1", "forest", block(9, 0, 12, 10))],
        [("L1", "", block(0, 0, 10, 10))],
    )
    assert (found.zone, found.zone_ids, found.zone_types) == ("NO-GO", "F1;W1", "forest;water")
    assert found.nogo_share == pytest.approx(0.2, abs=1e-6)  # the overlap once


def test_a_common_border_is_no_overlap():
    assert only([("F1", "forest", block(10, 0, 20, 10))]).zone == "UNKNOWN"


def test_less_than_a_pixel_of_overlap_is_a_matter_of_drawing():
    assert only([("F1", "forest", block(9, 0, 20, 0.9))]).zone == "UNKNOWN"
    assert only([("F1", "forest", block(9, 0, 20, 1.1))]).zone == "NO-GO"


@pytest.mark.parametrize(
    ("begins", "ends", "zone"),
    [
        ("2021-12-31", "NaT", "NO-GO"),
        ("2022-01-01", "NaT", "UNKNOWN"),
        ("NaT", "2021-01-01", "NO-GO"),
        ("NaT", "2020-12-31", "UNKNOWN"),
    ],
)
def test_only_zones_valid_on_some_day_of_the_period_count(begins, ends, zone):
    assert only([("F1", "forest", OUTLINE, begins, ends)]).zone == zone


def test_area_and_centre_are_those_of_the_outline_on_its_utm_grid():
    found = only()
    assert found.area_ha == pytest.approx(1.0, abs=1e-6)
    centre = TO_LONLAT.transform(X0 + 45, Y0 - 45)
    assert (found.lon, found.lat) == pytest.approx(centre, abs=1e-7)


def test_every_mine_has_one_row_in_the_order_of_the_mines():
    table = zone_assignments(
        mines(OUTLINE, block(100, 0, 110, 10)),
        zones(("F1", "forest", block(100, 0, 101, 10))),
        leases(),
        *YEAR,
    )
    assert table[["mine_id", "zone"]].to_numpy().tolist() == [
        ["CIL_001", "UNKNOWN"],
        ["CIL_002", "NO-GO"],
    ]


def test_a_lapsed_lease_still_speaks_of_the_mine():
    old = leases(("L1", "", OUTLINE, "2001-01-01", "2010-12-31"))
    assert leases_of("CIL_001", OUTLINE, EPSG, old) == {"L1"}


def test_law_without_its_columns_is_refused():
    with pytest.raises(CubeError, match=r"law lacks zone_type.*read_zones"):
        zone_assignments(mines(OUTLINE), zones().drop(columns="zone_type"), leases(), *YEAR)


def test_law_in_metres_is_refused():
    with pytest.raises(CubeError, match=r"expected EPSG:4326: call .to_crs\(4326\)"):
        zone_assignments(mines(OUTLINE), zones().to_crs(EPSG), leases(), *YEAR)
