"""Bad settings, mines and law end with code 2 or 3 and a sentence, and cost only what is bad."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box, mapping

from cube import open_cube
from tests.pipelines.attempts import READING, collection, written

FAR = {
    "type": "Feature",
    "properties": {"mine_id": "FAR"},
    "geometry": mapping(box(10, 50, 10.01, 50.01)),
}
"""Eighty hectares in Germany, which the archive never saw."""


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--period=2022-01-01/2021-01-01"], ["is reversed: write 2021-01-01/2022-01-01"]),
        (["--period=last year"], ["is not a day of the calendar", "2021-01-01/2023-12-31"]),
        (["--period=2021-01-01/2021-13-41"], ["'2021-13-41' is not a day"]),
        (["--period=2021-01-01/"], ["has no end"]),
        (["--period=0001-01-01/9999-12-31"], ["lies beyond 1970-01-01", "2015-06-27"]),
        (["--period=2014-01-01/2014-12-31"], ["no image of any of the 2 windows from 2014-01-01"]),
        (["--period=2121-01-01/2121-12-31"], ["no image of any of the 2 windows from 2121-01-01"]),
        (["--period="], ["no period given"]),
        (["--mines="], ["no mines given"]),
        (["--catalog="], ["no catalog given"]),
        (["--mines=nowhere.geojson"], ["--mines: there is no file nowhere.geojson"]),
        (["--mines=."], ["--mines: . is a folder"]),
        (["--zones=nowhere.geojson"], ["--zones: there is no file"]),
        (["--cluster=nowhere.yaml"], ["no cluster file at nowhere.yaml"]),
        (["--cluster=."], [". cannot be read: Is a directory"]),
        (["--cube=gs://bucket/x"], ["gs://bucket/x is no place for a cube"]),
        (["--steps=deploy"], ["unknown step 'deploy'"]),
        (["--steps=report..ingest"], ["runs backwards; write ingest..report"]),
        (["--slots.cadense_days=5"], ["Did you mean --slots.cadence_days?"]),
        (["--slots.cadence_days=["], ["--slots.cadence_days [ is not YAML, line 1"]),
        (["--slots.cadence_days=true"], ["cadence_days is true, which is no number"]),
        (["--slots.cadence_days=1.5"], ["slots.cadence_days is 1.5"]),
        (["--source.max_cloud_cover=.nan"], ["max_cloud_cover is nan, which is no number"]),
        (["--detection.baseline.sigma=-1"], ["sigma", "must be positive"]),
        (["--report.quicklooks=-1"], ["quicklooks is -1"]),
        (["--compliance.severity.zone_weights={moon: 1}"], ["zone_weights has 'moon'"]),
        (["--ingest.loader=gdal"], ["ingest.loader is 'gdal'", "stackstac"]),
        (["--windows.size=8193"], ["Window size is 8193"]),
        (
            ["--windows.size=8192", "--period=2021-01-01/2022-12-31"],
            ["a window of 8192 pixels needs about", "smaller windows"],
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_what_is_told_wrong_is_said_before_anything_is_made(run, flags, words):
    ended = run(*flags)
    assert ended.refused(*words)
    assert not (ended.output / "cube/snapshots").exists() or not made(ended.output)


def made(output: Path) -> bool:
    """Whether a run left a cube with windows in it."""
    try:
        return open_cube(output / "cube", chunks=None).sizes["mine"] > 0
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("slots:\n\tcadence_days: 5\n", ["line 2", "indents with spaces, not with tabs"]),
        ("slots: {cadence_days: 5}\nslots: {}\n", ["line 2: the key 'slots' is given twice"]),
        (b"\xff\xfebad", ["it is not UTF-8 text"]),
        ("zonez: x", ["unknown configuration key zonez. Did you mean zones?"]),
        ("slots: {cadence: 5}", ["slots.cadence. Did you mean slots.cadence_days?"]),
        ("slots: 5", ["slots is a group of settings, not 5"]),
        ("slots: {cadence_days: 1.0e+99}", ["slots.cadence_days is 1e+99"]),
        ("validation: {min_area_ha: many}", ["validation.min_area_ha is 'many'"]),
        ("- 1", ["holds a list"]),
        ("a: !!python/object/apply:os.system ['true']", ["is not YAML, line 1"]),
    ],
)
def test_a_bad_yaml_file_is_refused_with_its_line(run, tmp_path, text, words):
    assert run(written(tmp_path / "run.yaml", text)).refused(*words)


def test_a_day_in_yaml_is_a_period_not_a_date(run, tmp_path):
    told = written(tmp_path / "run.yaml", "period: 2021-01-01\n")
    assert run(told, "--steps=validate", period="--accept-changes").code == 0


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("m.geojson", "hello", ["cannot be read as a polygon file", "Expected GeoJSON"]),
        ("m.geojson", '{"type": "FeatureCollection", "feat', ["cannot be read"]),
        ("m.geojson", '{"type": "FeatureCollection", "features": []}', ["holds no features"]),
        ("m.parquet", "hello", ["cannot be read as GeoParquet"]),
        ("m.csv", "mine_id,lat,lon\n1,2,3\n", ["a table without geometry"]),
    ],
)
def test_a_file_that_holds_no_mines_is_refused(run, tmp_path, name, text, words):
    assert run(f"--mines={written(tmp_path / name, text)}").refused(*words)


def test_mines_without_crs_are_refused(run, archive, tmp_path):
    path = tmp_path / "mines.shp"
    gpd.read_file(archive.mines).to_file(path)
    path.with_suffix(".prj").unlink()
    assert run(f"--mines={path}").refused("does not say its coordinate reference system")


def test_no_mine_left_after_validation_says_why_of_each(run, tmp_path):
    shapes = [
        None,
        {"type": "Point", "coordinates": [82, 22]},
        {"type": "Polygon", "coordinates": [[[22, 82], [23, 82], [23, 83], [22, 82]]]},
    ]
    features = [
        {"type": "Feature", "properties": {"mine_id": str(row)}, "geometry": shape}
        for row, shape in enumerate(shapes)
    ]
    path = collection(tmp_path / "mines.geojson", features)
    assert run(f"--mines={path}").refused(
        "row 0 (0): no geometry", "row 1 (1): not a polygon but a Point", "latitude swapped?"
    )


@pytest.mark.parametrize(
    ("which", "change", "words"),
    [
        ("zones", {"zone_type": "moon"}, ["zone_type 'moon'", "forest, water"]),
        ("zones", {"valid_from": "31.12.2020"}, ["expected a date like 2021-03-31"]),
        ("zones", {"valid_from": "2022-01-01", "valid_to": "2021-01-01"}, ["ends before"]),
        ("zones", {"accuracy_m": 1e308}, ["expected metres, 0 to 10000"]),
        ("zones", {"zone_id": None}, ["has no zone_id"]),
        ("zones", {"geometry": None}, ["no geometry", "would hide what happens there"]),
        ("leases", {"lease_id": None}, ["has no lease_id"]),
        ("leases", {"geometry": mapping(box(0, 0, 1, 1).centroid)}, ["not a polygon but a Point"]),
    ],
)
def test_bad_law_is_refused_before_imagery_is_read(run, archive, tmp_path, which, change, words):
    features = json.loads(getattr(archive, which).read_text())["features"]
    for key, value in change.items():
        (features[0] if key == "geometry" else features[0]["properties"])[key] = value
    ended = run(f"--{which}={collection(tmp_path / 'law.geojson', features)}")
    assert ended.refused(*words)
    assert not ended.output.exists()


def test_a_mine_outside_the_imagery_fails_alone_and_is_listed_again(run, archive, tmp_path):
    mines = json.loads(archive.mines.read_text())["features"]
    told = f"--mines={collection(tmp_path / 'mines.geojson', [*mines, FAR])}"
    for _ in range(2):
        ended = run(told, READING)
        assert ended.code == 3
        assert ended.said.count("failed: FAR in ingest: no scene of the catalogue reaches it") == 1
    record = json.loads((ended.output / "run.json").read_text())
    assert [failure["mine_id"] for failure in record["failed_mines"]] == ["FAR"]


def test_mines_that_all_lie_outside_the_imagery_are_refused(run, tmp_path):
    ended = run(f"--mines={collection(tmp_path / 'mines.geojson', [FAR])}")
    assert ended.refused("no image of any of the 4 windows", "mines and imagery are of one place")
    again = run(READING)  # the mistake was refused, and left nothing that stands in the way
    assert again.code == 0


def test_law_that_can_be_repaired_is_repaired_and_said(run, archive, tmp_path):
    zones = json.loads(archive.zones.read_text())["features"]
    bow = [[[82.0, 22.0], [82.1, 22.1], [82.1, 22.0], [82.0, 22.1], [82.0, 22.0]]]
    zones[0]["geometry"] = {"type": "Polygon", "coordinates": bow}
    ended = run(f"--zones={collection(tmp_path / 'zones.geojson', zones)}", "--steps=zones")
    assert ended.code == 0
    assert f"repaired {zones[0]['properties']['zone_id']}: made valid: Self-inter" in ended.said
