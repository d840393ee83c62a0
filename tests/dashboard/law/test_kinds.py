"""What an uploaded file is, by its content; bombs and lies are refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from cube.contract import CubeError
from dashboard.law import kinds
from dashboard.law.kinds import refuse_alias, suffix_of, unpacked


@pytest.mark.parametrize(
    ("head", "layer", "suffix"),
    [
        (b'{"type": "FeatureCollection"', "zones", ".geojson"),
        (b'\xef\xbb\xbf \n{"type"', "leases", ".geojson"),
        (b"PK\x03\x04rest", "leases", ".zip"),
        (b"SQLite format 3\x00rest", "zones", ".gpkg"),
        (b"PAR1rest", "zones", ".parquet"),
        (b"jurisdiction: India", "rules", ".yaml"),
    ],
)
def test_a_file_is_known_by_what_it_begins_with(head, layer, suffix):
    assert suffix_of(head, layer) == suffix


@pytest.mark.parametrize(
    ("head", "layer"),
    [(b"\x89PNG\r\n", "zones"), (b"%PDF-1.7", "leases"), (b"", "zones"), (b"<kml", "zones"),
     (b"#!/bin/sh", "leases"), (b"PK\x03\x04", "rules"), (b"a\x00b", "rules")],
)  # fmt: skip
def test_what_law_does_not_come_in_is_refused(head, layer):
    with pytest.raises(CubeError, match=r"no geodata|no text"):
        suffix_of(head, layer)


def zipped(folder, files: dict[str, bytes]):
    path = folder / "law.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_names_in_a_zip_lead_nowhere(tmp_path):
    files = {"../../evil/x.shp": b"s", "../../evil/x.dbf": b"d", "../../evil/x.sh": b"run me"}
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    read = unpacked(zipped(inside, files), inside)
    assert read == inside / "law.shp"
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [
        "law.dbf", "law.shp", "law.zip"]  # fmt: skip


def test_only_what_belongs_to_the_shapefile_is_unpacked(tmp_path):
    files = {"a.shp": b"1", "a.prj": b"2", "b.dbf": b"3", "__MACOSX/a.shp": b"4", ".a.shp": b"5"}
    unpacked(zipped(tmp_path, files), tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.glob("law.*") if p.suffix != ".zip"} == {
        "law.shp": b"1", "law.prj": b"2"}  # fmt: skip


def test_a_bomb_is_refused_by_what_it_says_of_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(kinds, "LARGEST_UNPACKED", 2_000_000)
    path = zipped(tmp_path, {"a.geojson": b"0" * 3_000_000})
    assert path.stat().st_size < 10_000
    with pytest.raises(CubeError, match="unpacks to 3 MB, 2 MB are the most"):
        unpacked(path, tmp_path)


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(kinds, "LARGEST_UNPACKED", 2_000_000)
    monkeypatch.setattr(kinds, "_refuse_bomb", lambda entries: None)
    with pytest.raises(CubeError, match="unpacks to more than 2 MB"):
        unpacked(zipped(tmp_path, {"a.geojson": b"0" * 5_000_000}), tmp_path)
    assert (tmp_path / "law.geojson").stat().st_size <= 2_000_000


def test_a_zip_of_a_zip_and_one_of_thousands_are_refused(tmp_path):
    inner = io.BytesIO()
    zipfile.ZipFile(inner, "w").close()
    with pytest.raises(CubeError, match="holds 0 layers, but one is needed"):
        unpacked(zipped(tmp_path, {"a.zip": inner.getvalue()}), tmp_path)
    with pytest.raises(CubeError, match="holds 101 files, 100 are the most"):
        unpacked(zipped(tmp_path, {f"{i}.shp": b"" for i in range(101)}), tmp_path)
    with pytest.raises(CubeError, match="holds 2 layers"):
        unpacked(zipped(tmp_path, {"a.shp": b"", "b.geojson": b""}), tmp_path)


def test_a_damaged_zip_is_said_so(tmp_path):
    path = tmp_path / "law.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(CubeError, match="cannot be unpacked"):
        unpacked(path, tmp_path)


def test_rules_that_repeat_themselves_by_reference_are_refused(tmp_path):
    path = tmp_path / "law.yaml"
    path.write_text("a: &a [1, 1]\nb: [*a, *a]\n")
    with pytest.raises(CubeError, match="no references"):
        refuse_alias(path)
    path.write_text("a: [1, 1]\n")
    refuse_alias(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CubeError, match="no YAML"):
        refuse_alias(path)
