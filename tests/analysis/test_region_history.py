"""Every region at every date, and a mine's record as JSON."""

import json

import numpy as np
import pytest

from analysis.envelope import envelope
from analysis.region_history import mine_regions, region_history
from analysis.regions import RegionSettings, regions
from tests.analysis.small_mine import TO_LONLAT, X0, Y0, block, dug

TWO_PIXELS = RegionSettings(minimum_mapping_unit_ha=0.02)
MERGING = "33522 ..... ..... ..... ....."


def found(*maps, **how):
    return regions(dug(*maps, **how), TWO_PIXELS)


def test_a_region_has_a_row_for_every_date_of_its_life():
    table = region_history(found(MERGING))
    old, young = "CIL_001-20210121-516030-2343500", "CIL_001-20210131-516000-2343500"
    rows = list(zip(table.date.astype(str), table.region_id, table.area_ha, strict=True))
    assert rows == [
        ("2021-01-21", old, 0.02),
        ("2021-01-31", old, 0.02),
        ("2021-01-31", young, 0.02),
        ("2021-02-10", old, 0.02),
        ("2021-02-10", young, 0.02),
        ("2021-02-20", old, 0.05),
        ("2021-03-02", old, 0.05),
        ("2021-03-12", old, 0.05),
        ("2021-03-22", old, 0.05),
        ("2021-04-01", old, 0.05),
    ]
    assert set(table.loc[table.region_id == young, "merged_into"]) == {old}
    assert set(table.loc[table.region_id == old, "merged_into"]) == {""}


def test_properties_are_those_of_the_pixels_at_that_date():
    table = region_history(found("22. .5. ...", lag=10))
    first, last = table.iloc[0], table.iloc[-1]
    assert str(last.first_date)[:10] == "2021-01-11"
    assert str(last.confirmed_date)[:10] == "2021-01-21"
    assert first.confidence == pytest.approx(0.9)
    assert (first.lon, first.lat) == pytest.approx(TO_LONLAT.transform(X0 + 5, Y0))
    assert (last.lon, last.lat) == pytest.approx(TO_LONLAT.transform(X0 + 20 / 3, Y0 - 10 / 3))


def test_geometry_is_the_outline_in_longitude_and_latitude():
    table = region_history(found("22. .5. ..."))
    assert table.crs.to_epsg() == 4326
    assert table.geometry.iloc[0].symmetric_difference(block(0, 0, 2, 1)).area < 1e-15
    assert table.to_crs(32644).area.tolist() == pytest.approx([200] * 3 + [300] * 5, abs=1e-3)


def test_areas_of_all_regions_add_up_to_the_envelope_at_every_date():
    regions_ = found("1134. 9.... ..8.7 ...67 6.6..")
    table = region_history(regions_)
    sums = table.groupby("date").area_ha.sum()
    area = envelope(regions_).area_ha
    assert sums.tolist() == pytest.approx(area[area > 0].tolist())


def test_unknown_confidence_stays_unknown_and_is_left_out_of_the_mean():
    assert np.isnan(region_history(found("22 ..", confidence=np.nan)).confidence).all()
    half = np.array([[[0.5, np.nan], [0.0, 0.0]]])
    assert region_history(found("22 ..", confidence=half)).confidence.iloc[0] == 0.5


def test_no_excavation_gives_the_same_columns_and_dtypes():
    empty, full = region_history(found(".. ..")), region_history(found("22 .."))
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert empty.crs == full.crs


def test_the_record_of_a_mine_is_json_with_null_for_the_unknown():
    regions_ = found(MERGING, confidence=np.nan)
    record = mine_regions(regions_, region_history(regions_), envelope(regions_))
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["dates"][:2] == ["2021-01-01", "2021-01-11"]
    assert record["area_ha"] == [0, 0, 0.02, 0.04, 0.04, 0.05, 0.05, 0.05, 0.05, 0.05]
    old, young = record["regions"]
    assert old["merged_into"] is None
    assert young["merged_into"] == old["region_id"]
    assert (old["absorbed"], young["absorbed"]) == ([young["region_id"]], [])
    assert [event["event"] for event in young["life"]] == ["born", "merged"]
    assert young["life"][-1]["into"] == old["region_id"]
    assert young["areas_ha"] == {"2021-01-31": 0.02, "2021-02-10": 0.02}
    assert old["confidence"] is None


def test_the_record_of_a_mine_without_excavation_has_no_regions():
    regions_ = found(".. ..")
    record = mine_regions(regions_, region_history(regions_), envelope(regions_))
    json.dumps(record, allow_nan=False)
    assert record["regions"] == []
    assert record["total_excavated_ha"] == 0
    assert record["growth_ha_per_month"] is None
