"""A country's ground: its outline from a file of any habit, else a rough box that says so."""

import geopandas as gpd
import pytest
import shapely

from cube.contract import CubeError
from cube.landsat.countries import BOXES, boxed_area, country_area

WITBANK = shapely.Point(29.2, -25.9)


def outlines(path, **columns):
    shapes = [shapely.box(16, -35, 33, -22), shapely.box(29, -30.7, 30, -28.5)]
    gpd.GeoDataFrame(columns, geometry=shapes, crs=4326).to_file(path)
    return path


def test_without_a_file_a_country_is_a_box_and_says_so():
    ground, note = country_area("zaf")
    assert ground.contains(WITBANK)
    assert "rough box" in note
    assert "--boundaries FILE" in note


def test_every_box_is_one_and_holds_a_place_of_its_country():
    for code, (west, south, east, north) in BOXES.items():
        assert len(code) == 3
        assert -180 <= west < east <= 180, code
        assert -56 <= south < north <= 84, code
    capitals = {"IND": (77.2, 28.6), "IDN": (106.8, -6.2), "PER": (-77.0, -12.0),
                "CHL": (-70.7, -33.5), "GHA": (-0.2, 5.6), "KAZ": (71.4, 51.2),
                "AUS": (149.1, -35.3), "COD": (15.3, -4.3), "GUY": (-58.2, 6.8),
                "MNG": (106.9, 47.9), "SRB": (20.5, 44.8), "PNG": (147.2, -9.4)}  # fmt: skip
    for code, place in capitals.items():
        assert shapely.box(*BOXES[code]).contains(shapely.Point(*place)), code


@pytest.mark.parametrize("column", ["ISO_A3", "shapeGroup", "iso3", "GID_0"])
def test_outlines_are_found_whatever_the_column_is_called(tmp_path, column):
    path = outlines(tmp_path / "countries.gpkg", **{column: ["ZAF", "LSO"]})
    ground, note = country_area("ZAF", path)
    assert ground.contains(WITBANK)
    assert note == ""


def test_where_one_column_does_not_know_a_country_the_next_is_asked(tmp_path):
    path = outlines(tmp_path / "ne.gpkg", ISO_A3=["-99", "LSO"], ADM0_A3=["ZAF", "LSO"])
    assert country_area("ZAF", path)[0].contains(WITBANK)


def test_what_is_not_there_is_said_in_words(tmp_path):
    with pytest.raises(CubeError, match=r"no box of 'RUS'.*--boundaries FILE"):
        country_area("RUS")
    path = outlines(tmp_path / "c.gpkg", name=["South Africa", "Lesotho"])
    with pytest.raises(CubeError, match="has no column of country codes, only"):
        country_area("ZAF", path)
    path = outlines(tmp_path / "d.gpkg", ISO3=["ZAF", "LSO"])
    with pytest.raises(CubeError, match="has no country 'ZMB'"):
        country_area("ZMB", path)


def test_a_box_is_read_as_west_south_east_north():
    assert boxed_area("29,-26,30,-25").bounds == (29, -26, 30, -25)
    assert boxed_area("179,-18,-179,-16").area == pytest.approx(4.0)
    for text, said in (
        ("29,-26,30", "expected W,S,E,N in degrees"),
        ("a,b,c,d", "expected W,S,E,N in degrees"),
        ("29,-25,30,-26", "empty or beyond the globe"),
        ("29,-126,30,-25", "latitude beyond 90"),
        ("nan,0,1,2", "empty or beyond"),
    ):
        with pytest.raises(CubeError, match=said):
            boxed_area(text)
