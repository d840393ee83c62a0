"""Names that others gave: unfit for files, formulas, markup; they do nothing."""

from __future__ import annotations

import csv
import json

import pytest

from tests.pipelines.attempts import collection


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "<b>x</b>", "[/]", ".hidden", "a\nb", "\u202egpj", "€" * 40, ""]
)
def test_an_id_unfit_for_a_file_name_costs_its_mine(run, archive, tmp_path, name):
    features = json.loads(archive.mines.read_text())["features"]
    features[0]["properties"]["mine_id"] = name
    ended = run(f"--mines={collection(tmp_path / 'm.geojson', features)}", "--steps=validate")
    assert ended.code == 0
    assert "1 mine (" in ended.said
    assert "1 rejected" in ended.said
    outside = [path for path in tmp_path.iterdir() if path.name not in ("outputs", "m.geojson")]
    assert outside == []


def test_names_of_others_run_nothing_in_csv_or_html(run, archive, tmp_path):
    evil = "<script>alert(1)</script>"
    names = {"SIM_000": "NaN", "SIM_001": "=1+1 $a$"}
    mines = json.loads(archive.mines.read_text())["features"]
    zones = json.loads(archive.zones.read_text())["features"]
    leases = json.loads(archive.leases.read_text())["features"]
    for mine in mines:
        mine["properties"] |= {"mine_id": names[mine["properties"]["mine_id"]], "state": evil}
    for zone in zones:
        zone["properties"] |= {"zone_id": f"=cmd|{evil}{zone['properties']['zone_id']}"}
    zones[0]["geometry"] = mines[1]["geometry"]  # all that is dug there is dug in a zone
    for lease in leases:
        lease["properties"] |= {"mine_id": "", "holder": "@SUM(A1)", "source": evil}
    told = [
        f"--{name}={collection(tmp_path / f'{name}.geojson', features)}"
        for name, features in (("mines", mines), ("zones", zones), ("leases", leases))
    ]
    told += ["--steps=validate..report", "--compliance.min_standing_slots=1"]
    ended = run(*told, "--report.quicklooks=1", period="--period=2021-01-01/2021-12-31")
    assert ended.code == 0
    page = (ended.output / "final/reports/report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page  # the zone of a violation, shown as it is written
    with (ended.output / "validation/step2_zone_assignments.csv").open(newline="") as stream:
        laws = {row["mine_id"]: row["zone"] for row in csv.DictReader(stream)}
    assert laws == {"NaN": "LEGAL", "'=1+1 $a$": "NO-GO"}
    assert "NaN" in ended.said
    assert "=1+1 $a$" in ended.said
    for path in ended.output.rglob("*.csv"):
        with path.open(newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))], path
    alerts = json.loads((ended.output / "final/alerts/violation_alerts.geojson").read_text())
    assert alerts["features"][0]["properties"]["mine_id"] == "=1+1 $a$"
