"""Zones and leases: read whole or refused with the feature named."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from cube.contract import CubeError
from cube.law import read_leases, read_zones

HERE, THERE = box(82.60, 22.30, 82.61, 22.31), box(82.70, 22.30, 82.71, 22.31)


@pytest.fixture
def saved(tmp_path):
    """The path of a file with these columns and geometries."""

    def save(geometries=(HERE, THERE), name="zones.gpkg", **columns):
        table = gpd.GeoDataFrame(columns, geometry=list(geometries), crs=4326)
        table.to_file(tmp_path / name)
        return tmp_path / name

    return save


def test_zones_have_types_dates_and_sources(saved):
    zones = read_zones(
        saved(
            zone_id=["Z1", 2],
            zone_type=["Forest", "protected area"],
            valid_from=["2015-04-01", None],
            valid_to=["9999-12-31", None],
            source=["Gazette 12", None],
            accuracy_m=[25, None],
            name="z.geojson",
        )
    )
    assert zones.zone_id.tolist() == ["Z1", "2"]
    assert zones.zone_type.tolist() == ["forest", "protected_area"]
    assert zones.valid_from.dtype == zones.valid_to.dtype == np.dtype("datetime64[s]")
    assert zones.valid_from[0] == np.datetime64("2015-04-01")
    assert str(zones.valid_to.values[0]) == "9999-12-31T00:00:00"  # beyond what nanoseconds hold
    assert zones.loc[1, ["valid_from", "valid_to"]].isna().all()
    assert zones.source.tolist() == ["Gazette 12", "z.geojson"]
    assert zones.accuracy_m[0] == 25.0
    assert np.isnan(zones.accuracy_m[1])
    assert zones.crs.to_epsg() == 4326


def test_dates_stored_as_dates_are_read_too(saved):
    dates = np.array(["2015-04-01", "NaT"], "datetime64[ms]")
    zones = read_zones(saved(zone_id=["a", "b"], zone_type=["water"] * 2, valid_from=dates))
    assert zones.valid_from.astype(str).tolist() == ["2015-04-01", "NaT"]
    assert zones.valid_to.isna().all()


def test_a_zone_s_outline_is_repaired_and_said_so(saved):
    bow_tie = shapely.Polygon([(82.60, 22.30), (82.61, 22.31), (82.61, 22.30), (82.60, 22.31)])
    zones = read_zones(saved([bow_tie, THERE], zone_id=["a", "b"], zone_type=["water"] * 2))
    assert zones.geometry.is_valid.all()
    assert zones.repaired[0].startswith("made valid: Self-intersection")
    assert zones.repaired[1] == ""


def test_a_zone_with_parts_all_over_the_world_is_left_as_it_is(saved):
    parts = shapely.MultiPolygon([box(x, 0, x + 1, 1) for x in (-175, -60, 0, 60, 175)])
    crossing = shapely.Polygon([(179, 0), (-179, 0), (-179, 1), (179, 1)])
    path = saved([parts, crossing], zone_id=["a", "b"], zone_type=["water"] * 2)
    zones = read_zones(path)
    assert zones.geometry[0].equals(parts)
    assert zones.repaired.tolist() == ["", "split at the antimeridian"]
    assert zones.geometry[1].area == pytest.approx(2.0)


def test_leases_name_their_mine_and_holder_where_known(saved):
    leases = read_leases(
        saved(lease_id=["L1", "L2"], mine_id=["CIL_001", None], holder=["SECL", None])
    )
    assert leases.mine_id.tolist() == ["CIL_001", ""]
    assert leases.holder.tolist() == ["SECL", ""]
    assert read_leases(saved(lease_id=["L1", "L2"])).mine_id.tolist() == ["", ""]


def test_the_sample_of_real_leases_reads(real):
    leases = read_leases(real / "india_coal_osm" / "jharkhand_sample.geojson")
    assert leases.lease_id.tolist() == [f"LEASE-JH-00{number}" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (Point(82.6, 22.3), "not a polygon but a Point"),
        (LineString([(82.6, 22.3), (82.7, 22.3)]), "not a polygon but a LineString"),
        (None, "no geometry"),
    ],
)
def test_one_unusable_zone_refuses_the_file_and_is_named(saved, geometry, reason):
    path = saved([HERE, geometry], zone_id=["a", "river"], zone_type=["forest", "water"])
    with pytest.raises(CubeError, match=f"'river' of .* cannot be used: {reason}.*would hide"):
        read_zones(path)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"zone_type": ["water"] * 2}, "no column 'zone_id'"),
        ({"zone_id": ["a", "b"]}, "no column 'zone_type'.*one of forest, water"),
        ({"zone_id": ["a", None], "zone_type": ["water"] * 2}, "Feature 1 of .* has no zone_id"),
        ({"zone_id": ["a", "a"], "zone_type": ["water"] * 2}, "'a' of .* in rows 0 and 1"),
        ({"zone_id": ["a", "b"], "zone_type": ["water", "golf"]}, "'b' of .* zone_type 'golf'"),
        (
            {"zone_id": ["a", "b"], "zone_type": ["water"] * 2, "valid_to": ["2020", "2021-01-01"]},
            "'a' of .* has valid_to '2020', but expected a date",
        ),
        (
            {"zone_id": ["a", "b"], "zone_type": ["water"] * 2, "valid_from": ["31-03-2020", None]},
            "'a' of .* has valid_from '31-03-2020'",
        ),
        (
            {"zone_id": ["a", "b"], "zone_type": ["water"] * 2, "valid_from": ["2020-02-30", None]},
            "'a' of .* has valid_from '2020-02-30'",
        ),
        (
            {
                "zone_id": ["a", "b"],
                "zone_type": ["water"] * 2,
                "valid_from": [None, "2021-01-01"],
                "valid_to": [None, "2020-01-01"],
            },
            "'b' of .* valid from 2021-01-01 to 2020-01-01, which ends before it begins",
        ),
        (
            {"zone_id": ["a", "b"], "zone_type": ["water"] * 2, "accuracy_m": ["10", "good"]},
            "'b' of .* has accuracy_m good",
        ),
        (
            {"zone_id": ["a", "b"], "zone_type": ["water"] * 2, "accuracy_m": [-1.0, 2.0]},
            "'a' of .* has accuracy_m -1.0",
        ),
    ],
)
def test_incomplete_law_is_refused_with_the_feature_named(saved, columns, message):
    with pytest.raises(CubeError, match=message):
        read_zones(saved(**columns))
