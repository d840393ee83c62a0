"""What the map in the browser is told."""

from __future__ import annotations

from types import SimpleNamespace

from dashboard.pages.mine_map import map_config
from dashboard.pages.mine_map.config import first_clear, marks
from dashboard.pages.mine_map.shapes import svg_path

PUBLICATION = SimpleNamespace(
    key="k1", layers=[{"name": n, "title": n, "kind": "base", "about": "", "legend": []}
                      for n in ("truecolour", "ndvi", "state")]
)  # fmt: skip


def test_a_ring_starts_where_it_ends_and_north_is_up():
    ring = [[1100, 1900], [1200, 1900], [1200, 1800.04], [1100, 1900]]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    path = "M100.0,100.0L200.0,100.0L200.0,200.0Z"  # x - 1000, 2000 - y
    assert svg_path(polygon, 1000, 2000) == path
    several = {"type": "MultiPolygon", "coordinates": [[ring], [ring]]}
    assert svg_path(several, 1000, 2000) == path + path
    both = {"type": "GeometryCollection", "geometries": [polygon, {"type": "Point"}]}
    assert svg_path(both, 1000, 2000) == path


def test_nothing_is_drawn_of_nothing():
    assert svg_path(None, 0, 0) == ""
    assert svg_path({"type": "Point", "coordinates": [1, 2]}, 0, 0) == ""
    assert svg_path({"type": "Polygon", "coordinates": [[]]}, 0, 0) == ""


def test_the_map_is_told_where_pictures_lie_and_a_mines_name_cannot_leave_its_place(page_of):
    config = map_config(PUBLICATION, page_of(mine_id="a/../b?<i>"))
    assert config["sheet"] == "sheet/k1/a%2F..%2Fb%3F%3Ci%3E/{layer}/{year}.webp"
    assert config["chip"] == "chip/k1/a%2F..%2Fb%3F%3Ci%3E/{date}/{layer}.webp"
    assert [layer["name"] for layer in config["layers"]] == ["truecolour", "state"]


def test_regions_come_with_the_day_they_were_opened_and_why(page_of, region):
    (shape,) = map_config(PUBLICATION, page_of(regions=[region]))["shapes"]["regions"]
    assert shape["since"] == "2022-01-11"
    assert shape["words"] == (
        "Excavation, 19.9 ha, opened 11 Jan 2022, confirmed 21 Jan 2022, confidence 99 %. "
        "Why: NDVI -0.2"
    )


def test_law_says_whose_it_is_and_since_when(page_of, region):
    lease = {"lease_id": "L1", "holder": "Angul & Co", "valid_from": "2008-04-01",
             "geometry": region["geometry"]}  # fmt: skip
    zone = {"zone_id": "Z1", "zone_type": "protected_area", "synthetic": True,
            "valid_from": "2020-01-01", "valid_to": "2021-01-01",
            "geometry": region["geometry"]}  # fmt: skip
    shapes = map_config(PUBLICATION, page_of(leases=[lease], zones=[zone]))["shapes"]
    assert shapes["leases"][0]["words"] == "Lease L1 of Angul & Co, in force from 1 Apr 2008"
    assert shapes["zones"][0]["words"] == (
        "Protected area zone Z1, synthetic, in force from 1 Jan 2020 to 1 Jan 2021"
    )


def test_the_days_to_jump_to_are_the_first_alerts_or_the_first_regions(page_of, alert, region):
    assert marks(page_of(alerts=[alert], regions=[region])) == [
        {"date": "2022-01-11", "words": "First beyond the line"},
        {"date": "2022-01-21", "words": "Confirmed"},
    ]
    assert marks(page_of(regions=[region])) == [
        {"date": "2022-01-11", "words": "First ground opened"}
    ]
    assert marks(page_of()) == []


def test_the_earlier_picture_is_the_first_clear_one():
    assert first_clear([{"clear": None}, {"clear": 0.2}, {"clear": 0.5}]) == 2
    assert first_clear([{"clear": None}]) == 0
