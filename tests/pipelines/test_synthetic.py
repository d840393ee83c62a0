"""Synthetic zones of a run: from the first year's pictures only, and marked wherever they are."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import xarray as xr

from analysis.baseline import BaselineRule
from analysis.synthetic_zones import SYNTHETIC_NOTE, SYNTHETIC_SOURCE, SyntheticRule, is_synthetic
from cube.contract import CubeError
from cube.store import open_cube
from pipelines import full_run, inspect, synthetic, verdict
from pipelines.config import run_config
from pipelines.law import DATES, SYNTHETIC_ZONES, law_hashes, law_of
from tests.conftest import run_arguments

LATER = "--steps=validate,synthetic,zones,enforce"


SMALL = ("--compliance.min_area_ha=0.05", "--accept-changes")
"""A mine of 64 pixels digs too little in such a zone for an alert at the usual minimum."""


@pytest.fixture(scope="module")
def output(archive, small_run, tmp_path_factory) -> Path:
    """A whole run over the small archive, then told to draw synthetic zones; up to the alerts."""
    folder = tmp_path_factory.mktemp("synthetic") / "outputs"
    shutil.copytree(small_run, folder)
    told = [*run_arguments(archive), f"--output={folder}", "--synthetic-zones", LATER, *SMALL]
    assert full_run.main(told) == 0
    return folder


def drawn(output: Path) -> gpd.GeoDataFrame:
    zones = gpd.read_parquet(output / SYNTHETIC_ZONES)
    return gpd.GeoDataFrame(zones.astype(dict.fromkeys(DATES, "datetime64[s]")))


def test_zones_of_every_mine_are_marked_and_hold_from_the_end_of_the_history(output):
    zones = drawn(output)
    assert set(zones["zone_type"]) <= {"forest", "water"}
    assert zones["zone_id"].str.contains("SIM_000").any()
    assert zones["zone_id"].map(is_synthetic).all()
    assert (zones["source"] == SYNTHETIC_SOURCE).all()
    acquired = open_cube(output / "cube", raw=True, chunks=None)["acquired"].values
    first, last = np.nanmin(acquired), np.nanmax(acquired)
    begins = zones["valid_from"].to_numpy()
    assert (begins <= first + (last - first) / 2 + np.timedelta64(1, "D")).all()
    assert (begins > first + np.timedelta64(300, "D")).all()


def test_the_geojson_says_what_they_are_and_has_the_same_zones(output):
    told = json.loads((output / SYNTHETIC_ZONES.with_suffix(".geojson")).read_text())
    assert told["description"].startswith("Synthetic zones, for demonstration only")
    assert [f["properties"]["zone_id"] for f in told["features"]] == drawn(output)[
        "zone_id"
    ].tolist()
    assert {f["properties"]["source"] for f in told["features"]} == {SYNTHETIC_SOURCE}


def test_no_slot_after_the_history_is_looked_at(output, monkeypatch):
    """Later slots may hold anything, the zones are the same; the first year's matter."""
    repository = str(output / "cube")
    cube = open_cube(repository, raw=True, chunks=None).load()
    snapshot = str(cube.attrs["snapshot"])
    history = synthetic._history(cube, "SIM_000", run_config(None, {}).detection.baseline)
    assert history is not None
    (count,) = history.slots
    assert 30 < count < cube.sizes["time"] - 30

    def spoilt(here: slice):
        other = cube.copy(deep=True)
        other["reflectance"][:, here] = 1
        monkeypatch.setattr(synthetic, "open_cube", lambda *_, **__: other)
        return synthetic.mine_zones(repository, snapshot, history, SyntheticRule())

    truth = drawn(output)
    truth = truth[truth["zone_id"].str.contains("SIM_000")].reset_index(drop=True)
    assert len(truth)
    pd.testing.assert_frame_equal(spoilt(slice(count, None)), truth)
    assert len(spoilt(slice(0, count))) == 0


def test_the_history_ends_with_its_last_acquisition_though_slots_were_missed():
    """Two years of ten-day slots, every third without an image: the first year is history."""
    days = np.datetime64("2021-01-01") + 10 * np.arange(74)
    acquired = np.where(np.arange(74) % 3 == 1, np.datetime64("NaT"), days)
    cube = xr.Dataset(
        {"acquired": (("mine", "time"), np.stack([acquired, np.full(74, np.datetime64("NaT"))]))},
        coords={"mine_id": ("mine", ["CIL_001", "CIL_001"])},
    )
    found = synthetic._history(cube, "CIL_001", BaselineRule())
    # from 2021-01-01 to 2023-01-01 (slot 73) are 730 days: slots 0 to 36 of ten days each begin
    # within 365; slot 36, the last with an image, on 2021-12-27
    assert found == synthetic.History([0], [37], "2021-12-28")
    assert synthetic._history(cube.isel(mine=[1]), "CIL_001", BaselineRule()) is None


def test_the_law_of_the_run_has_given_and_synthetic_zones_together(output, archive):
    told = {"zones": str(archive.zones), "leases": str(archive.leases), "output": str(output)}
    given, _ = law_of(run_config(None, told))
    both, _ = law_of(run_config(None, told | {"synthetic_zones": True}))
    assert both["zone_id"].tolist() == given["zone_id"].tolist() + drawn(output)["zone_id"].tolist()
    assert both.dtypes.to_dict() == given.dtypes.to_dict()
    assert both.crs == given.crs
    with_them = law_hashes(run_config(None, told | {"synthetic_zones": True}))
    assert with_them[:2] == law_hashes(run_config(None, told))


def test_a_run_that_never_drew_them_or_was_given_them_as_law_is_refused(output, tmp_path):
    with pytest.raises(CubeError, match=r"no synthetic zones in .* yet: run the step synthetic"):
        law_of(run_config(None, {"output": str(tmp_path), "synthetic_zones": True}))
    given = str(output / SYNTHETIC_ZONES.with_suffix(".geojson"))
    told = {"output": str(output), "zones": given, "synthetic_zones": True}
    with pytest.raises(CubeError, match=r"'synthetic-.*' of .* is that of a synthetic zone"):
        law_of(run_config(None, told))


def test_a_damaged_table_of_zones_is_refused(output, tmp_path):
    (tmp_path / "validation").mkdir()
    (tmp_path / SYNTHETIC_ZONES).write_bytes(b"PAR1")
    with pytest.raises(CubeError, match=r"is damaged .*Bring it back, or make it again"):
        law_of(run_config(None, {"output": str(tmp_path), "synthetic_zones": True}))


def test_they_are_drawn_once_and_taken_away_when_asked_for_no_more(archive, output, capsys):
    told = [*run_arguments(archive), f"--output={output}", LATER, *SMALL]
    bytes_before = (output / SYNTHETIC_ZONES).read_bytes()
    assert full_run.main([*told, "--synthetic-zones"]) == 0
    assert "synthetic  zones unchanged" in capsys.readouterr().out
    assert (output / SYNTHETIC_ZONES).read_bytes() == bytes_before
    try:
        assert full_run.main(told) == 0
        assert not (output / SYNTHETIC_ZONES).exists()
        assigned = (output / "validation/step2_zone_assignments.csv").read_text()
        assert "synthetic" not in assigned
    finally:
        assert full_run.main([*told, "--synthetic-zones"]) == 0
    assert (output / SYNTHETIC_ZONES).read_bytes() == bytes_before


def synthetic_alerts(output: Path) -> set[str]:
    alerts = gpd.read_parquet(output / "final/alerts/violation_alerts.parquet")
    return set(alerts.loc[alerts["zone_id"].map(is_synthetic), "alert_id"])


def records(path: Path) -> list[str]:
    """What a file says, record by record: rows, features, lines, or the whole of a page."""
    if path.suffix == ".csv":
        return [str(row) for row in pd.read_csv(path, dtype=str).to_dict("records")]
    if path.suffix == ".parquet":
        return [str(row) for row in pd.read_parquet(path).to_dict("records")]
    if path.suffix == ".gpkg":
        layers = pyogrio.list_layers(path)[:, 0]
        tables = [pyogrio.read_dataframe(path, layer=str(layer)) for layer in layers]
        return [str(row) for table in tables for row in table.to_dict("records")]
    if path.suffix in (".jsonl", ".sha256"):
        return path.read_text().splitlines()
    if path.suffix in (".json", ".geojson"):
        told = json.loads(path.read_text())
        features = told.get("features", [told]) if isinstance(told, dict) else [told]
        return [json.dumps(feature) for feature in features]
    return [path.read_text()] if path.suffix in (".html", ".qml") else []


def test_every_record_of_an_alert_in_such_a_zone_bears_the_mark(output):
    """Up to the alerts: tables, ledger, assignments and metrics."""
    ids = synthetic_alerts(output)
    assert ids
    assert_marked(output, ids)
    alerts = gpd.read_parquet(output / "final/alerts/violation_alerts.parquet")
    for reason in alerts.loc[alerts["alert_id"].isin(ids), "reason"]:
        assert SYNTHETIC_NOTE in reason
    metrics = json.loads((output / "final/metrics/evaluation_metrics.json").read_text())
    kinds = metrics["violations"]["by_zone_type"]
    assert sum(n for kind, n in kinds.items() if kind.startswith("synthetic ")) == len(ids)


def assert_marked(output: Path, ids: set[str]) -> int:
    """No record that has an alert or a zone of these lacks the word; how many there are."""
    names = {zone.removeprefix("synthetic-") for zone in drawn(output)["zone_id"]}
    seen = 0
    for path in sorted(output.rglob("*")):
        if path.is_dir() or path.relative_to(output).parts[0] in ("archive", "cube", "run.json"):
            continue
        for record in records(path):
            named = [one for one in ids | names if one in record]
            if named and path.suffix != ".sha256":
                seen += 1
                assert "synthetic" in record, f"{path} names {named[0]} without the mark"
            bare = [name for name in names if name in record.replace(f"synthetic-{name}", "")]
            assert not bare, f"{path} names {bare[0]} without its prefix"
    assert seen
    return seen


@pytest.mark.slow
def test_no_output_of_a_whole_run_that_names_such_a_zone_lacks_the_mark(
    archive, small_run, tmp_path, capsys
):
    output = Path(shutil.copytree(small_run, tmp_path / "outputs"))
    told = [*run_arguments(archive), f"--output={output}", "--synthetic-zones", *SMALL]
    assert full_run.main(told) == 0
    said = capsys.readouterr().out
    assert "synthetic forest" in said or "synthetic water" in said
    ids = synthetic_alerts(output)
    assert ids
    assert_marked(output, ids)
    for alert_id in sorted(ids):
        page = (output / f"final/evidence/{alert_id}.html").read_text()
        assert page.lower().count("synthetic") > page.count("synthetic-")
    report = (output / "final/reports/report.html").read_text()
    assert f"{len(ids)} lie in such a zone and break no law" in report
    with sqlite3.connect(output / "results.sqlite") as database:
        rows = database.execute("select alert_id, zone_id, reason from alerts").fetchall()
    found = {alert: zone + reason for alert, zone, reason in rows if alert in ids}
    assert set(found) == ids
    assert all("synthetic" in words for words in found.values())
    assert inspect.main([f"--output={output}", "--visits=9"]) == 0
    visits = pd.read_csv(output / "final/inspections.csv")
    for row in visits.to_dict("records"):
        assert ("synthetic" in row["sum"]) == bool(ids & set(row["alert_ids"].split(";")))
    capsys.readouterr()
    assert verdict.main([f"--output={output}", "--list"]) == 0
    listed = [line for line in capsys.readouterr().out.splitlines() if line[:16] in ids]
    assert len(listed) == len(ids)
    assert all("synthetic" in line for line in listed)
