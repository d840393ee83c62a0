"""A whole run leaves what DESIGN.md lists, a rerun leaves it alone, and it agrees with truth."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.metadata import version

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from analysis.compliance import ComplianceRule
from cube import open_cube, open_results
from cube.contract import CORE_BANDS, Quality, State
from cube.simulate.truth import read_truth
from cube.store import stored_windows
from pipelines import full_run
from pipelines.config import STEPS
from tests.conftest import run_arguments
from tests.pipelines.runs import outputs

MINES = ("SIM_000", "SIM_001")

FILES = {
    "validation/validated_mines.parquet",
    "validation/rejected_mines.csv",
    "validation/step2_zone_assignments.csv",
    *(f"regions/mine_{mine}_regions.json" for mine in MINES),
    "regions.parquet",
    "final/alerts/violation_alerts.csv",
    "final/alerts/violation_alerts.geojson",
    "final/alerts/violation_alerts.parquet",
    "final/alerts/watch_list.csv",
    "final/alerts/watch_list.geojson",
    "final/alerts/boundaries.csv",
    "final/alerts/contested_leases.csv",
    "final/metrics/evaluation_metrics.json",
    "final/metrics/observability.csv",
    "final/metrics/monthly_areas.csv",
    "final/metrics/rates.csv",
    "final/metrics/encroachment.csv",
    "final/reports/report.html",
    "final/metrics/spectral_signature.json",
    "final/reports/spectral_signature.png",
    "final/reports/summary_statistics.png",
    *(f"final/reports/quicklooks/mine_{mine}.png" for mine in MINES),
}

ALERTS = [
    *("alert_id", "mine_id", "zone_id", "zone_type", "rule"),
    *("first_violation_date", "confirmed_date", "area_ha", "growth_ha_per_month"),
    *("severity", "confidence", "state", "reason"),
]


def again(archive, output, *more: str) -> int:
    return full_run.main([*run_arguments(archive), "--output", str(output), *more])


HANDED_ON = ("final/evidence/", "final/gis/", "final/stac/", "final/exports.sha256")
"""Where the steps after the report put what they hand on; their own tests say what that is."""


def own_outputs(folder) -> dict[str, bytes]:
    """The outputs up to the report."""
    found = outputs(folder).items()
    return {name: content for name, content in found if not name.startswith(HANDED_ON)}


def test_the_outputs_are_those_of_the_design(small_run):
    assert set(own_outputs(small_run)) == FILES


def test_the_cube_has_the_designs_arrays(small_run):
    raw = open_cube(small_run / "cube", raw=True)
    series, slots = ("mine", "time", "y", "x"), ("mine", "time")
    expected = {
        "reflectance": (("mine", "time", "band", "y", "x"), "uint16"),
        "quality": (series, "uint8"),
        "acquired": (slots, "datetime64[ns]"),
        "source_items": (slots, "object"),
    }
    for name, (dims, dtype) in expected.items():
        assert (raw[name].dims, str(raw[name].dtype)) == (dims, dtype), name
    assert raw["band"].values.tolist() == list(CORE_BANDS)
    assert raw["quality"].attrs["flag_meanings"].split()[Quality.READ_FAILED] == "read_failed"
    assert dict(raw.sizes) == {"mine": 2, "time": 73, "band": 6, "y": 64, "x": 64}
    assert (np.diff(raw["time"].values) == np.timedelta64(10, "D")).all()
    assert raw["time"].values[0] == np.datetime64("2021-01-01")


def test_every_month_of_every_mine_says_what_could_be_seen(small_run):
    months = pd.read_csv(small_run / "final" / "metrics" / "observability.csv")
    assert months.groupby("mine_id").size().to_dict() == dict.fromkeys(MINES, 24)
    assert set(months["status"]) <= {"activity", "none", "not_observable"}
    first_year = months[months["month"] < "2021-12"]
    assert "none" not in set(first_year["status"])  # no yardstick yet: nothing is ruled out
    nothing = months[months["status"] == "none"]
    assert (nothing["judged_share"] >= 0.5).all()
    assert (nothing["opened_ha"] == 0).all()
    dug = months[months["opened_ha"] > 0]
    assert len(dug)
    assert (dug["status"] == "activity").all()


def test_every_standing_region_says_why_it_is_called_dug(small_run):
    history = gpd.read_parquet(small_run / "regions.parquet")
    for mine in MINES:
        record = json.loads((small_run / "regions" / f"mine_{mine}_regions.json").read_text())
        for region in record["regions"]:
            if region["merged_into"]:
                continue
            assert region["label"] == "excavation"
            assert "clear look" in region["because"]
            assert "detectors agree" in region["because"]
            rows = history[history["region_id"] == region["region_id"]]
            assert set(rows["because"]) == {region["because"]}


def test_the_results_have_the_designs_arrays_and_name_the_cube_they_read(small_run):
    results = open_results(small_run / "cube")
    series, area = ("mine", "time", "y", "x"), ("mine", "y", "x")
    expected = {
        "change": (series, "bool"),
        "state": (series, "uint8"),
        "excavated": (series, "bool"),
        "onset": (area, "datetime64[ns]"),
        "detected": (area, "datetime64[ns]"),
        "confirmed": (area, "datetime64[ns]"),
        "confidence": (area, "float32"),
        "analysed": (("mine",), "bool"),
    }
    assert set(results.data_vars) == set(expected)
    for name, (dims, dtype) in expected.items():
        assert (results[name].dims, str(results[name].dtype)) == (dims, dtype), name
    assert results["state"].attrs["flag_meanings"].split()[State.FINISHED] == "finished"
    assert results["mine_id"].values.tolist() == list(MINES)
    run = json.loads((small_run / "run.json").read_text())
    assert run["snapshots"] == {
        "cube": results.attrs["cube_snapshot"],
        "results": results.attrs["snapshot"],
    }
    older = open_cube(small_run / "cube", raw=True, snapshot=run["snapshots"]["cube"])
    assert (older["quality"] == open_cube(small_run / "cube", raw=True)["quality"]).all()


def test_the_tables_have_the_designs_columns_and_types(small_run):
    rejected = pd.read_csv(small_run / "validation/rejected_mines.csv")
    assert rejected.columns.tolist() == ["row", "mine_id", "reason"]
    mines = gpd.read_parquet(small_run / "validation/validated_mines.parquet")
    assert mines["mine_id"].tolist() == list(MINES)
    assert mines["epsg"].dtype == "int64"
    assert mines.crs.to_epsg() == 4326
    assigned = pd.read_csv(small_run / "validation/step2_zone_assignments.csv")
    assert dict(zip(assigned["mine_id"], assigned["zone"], strict=True)) == {
        "SIM_000": "LEGAL",
        "SIM_001": "NO-GO",
    }
    alerts = gpd.read_parquet(small_run / "final/alerts/violation_alerts.parquet")
    assert alerts.columns.tolist() == [*ALERTS, "geometry"]
    kinds = {name: alerts[name].dtype.kind for name in ALERTS}
    assert [name for name in ALERTS if kinds[name] == "M"] == [
        "first_violation_date",
        "confirmed_date",
    ]
    assert [name for name in ALERTS if kinds[name] == "f"] == [
        "area_ha",
        "growth_ha_per_month",
        "confidence",
    ]
    table = pd.read_csv(small_run / "final/alerts/violation_alerts.csv")
    assert table.columns.tolist() == ALERTS
    features = json.loads((small_run / "final/alerts/violation_alerts.geojson").read_text())
    assert len(features["features"]) == len(table) == len(alerts)
    regions = gpd.read_parquet(small_run / "regions.parquet")
    assert regions.crs.to_epsg() == 4326
    assert set(regions["mine_id"]) == set(MINES)


def test_the_regions_the_results_and_the_metrics_agree(small_run):
    results = open_results(small_run / "cube")
    metrics = json.loads((small_run / "final/metrics/evaluation_metrics.json").read_text())
    history = gpd.read_parquet(small_run / "regions.parquet")
    total = 0.0
    for number, mine in enumerate(MINES):
        record = json.loads((small_run / f"regions/mine_{mine}_regions.json").read_text())
        dug = results["excavated"].isel(mine=number)
        by_date = 0.01 * dug.sum(("y", "x")).values
        assert len(record["area_ha"]) == results.sizes["time"]
        assert np.all(np.diff(by_date) >= 0)  # the envelope never shrinks
        assert np.all(np.array(record["area_ha"]) <= by_date + 1e-6)  # small regions are left out
        assert record["area_ha"][-1] == pytest.approx(record["total_excavated_ha"], abs=0.01)
        last = history[(history["mine_id"] == mine) & (history["date"] == history["date"].max())]
        assert last["area_ha"].sum() == pytest.approx(record["total_excavated_ha"], abs=0.01)
        total += record["total_excavated_ha"]
    assert metrics["excavated_ha"] == pytest.approx(total, abs=0.01)
    assert metrics["mines"] == 2


def test_run_json_says_what_made_the_run(small_run, archive):
    run = json.loads((small_run / "run.json").read_text())
    assert run["minecube"] == version("minecube")
    assert run["versions"]["icechunk"] == version("icechunk")
    assert run["settings"]["period"] == "2021-01-01/2022-12-31"
    assert run["settings"]["slots"]["cadence_days"] == 10
    assert run["settings"]["compliance"]["min_area_ha"] == ComplianceRule().min_area_ha
    assert run["failed_mines"] == []
    for name in ("mines", "leases", "zones"):
        file = getattr(archive, name)
        assert run["inputs"][name]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    items = hashlib.sha256(archive.items.read_bytes()).hexdigest()
    assert run["inputs"]["catalog"]["sha256"] == items
    assert set(run["steps"]) == set(STEPS) - {"synthetic"}  # off unless asked for
    assert all(step["seconds"] >= 0 for step in run["steps"].values())
    assert run["steps"]["ingest"]["slots"] == 2 * 73
    listed = {name for step in run["steps"].values() for name in step["files"]}
    assert listed >= FILES
    for name, content in own_outputs(small_run).items():
        hashes = [step["files"].get(name) for step in run["steps"].values()]
        assert hashlib.sha256(content).hexdigest() in hashes


def test_the_report_asks_the_network_for_nothing(small_run):
    page = (small_run / "final/reports/report.html").read_text()
    assert "SIM_001" in page
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    assert page.count("data:image/webp;base64,") == 2 * 2  # both mines, before and after
    assert "<script" not in page


def test_a_second_run_changes_no_byte_and_says_so(small_run, archive, capsys):
    progress = small_run / "runs" / "progress.json"  # says how far a run is, whatever it does
    told = small_run / "run.json"  # the folder was copied: it says where it lay
    settings = json.loads(told.read_text())["settings"]["output"]
    told.write_text(told.read_text().replace(json.dumps(settings), json.dumps(str(small_run))))
    before = {p: p.read_bytes() for p in small_run.rglob("*") if p.is_file() and p != progress}
    stamps = {p: p.stat().st_mtime_ns for p in before if p.name not in ("run.json", "cube.lock")}
    assert again(archive, small_run) == 0
    assert "Nothing to do: the cube and all results are as they were." in capsys.readouterr().out
    assert {
        p: p.read_bytes() for p in small_run.rglob("*") if p.is_file() and p != progress
    } == before
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps


def test_what_is_dug_lies_where_mining_opened_ground(small_run, archive):
    """Small pits at the edge of what can be seen: sane bounds; accuracy is measured elsewhere."""
    results = open_results(small_run / "cube").load()
    for number, window in enumerate(stored_windows(results)):
        truth = read_truth(archive.truth(window.mine_id), window)
        opened = ~np.isnat(truth["onset"].values)
        dug = results["excavated"].values[number, -1]
        beside = np.pad(opened, 1)
        near = sum(
            beside[1 + dy : 65 + dy, 1 + dx : 65 + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)
        )
        assert dug.sum() > 30
        assert (dug & (near > 0)).sum() >= 0.95 * dug.sum()
        both = dug & opened
        late = results["confirmed"].values[number] - truth["onset"].values
        assert np.median(late[both]) > np.timedelta64(0, "D")
