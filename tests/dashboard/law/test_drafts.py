"""Drafts of law: read before they are kept, and gone without a trace where they are no law."""

from __future__ import annotations

import json
import shutil
import stat

import geopandas as gpd
import pytest

from cube.contract import CubeError
from dashboard.law import check
from dashboard.law.drafts import Drafts, safe_name
from pipelines.rules import INDIA


@pytest.fixture
def drafts(tmp_path):
    return Drafts(tmp_path, tmp_path / "access")


def said(layer, path, capsys):
    check.main(layer, path, path.parent)
    return json.loads(capsys.readouterr().out)


def test_leases_zones_and_rules_are_read_as_the_main_job_reads_them(archive, tmp_path, capsys):
    assert said("leases", archive.leases, capsys)["features"] == len(gpd.read_file(archive.leases))
    assert said("zones", archive.zones, capsys)["features"] == len(gpd.read_file(archive.zones))
    assert said("rules", INDIA, capsys) == {"read": "india.yaml", "features": 4}


def test_every_format_gives_the_same(archive, tmp_path, capsys):
    table = gpd.read_file(archive.leases)
    count = len(table)
    table.to_file(tmp_path / "law.gpkg")
    table.to_parquet(tmp_path / "law.parquet")
    folder = tmp_path / "shape"
    folder.mkdir()
    table.to_file(folder / "leases.shp")
    shutil.make_archive(str(tmp_path / "law"), "zip", folder)
    for name in ("law.gpkg", "law.parquet", "law.zip"):
        assert said("leases", tmp_path / name, capsys)["features"] == count


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"type": "FeatureCollection", "features": []}', "no features"),
        (b'{"a": 1}', "cannot be read"),
        (b"{" * 100_000, "cannot be read"),
        (b'{"type": "Point", "coordinates": [80, 20]}', "lease_id"),
    ],
)
def test_what_is_no_law_is_said_in_words_and_without_our_paths(tmp_path, capsys, content, words):
    path = tmp_path / "law.geojson"
    path.write_bytes(content)
    told = said("leases", path, capsys)["error"]
    assert words in told
    assert str(tmp_path) not in told


def test_a_draft_is_kept_whole_and_private_until_it_is_discarded(drafts, archive):
    folder = drafts.begin("leases")
    shutil.copy(archive.leases, folder / "upload")
    draft = drafts.finish(folder, "leases", "../New <b>leases</b> 2024.zip", "anna")
    assert (draft.layer, draft.name, draft.who) == ("leases", "b_ 2024.geojson", "anna")
    assert drafts.all() == [draft]
    assert drafts.path(draft).read_bytes() == archive.leases.read_bytes()
    assert stat.S_IMODE(drafts.folder.stat().st_mode) == 0o700
    given = drafts.given(draft)
    assert given.name == "b_ 2024.geojson"
    assert given.is_relative_to(drafts.output / "law" / "given")
    drafts.discard(draft.id)
    assert drafts.all() == []
    assert list(drafts.folder.iterdir()) == []
    assert given.read_bytes() == archive.leases.read_bytes()


def test_what_is_no_law_leaves_nothing(drafts):
    folder = drafts.begin("zones")
    (folder / "upload").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(CubeError, match="no geodata"):
        drafts.finish(folder, "zones", "x.geojson", "anna")
    assert list(drafts.folder.iterdir()) == []


def test_what_a_killed_server_left_is_cleared(drafts):
    drafts.begin("zones")
    drafts.clear_halves()
    assert list(drafts.folder.iterdir()) == []


def test_an_unknown_layer_and_an_unknown_draft_are_refused(drafts):
    with pytest.raises(CubeError, match="layer is 'mines', expected one of zones, leases, rules"):
        drafts.begin("mines")
    with pytest.raises(CubeError, match="not there any more"):
        drafts.get("../../x")


@pytest.mark.parametrize(
    ("name", "safe"),
    [("leases.geojson", "leases.gpkg"), ("C:\\law\\Zonen 2024.SHP", "Zonen 2024.gpkg"),
     ("../../../etc/passwd", "passwd.gpkg"), ("", "law.gpkg"), ("a\r\nb", "a_b.gpkg"),
     ("ü" * 100, "law.gpkg")],
)  # fmt: skip
def test_a_name_keeps_what_is_harmless_of_it(name, safe):
    assert safe_name(name, ".gpkg") == safe
