"""Candidates near 23 N, 82 E: there 0.001 degree is 111 m of latitude and 102 m of longitude."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from cube.mines import read_mines
from pipelines.adopt import main

KNOWN = shapely.box(82.000, 23.000, 82.004, 23.004)  # 18 ha


def listed(folder, **columns):
    path = folder / "mines.geojson"
    rows = {"mine_id": ["A1"], "state": ["Odisha"], "permit": [7]} | columns
    gpd.GeoDataFrame(rows, geometry=[KNOWN], crs=4326).to_file(path, driver="GeoJSON")
    return path


def scanned(folder, *boxes, probability=0.9, **columns):
    path = folder / "candidates.geojson"
    rows = {
        "candidate_id": [f"C{i + 1:03d}" for i in range(len(boxes))],
        "probability": [probability] * len(boxes),
        "period": ["2021-01-01/2021-12-31"] * len(boxes),
    } | columns
    gpd.GeoDataFrame(rows, geometry=list(boxes), crs=4326).to_file(path, driver="GeoJSON")
    return path


FAR = shapely.box(82.020, 23.000, 82.023, 23.003)  # 307 x 332 m, 10.2 ha, 2 km east of A1


def adopted(folder, candidates, *options) -> gpd.GeoDataFrame:
    new = folder / "new.geojson"
    told = [str(candidates), "--mines", str(folder / "mines.geojson"), "--output", str(new)]
    assert main([*told, *options]) == 0
    return gpd.read_file(new)


def test_a_candidate_becomes_a_mine_with_an_id_of_its_own_and_its_origin(tmp_path):
    listed(tmp_path)
    mines = adopted(tmp_path, scanned(tmp_path, FAR))
    assert mines["mine_id"].tolist() == ["A1", "FOUND_001"]
    assert mines["permit"].tolist()[0] == 7  # the list's own columns stay
    new = mines.iloc[1]
    assert (new["candidate_id"], new["period"]) == ("C001", "2021-01-01/2021-12-31")
    assert new["probability"] == 0.9
    assert new["source"].startswith("scan, sha256 ")


def test_an_adopted_mine_passes_as_any_mine_and_is_30_m_wider_all_around(tmp_path):
    listed(tmp_path)
    adopted(tmp_path, scanned(tmp_path, FAR))
    mines, rejected = read_mines(tmp_path / "new.geojson")
    assert rejected.empty
    # (307 + 60) x (332 + 60) m less the rounded corners: 14.4 ha - (4 - pi) x 30^2 m = 14.3 ha
    assert mines["area_ha"].iloc[1] == pytest.approx(14.3, abs=0.1)


def test_a_candidate_on_a_known_mine_is_refused_by_its_name(tmp_path, capsys):
    listed(tmp_path)
    half_on = shapely.box(82.002, 23.000, 82.006, 23.004)
    assert len(adopted(tmp_path, scanned(tmp_path, half_on))) == 1
    assert "refused C001: 50 % of it lies on A1, which is listed already" in capsys.readouterr().out


def test_a_neighbour_s_margin_ends_where_the_known_mine_begins(tmp_path):
    listed(tmp_path)
    beside = shapely.box(82.0041, 23.000, 82.008, 23.004)  # 10 m east of A1
    mines = adopted(tmp_path, scanned(tmp_path, beside))
    assert mines["mine_id"].tolist() == ["A1", "FOUND_001"]
    shared = mines.to_crs(32644).geometry
    assert shared[0].intersection(shared[1]).area < 1.0  # [m2]


def test_of_two_candidates_on_one_ground_the_second_is_refused(tmp_path, capsys):
    listed(tmp_path)
    mines = adopted(tmp_path, scanned(tmp_path, FAR, FAR))
    assert mines["mine_id"].tolist() == ["A1", "FOUND_001"]
    assert "refused C002: 100 % of it lies on FOUND_001" in capsys.readouterr().out


def test_an_unlikely_candidate_stays_out_until_it_is_asked_for(tmp_path, capsys):
    listed(tmp_path)
    candidates = scanned(tmp_path, FAR, probability=0.3)
    assert len(adopted(tmp_path, candidates)) == 1
    assert "its probability, 0.3, is below 0.5" in capsys.readouterr().out
    assert len(adopted(tmp_path, candidates, "--candidate", "C001")) == 2


def test_a_candidate_too_small_to_be_a_mine_is_refused_as_any_mine_is(tmp_path, capsys):
    listed(tmp_path)
    speck = shapely.box(82.020, 23.000, 82.0202, 23.0002)  # 20 x 22 m: 0.05 ha
    assert len(adopted(tmp_path, scanned(tmp_path, speck), "--margin", "0")) == 1
    assert "below min_area_ha 0.3" in capsys.readouterr().out


def test_new_ids_avoid_those_that_are_taken(tmp_path):
    listed(tmp_path, mine_id=["FOUND_001"])
    assert adopted(tmp_path, scanned(tmp_path, FAR))["mine_id"].tolist() == [
        "FOUND_001",
        "FOUND_002",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--candidate", "C009"], "no candidate 'C009'"),
        (["--least-probability", "2"], "least_probability is 2"),
        (["--prefix", "../x"], "prefix is '../x'"),
    ],
)
def test_impossible_orders_are_refused(tmp_path, capsys, options, message):
    mines = listed(tmp_path)
    told = [str(scanned(tmp_path, FAR)), "--mines", str(mines)]
    assert main([*told, "--output", str(tmp_path / "new.geojson"), *options]) == 2
    assert message in capsys.readouterr().err


def test_the_list_is_never_written_over(tmp_path, capsys):
    mines = listed(tmp_path)
    before = mines.read_bytes()
    assert main([str(scanned(tmp_path, FAR)), "--mines", str(mines), "--output", str(mines)]) == 2
    assert "give another name" in capsys.readouterr().err
    assert mines.read_bytes() == before


def test_a_file_that_is_no_scan_s_is_refused(tmp_path, capsys):
    mines = listed(tmp_path)
    told = [str(mines), "--mines", str(mines), "--output", str(tmp_path / "new.geojson")]
    assert main(told) == 2
    assert "has no column 'candidate_id'" in capsys.readouterr().err
