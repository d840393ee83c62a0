"""Another law held against a finished run: shown without a trace, entered by a real run."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from analysis.alert_states import alert_records
from cube.contract import CubeError
from pipelines import full_run, replay
from pipelines.law_preview import OtherLaw, law_preview
from pipelines.law_versions import VERSIONS, law_versions
from pipelines.ledger_file import read_ledger
from tests.conftest import run_arguments

ENFORCE = "--steps=validate,zones,enforce"


@pytest.fixture(scope="module")
def output(small_run, tmp_path_factory) -> Path:
    """A finished run; its alerts are of the law it was given."""
    folder = tmp_path_factory.mktemp("replay") / "outputs"
    return Path(shutil.copytree(small_run, folder))


@pytest.fixture(scope="module")
def forest(output, archive, tmp_path_factory) -> Path:
    """The archive's zones, and one more over all that SIM_000 has dug."""
    regions = gpd.read_parquet(output / "regions.parquet")
    dug = regions[regions["mine_id"] == "SIM_000"].union_all().convex_hull.buffer(0.001)
    zones = gpd.read_file(archive.zones)
    more = gpd.GeoDataFrame(
        {"zone_id": ["F9"], "zone_type": ["forest"]}, geometry=[dug], crs=zones.crs
    )
    path = tmp_path_factory.mktemp("law") / "forest.geojson"
    pd.concat([zones, more]).to_file(path)
    return path


def digest(folder: Path) -> str:
    """Of every file below a folder, and of its name."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(f"{path} {path.read_bytes().hex() if path.is_file() else ''}".encode())
    return found.hexdigest()


def states(output: Path) -> dict[str, str]:
    records = alert_records(read_ledger(output).entries)
    return {str(r.numbers["zone_id"]): r.state for r in records.values()}


def test_a_preview_shows_what_would_appear_and_leaves_no_trace(output, forest):
    before = digest(output)
    preview = law_preview(output, OtherLaw(zones=str(forest)))
    row = preview.change.alerts.iloc[0]
    assert (row.mine_id, row.zone_id, row.change) == ("SIM_000", "F9", "appears")
    assert row.because == "zone F9 (added)"
    assert row.area_after_ha > 0.1
    totals = preview.change.totals
    assert totals["before_ha"].sum() == pytest.approx(totals["after_ha"].sum())
    assert totals["after_ha"]["no_go"] > totals["before_ha"]["no_go"] + 0.1
    assert not preview.failed
    assert digest(output) == before


def test_the_same_law_changes_nothing(output, archive):
    preview = law_preview(output, OtherLaw(zones=str(archive.zones), leases=str(archive.leases)))
    assert preview.change.alerts.empty
    assert preview.change.features.empty
    open_ = [state for state in states(output).values() if state == "open"]
    assert preview.change.unchanged == len(open_)


def test_a_run_with_the_changed_law_enters_what_the_preview_showed(archive, output, forest, capsys):
    """A zone added, then taken away again: opened because of it, superseded and not retracted."""
    shown = law_preview(output, OtherLaw(zones=str(forest))).change.alerts.iloc[0]
    told = [*run_arguments(archive), f"--output={output}", ENFORCE]
    assert full_run.main([*told, f"--zones={forest}"]) == 0
    entry = read_ledger(output).entries[-1]
    assert (entry.act, entry.alert_id) == ("opened", shown.alert_id)
    assert entry.numbers["area_ha"] == pytest.approx(shown.area_after_ha, abs=1e-4)
    sha256 = law_versions(output)[-1].sha256
    because = f"The law changed: forest.geojson (sha256 {sha256[:12]}): zone F9 (added). "
    assert entry.why.startswith(because)
    day = law_versions(output)[0].since[:10]

    capsys.readouterr()
    assert full_run.main(told) == 0
    entry = read_ledger(output).entries[-1]
    assert (entry.act, entry.state, entry.alert_id) == ("superseded", "superseded", shown.alert_id)
    assert entry.why.endswith(": zone F9 (removed).")
    alerts = gpd.read_parquet(output / "final/alerts/violation_alerts.parquet").set_index("zone_id")
    assert alerts["state"]["F9"] == "superseded"
    assert alerts["reason"]["F9"] == entry.why
    assert [one.name for one in law_versions(output) if one.layer == "zones"] == [
        "zones.geojson", "forest.geojson", "zones.geojson"]  # fmt: skip
    count = len(read_ledger(output).entries)
    assert full_run.main(told) == 0
    assert len(read_ledger(output).entries) == count

    # all three lines are of today, whose last law is the one in use
    preview = law_preview(output, OtherLaw(as_known=day))
    assert preview.change.alerts.empty
    lines = (output / VERSIONS).read_text().splitlines()
    later = [json.loads(line) | {"since": "9999-01-01T00:00:00Z"} for line in lines[-1:]]
    whole = (output / VERSIONS).read_text()
    try:
        text = "\n".join([*lines[:-1], *map(json.dumps, later), ""])
        (output / VERSIONS).write_text(text)
        preview = law_preview(output, OtherLaw(as_known=day))
        assert preview.change.alerts["change"].tolist() == ["appears"]
        assert preview.change.alerts["zone_id"].tolist() == ["F9"]
    finally:
        (output / VERSIONS).write_text(whole)


@pytest.mark.slow
def test_a_run_killed_before_its_alerts_were_entered_sees_the_change_again(
    archive, output, forest, monkeypatch
):
    told = [*run_arguments(archive), f"--output={output}", ENFORCE]
    count = len(law_versions(output))

    def dies(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.enforce.record_alerts", dies)
        assert full_run.main([*told, f"--zones={forest}"]) == 130
    assert len(law_versions(output)) == count
    assert full_run.main([*told, f"--zones={forest}"]) == 0
    assert read_ledger(output).entries[-1].act == "found"
    assert "The law changed: forest.geojson" in read_ledger(output).entries[-1].why
    assert full_run.main(told) == 0


def test_the_command_says_what_would_change_and_json_has_it_all(output, forest, capsys):
    told = [f"--output={output}", f"--zones={forest}"]
    assert replay.main(told) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "zone F9: added" in said
    assert "1 would appear, 0 vanish, 0 change;" in said
    assert "Nothing was written." in said
    assert replay.main([*told, "--json", "--cluster=threads"]) == 0
    found = json.loads(capsys.readouterr().out)
    (alert,) = found["alerts"]
    assert (alert["zone_id"], alert["since_before"]) == ("F9", None)
    assert alert["since_after"].startswith("202")
    assert found["features"] == [
        {"layer": "zones", "feature": "F9", "change": "added", "mine_id": ""}
    ]
    assert {row["mine_id"] for row in found["hectares"]} == {"SIM_000", "SIM_001"}


def test_the_versions_are_listed(output, tmp_path, capsys):
    assert replay.main([f"--output={output}", "--versions"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(law_versions(output))
    assert "leases.geojson (sha256 " in said[1]
    assert replay.main([f"--output={tmp_path}", "--versions"]) == 0
    assert "No run has kept the law" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "no other law is given to hold the ground against"),
        (["--zones=absent.geojson"], "There is no file absent.geojson"),
        (["--as-known=yesterday"], "'yesterday' is no date"),
        (["--as-known=1999-01-01"], "no law was known to"),
        (["--rules=absent.yaml"], "absent.yaml"),
    ],
)
def test_what_cannot_be_compared_is_refused(output, flags, words, capsys):
    assert replay.main([f"--output={output}", *flags]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert words in said


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert replay.main([f"--output={tmp_path}/absent", "--versions"]) == 2
    assert "there is no folder" in capsys.readouterr().err
    with pytest.raises(CubeError, match="there is no run in"):
        law_preview(tmp_path, OtherLaw(as_known="2023-11-08"))
