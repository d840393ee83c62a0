"""Zones and leases: read whole or refused with the feature named."""

from __future__ import annotations

import json

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
        (
            {"zone_id": ["a", "a"], "zone_type": ["water"] * 2},
            "'a' of .* in rows 0 and 1, valid at the same time.*end one version",
        ),
        (
            {
                "zone_id": ["a", "a"],
                "zone_type": ["water"] * 2,
                "valid_from": ["2021-03-31", None],
                "valid_to": [None, "2021-03-31"],
            },
            "'a' of .* in rows 0 and 1, valid at the same time",
        ),
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


def test_one_area_may_stand_in_several_versions_that_follow_each_other(saved):
    path = saved(
        lease_id=["L1", "L1"], valid_from=["2021-04-01", "2016-04-01"],
        valid_to=[None, "2021-03-31"], holder=["MCL", "SECL"],
    )  # fmt: skip
    leases = read_leases(path)
    assert leases.lease_id.tolist() == ["L1", "L1"]
    assert leases.valid_from.astype(str).tolist() == ["2021-04-01", "2016-04-01"]


def test_a_lease_says_what_it_permits_where_it_does(saved):
    leases = read_leases(saved(lease_id=["L1", "L2"], permitted_ha_per_year=[2.5, None]))
    assert leases.permitted_ha_per_year[0] == 2.5
    assert np.isnan(leases.permitted_ha_per_year[1])
    assert read_leases(saved(lease_id=["L1", "L2"])).permitted_ha_per_year.isna().all()
    shapefile = saved(name="l.shp", lease_id=["L1", "L2"], permitted_=[2.5, 1.0])  # ten letters
    assert read_leases(shapefile).permitted_ha_per_year.tolist() == [2.5, 1.0]
    for wrong in ([-1.0, 2.0], ["much", "2"]):
        path = saved(lease_id=["L1", "L2"], permitted_ha_per_year=wrong)
        with pytest.raises(CubeError, match=r"'L1' of .* has permitted_ha_per_year .* hectares, 0"):
            read_leases(path)


FORMATS = ["law.geojson", "law.gpkg", "law.shp", "law.parquet"]


@pytest.mark.parametrize("name", FORMATS)
def test_law_reads_the_same_from_every_format(tmp_path, name):
    holed = HERE.difference(box(82.603, 22.303, 82.606, 22.306))
    table = gpd.GeoDataFrame(
        {"lease_id": ["L1", "L2"], "holder": ["SECL", "MCL"], "accuracy_m": [5.0, 30.0],
         "valid_from": ["2016-04-01", "2021-11-05"]},
        geometry=[holed, THERE], crs=4326,
    )  # fmt: skip
    path = tmp_path / name
    table.to_parquet(path) if name.endswith("parquet") else table.to_file(path)
    leases = read_leases(path)
    assert leases.lease_id.tolist() == ["L1", "L2"]
    assert leases.holder.tolist() == ["SECL", "MCL"]
    assert leases.accuracy_m.tolist() == [5.0, 30.0]
    assert leases.valid_from.astype(str).tolist() == ["2016-04-01", "2021-11-05"]
    assert leases.valid_to.isna().all()
    assert shapely.area(leases.geometry.values).tolist() == pytest.approx([0.91e-4, 1e-4])


@pytest.mark.parametrize("name", FORMATS)
def test_law_in_another_projection_lies_where_it_lay(tmp_path, name):
    table = gpd.GeoDataFrame({"lease_id": ["L1"]}, geometry=[HERE], crs=4326).to_crs(32644)
    path = tmp_path / name
    table.to_parquet(path) if name.endswith("parquet") else table.to_file(path)
    (found,) = read_leases(path).geometry
    assert shapely.hausdorff_distance(found, HERE) < 1e-7  # a centimetre


def test_law_whose_coordinates_contradict_its_crs_is_refused_with_the_feature_named(saved):
    metres = box(516_000, 2_343_000, 517_000, 2_344_000)
    path = saved([metres, HERE], zone_id=["far", "a"], zone_type=["water"] * 2)
    with pytest.raises(CubeError, match=r"'far' of .* latitude .* beyond 90 degrees.*metres\?"):
        read_zones(path)
    swapped = box(22.30, 82.60, 22.31, 95.0)
    path = saved([HERE, swapped], zone_id=["a", "turned"], zone_type=["water"] * 2)
    with pytest.raises(CubeError, match=r"'turned' of .*are longitude and latitude swapped"):
        read_zones(path)


def test_law_without_a_crs_is_refused(tmp_path):
    path = tmp_path / "zones.shp"
    table = gpd.GeoDataFrame({"zone_id": ["a"], "zone_type": ["water"]}, geometry=[HERE])
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        table.to_file(path)
    with pytest.raises(CubeError, match="does not say its coordinate reference system"):
        read_zones(path)


def test_a_sliver_without_area_is_refused_and_a_thin_one_kept(saved):
    thin = box(82.60, 22.30, 82.61, 22.30000001)  # a kilometre by a millimetre
    zones = read_zones(saved([thin, HERE], zone_id=["thin", "a"], zone_type=["water"] * 2))
    assert zones.geometry[0].area == pytest.approx(1e-10)
    flat = shapely.Polygon([(82.60, 22.30), (82.61, 22.30), (82.60, 22.30)])
    path = saved([flat, HERE], zone_id=["flat", "a"], zone_type=["water"] * 2, name="z.geojson")
    with pytest.raises(CubeError, match=r"'flat' of .* cannot be used"):
        read_zones(path)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("valid_from", "2021-02-30", "day is out of range for month.*a date that there is not"),
        ("valid_from", "2021-03-31 or so", "valid_from '2021-03-31 or so', but expected a date"),
        ("valid_to", [2021, 3], "but expected a date like 2021-03-31"),
        ("permitted_ha_per_year", True, "permitted_ha_per_year True, but expected hectares"),
        ("permitted_ha_per_year", [1, 2], r"permitted_ha_per_year \[1 2\], but expected hectares"),
        ("holder", "A\nB", r"has holder 'A\\nB', with a line break or a control character"),
        ("source", "x\u0007", "with a line break or a control character"),
        ("lease_id", "L\r\n2", "with a line break or a control character"),
        ("lease_id", "L" * 1001, "has lease_id of 1,001 letters, but expected 1,000 at most"),
        ("accuracy_m", "1e400", "accuracy_m 1e400, but expected metres"),
    ],
)
def test_values_that_only_json_can_say_are_refused(tmp_path, column, value, message):
    geometry = shapely.geometry.mapping(HERE)
    told = {"lease_id": "L1", column: value}
    feature = {"type": "Feature", "properties": told, "geometry": geometry}
    file = tmp_path / "leases.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(CubeError, match=message):
        read_leases(file)


def test_a_date_may_have_its_hour(saved):
    leases = read_leases(
        saved(lease_id=["a", "b"], valid_from=["2021-03-31T00:00:00Z", " "], name="l.geojson")
    )
    assert leases.valid_from.astype(str).tolist() == ["2021-03-31", "NaT"]
