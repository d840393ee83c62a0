"""Ground is held against the law: by which rules, and what is said of the law itself."""

from __future__ import annotations

import json

import pytest

from pipelines.rules import INDIA, read_rules

STEPS = "--steps=zones..enforce"


def record(output):
    return json.loads((output / "run.json").read_text())


def test_run_json_and_the_key_follow_the_rules(run, copied, tmp_path):
    first = record(copied)["steps"]["enforce"]
    assert first["rules"]["sha256"] == read_rules(INDIA).sha256
    assert first["rules"]["rules"]["no_go"]["version"] == "1"
    assert "alerts unchanged" in run(STEPS, output=copied).said
    other = tmp_path / "rules.yaml"
    other.write_text(INDIA.read_text().replace('version: "1"', 'version: "2"', 1))
    ended = run(STEPS, f"--rules={other}", output=copied)
    assert (ended.code, "alerts unchanged" in ended.said) == (0, False)
    second = record(copied)["steps"]["enforce"]
    assert second["key"] != first["key"]
    assert second["rules"]["rules"]["no_go"]["version"] == "2"
    assert record(copied)["inputs"]["rules"]["path"] == str(other)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (None, "--rules: there is no file"),
        ("rules: []\n", "jurisdiction is missing"),
        ("jurisdiction: X\nrule: []\n", "rule is no key of a rule set. Did you mean rules"),
    ],
)
def test_wrong_rules_are_refused_before_anything_is_read(run, tmp_path, rules, message):
    path = tmp_path / "rules.yaml"
    if rules:
        path.write_text(rules)
    ended = run(f"--rules={path}")
    assert ended.code == 2
    assert message in ended.said
    assert not (ended.output / "cube").exists()


def test_leases_without_dates_and_in_dispute_are_said_once_and_kept_in_run_json(
    run, archive, copied, tmp_path
):
    told = json.loads(archive.leases.read_text())
    lease = told["features"][0]
    for name in ("valid_from", "valid_to"):
        lease["properties"].pop(name)
    rival = {"lease_id": "ZZ", "holder": "Another Company"}
    told["features"] = [lease, {**lease, "properties": rival}]
    leases = tmp_path / "leases.geojson"
    leases.write_text(json.dumps(told))
    ended = run(STEPS, f"--leases={leases}", output=copied)
    assert ended.code == 0
    assert ended.said.count("none of the leases has a date: taken as valid always") == 1
    names = f"leases {lease['properties']['lease_id']} of {lease['properties']['holder']} and ZZ"
    assert f"{names} of Another Company both claim" in ended.said
    assert len(record(copied)["steps"]["zones"]["law_notes"]) == 2
    listed = (copied / "final" / "alerts" / "contested_leases.csv").read_text()
    assert "ZZ,Another Company" in listed


def test_mines_of_which_no_law_speaks_stay_unknown_and_unruled(run, archive, copied, tmp_path):
    told = json.loads(archive.leases.read_text())
    told["features"] = told["features"][:1]
    leases = tmp_path / "leases.geojson"
    leases.write_text(json.dumps(told))
    none = tmp_path / "zones.geojson"
    far = [[[10.0, 50.0], [10.1, 50.0], [10.1, 50.1], [10.0, 50.0]]]
    zone = {"type": "Feature", "properties": {"zone_id": "far", "zone_type": "water"},
            "geometry": {"type": "Polygon", "coordinates": far}}  # fmt: skip
    none.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    ended = run(STEPS, f"--leases={leases}", f"--zones={none}", output=copied)
    assert ended.code == 0
    assert "1 LEGAL, 1 UNKNOWN" in ended.said
