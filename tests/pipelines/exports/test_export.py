"""The step `export` on a whole run: what it leaves, that it is valid, and that it agrees."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pystac
import pytest
import rasterio
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from rich.console import Console

from analysis.alert_states import STANDING
from cube.contract import CubeError
from cube.windows import WindowSettings
from pipelines.config import RunConfig
from pipelines.exports import export, step
from pipelines.exports.layers import LAYERS
from pipelines.exports.stac_items import SHA256
from pipelines.job import Job
from pipelines.run_record import RunRecord
from tests.pipelines.exports.extension_schemas import schemas
from tests.pipelines.exports.test_vector_files import columns_in

MINES = ("SIM_000", "SIM_001")


def job_of(archive, output: Path, **told: str) -> Job:
    config = RunConfig(
        mines=str(archive.mines),
        catalog=str(archive.items),
        leases=str(archive.leases),
        period="2021-01-01/2022-12-31",
        output=str(output),
        cluster="threads",
        windows=WindowSettings(64),
        **({"zones": str(archive.zones)} | told),
    )
    return Job(config, RunRecord(output), Console(quiet=True))


def exported(archive, output: Path) -> Job:
    """A run's folder with the step `export` done on it."""
    job = job_of(archive, output)
    try:
        export(job, gpd.read_parquet(output / "validation/validated_mines.parquet"))
    finally:
        job.close()
    return job


def copied(run: Path, folder: Path) -> Path:
    """A run's folder, as it was before anything was exported."""
    shutil.copytree(run, folder)
    for name in ("gis", "stac"):
        shutil.rmtree(folder / "final" / name, ignore_errors=True)
    record = RunRecord(folder)
    record.data["steps"].pop("export", None)
    record.write()
    return folder


@pytest.fixture(scope="module")
def output(archive, small_run, tmp_path_factory) -> Path:
    folder = copied(small_run, tmp_path_factory.mktemp("exports") / "run")
    exported(archive, folder)
    return folder


@pytest.fixture(scope="module")
def catalog(output) -> pystac.Catalog:
    return pystac.Catalog.from_file(str(output / "final/stac/catalog.json"))


def files(folder: Path) -> dict[str, bytes]:
    found = (p for part in ("gis", "stac") for p in (folder / "final" / part).rglob("*"))
    return {str(p.relative_to(folder)): p.read_bytes() for p in found if p.is_file()}


def test_every_layer_is_there_in_every_format_and_holds_the_same(output):
    gis = output / "final/gis"
    package = set(pyogrio.list_layers(gis / "minecube.gpkg")[:, 0])
    for name in LAYERS:
        assert name in package
        assert (gis / f"{name}.qml").exists()
        table = gpd.read_parquet(gis / f"{name}.parquet")
        for found in (
            pyogrio.read_dataframe(gis / "minecube.gpkg", layer=name),
            pyogrio.read_dataframe(gis / f"{name}.geojson"),
        ):
            assert len(found) == len(table), name
            if len(table):  # GeoJSON has no columns without features
                assert found.columns.tolist() == table.columns.tolist(), name
            bounds = found.total_bounds, table.total_bounds
            assert np.allclose(*bounds, atol=1e-6, equal_nan=True), name


def test_a_style_names_only_columns_of_its_layer(output):
    for name in LAYERS:
        style = (output / f"final/gis/{name}.qml").read_text()
        table = gpd.read_parquet(output / f"final/gis/{name}.parquet")
        assert columns_in(style) <= set(table.columns), name


def test_the_layers_agree_with_the_tables_they_come_from(output):
    alerts = gpd.read_parquet(output / "final/alerts/violation_alerts.parquet")
    found = gpd.read_parquet(output / "final/gis/alerts.parquet")
    assert found.columns.tolist() == alerts.columns.tolist()
    assert found["alert_id"].tolist() == alerts["alert_id"].tolist()
    mines = gpd.read_parquet(output / "final/gis/mines.parquet").set_index("mine_id")
    regions = gpd.read_parquet(output / "final/gis/regions.parquet")
    assert mines["violations"].sum() == alerts["state"].isin(STANDING).sum()
    for mine in MINES:
        record = json.loads((output / f"regions/mine_{mine}_regions.json").read_text())
        total = record["total_excavated_ha"]
        assert mines.loc[mine, "excavated_ha"] == total
        assert regions.loc[regions["mine_id"] == mine, "area_ha"].sum() == pytest.approx(total)


def test_the_rasters_agree_with_the_regions(output):
    for mine in MINES:
        record = json.loads((output / f"regions/mine_{mine}_regions.json").read_text())
        folder = output / "final/gis/cogs" / mine
        with rasterio.open(folder / f"{mine}_ground_2022-12.tif") as file:
            dug = np.isin(file.read(1), (1, 2, 3))
        assert 0.01 * dug.sum() == pytest.approx(record["total_excavated_ha"])
        with rasterio.open(folder / f"{mine}_dates.tif") as file:
            onset, confirmed = file.read()
        assert ((onset > 0) == dug).all()
        assert (onset[dug] <= confirmed[dug]).all()
        first = np.datetime64("1970-01-01") + int(onset[dug].min())
        assert str(first) == min(region["first_date"] for region in record["regions"])


def test_the_catalog_and_its_items_are_valid(catalog):
    validator = JsonSchemaSTACValidator()
    validator.schema_cache |= schemas()
    checked = 0
    for root, _, items in catalog.walk():
        for thing in (root, *items):
            told = thing.to_dict(include_self_link=False)
            kind = thing.STAC_OBJECT_TYPE
            extensions = told.get("stac_extensions", [])
            assert set(extensions) <= set(schemas())
            validator.validate(told, kind, told["stac_version"], extensions, thing.self_href)
            checked += 1
    assert checked > 2 * len(MINES)


def test_a_field_that_no_extension_knows_would_be_seen(catalog):
    item = next(catalog.get_items(recursive=True))
    told = item.to_dict(include_self_link=False)
    told["assets"]["ground"]["classification:classes"][0]["name"] = "two words"
    validator = JsonSchemaSTACValidator()
    validator.schema_cache |= schemas()
    with pytest.raises(pystac.errors.STACValidationError, match="two words"):
        validator.validate(told, item.STAC_OBJECT_TYPE, "1.1.0", told["stac_extensions"])


@pytest.mark.slow
def test_the_catalog_is_valid_under_the_published_schemas(catalog):
    try:
        pystac.StacIO.default().read_text(next(iter(schemas())))
    except Exception as error:
        pytest.skip(f"the published schemas cannot be reached: {error}")
    assert catalog.validate_all() > 2 * len(MINES)


def test_every_asset_is_there_with_the_size_and_hash_it_states(output, catalog):
    things = [catalog.get_child("excavation"), *catalog.get_items(recursive=True)]
    assets = [asset for thing in things for asset in thing.assets.values()]
    for asset in assets:
        content = Path(asset.get_absolute_href()).read_bytes()
        assert asset.extra_fields["file:size"] == len(content)
        stated = asset.extra_fields["file:checksum"]
        assert stated == SHA256 + hashlib.sha256(content).hexdigest()
    named = {Path(asset.get_absolute_href()) for asset in assets}
    made = {p for p in (output / "final/gis").rglob("*") if p.is_file() and p.suffix != ".qml"}
    assert named == made


def test_items_are_the_months_of_change_and_the_last(output, catalog):
    history = gpd.read_parquet(output / "regions.parquet")
    for mine in MINES:
        own = history[history["mine_id"] == mine]
        area = own.groupby("date")["area_ha"].sum()
        grew = area[area.diff().fillna(1) > 0.005].index.strftime("%Y-%m")
        items = list(catalog.get_child("excavation").get_child(mine).get_items())
        months = [item.id.removeprefix(f"{mine}-") for item in items]
        assert months == sorted({*grew, "2022-12"})
        assert [set(item.assets) for item in items[:-1]] == [{"ground"}] * (len(items) - 1)
        assert set(items[-1].assets) == {"ground", "dates", "quicklook"}
        at_end = own[own["date"] == own["date"].max()]["area_ha"].sum()
        stated = [item.properties["minecube:excavated_ha"] for item in items]
        assert stated == sorted(stated)
        assert stated[-1] == pytest.approx(at_end, abs=0.01)
        assert all(item.properties["minecube:source_items"] for item in items)


def test_the_catalog_finds_its_files_wherever_it_is_moved(output, tmp_path):
    shutil.copytree(output / "final", tmp_path / "elsewhere" / "final")
    catalog = pystac.Catalog.from_file(str(tmp_path / "elsewhere/final/stac/catalog.json"))
    for item in catalog.get_items(recursive=True):
        for asset in item.assets.values():
            path = Path(asset.get_absolute_href())
            assert tmp_path in path.parents
            assert path.exists()
    told = "".join(path.read_text() for path in (output / "final/stac").rglob("*.json"))
    assert str(output) not in told


def test_another_run_over_the_same_results_leaves_the_same_bytes(
    archive, small_run, output, tmp_path
):
    again = copied(small_run, tmp_path / "again")
    exported(archive, again)
    assert files(again) == files(output)


def test_a_second_export_does_nothing_and_what_was_removed_comes_back(
    archive, small_run, output, tmp_path
):
    folder = tmp_path / "run"
    shutil.copytree(output, folder)
    theirs = (
        folder / "final/gis/cogs/SIM_000/SIM_000_dates.tif.aux.xml",
        folder / "final/gis/my.qgz",
    )
    for path in theirs:
        path.write_text("of somebody who looked at it in QGIS")
    assert exported(archive, folder).worked == []
    before = files(folder)
    (folder / "final/gis/cogs/SIM_000/SIM_000_dates.tif").unlink()
    (folder / "final/gis/cogs/SIM_009").mkdir()
    (folder / "final/gis/cogs/SIM_009/SIM_009_dates.tif").write_bytes(b"of a mine of yesterday")
    (folder / "final/stac/.part-catalog.json").write_text("half of")
    assert exported(archive, folder).worked == ["export"]
    assert files(folder) == before
    assert not (folder / "final/gis/cogs/SIM_009").exists()
    assert all(path.exists() for path in theirs)


def test_the_list_of_hashes_is_what_sha256sum_checks(output):
    final = output / "final"
    subprocess.run(["sha256sum", "--quiet", "-c", "exports.sha256"], cwd=final, check=True)
    listed = {line[66:] for line in (final / "exports.sha256").read_text().splitlines()}
    assert {f"final/{name}" for name in listed} == set(files(output))


def test_a_mine_that_cannot_be_drawn_costs_the_others_nothing(
    archive, small_run, tmp_path, monkeypatch
):
    folder = copied(small_run, tmp_path / "run")
    draw = step.rasters_of_mine

    def broken(repository, snapshot, positions, *rest):
        if positions == [0]:
            raise ValueError("the first mine's chunks are damaged")
        return draw(repository, snapshot, positions, *rest)

    monkeypatch.setattr(step, "rasters_of_mine", broken)
    job = exported(archive, folder)
    assert [(f.mine_id, f.step) for f in job.failures] == [("SIM_000", "export")]
    catalog = pystac.Catalog.from_file(str(folder / "final/stac/catalog.json"))
    assert [child.id for child in catalog.get_child("excavation").get_children()] == ["SIM_001"]
    assert len(gpd.read_parquet(folder / "final/gis/mines.parquet")) == 2
    monkeypatch.undo()
    assert exported(archive, folder).worked == ["export"]
    assert (folder / "final/gis/cogs/SIM_000").exists()


def test_without_alerts_there_is_nothing_to_export(archive, small_run, tmp_path):
    folder = copied(small_run, tmp_path / "run")
    (folder / "final/alerts/violation_alerts.parquet").unlink()
    with pytest.raises(CubeError, match="nothing to export yet: run the step enforce first"):
        exported(archive, folder)


def test_zones_that_no_window_sees_are_left_out(archive, small_run, tmp_path):
    folder = copied(small_run, tmp_path / "run")
    zones = gpd.read_file(archive.zones)
    far = zones.iloc[:1].assign(zone_id="FAR", geometry=zones.geometry[:1].translate(5, 5))
    path = tmp_path / "zones.geojson"
    gpd.GeoDataFrame(pd.concat([zones, far], ignore_index=True)).to_file(path)
    job = job_of(archive, folder, zones=str(path))
    export(job, gpd.read_parquet(folder / "validation/validated_mines.parquet"))
    job.close()
    found = gpd.read_parquet(folder / "final/gis/zones.parquet")
    assert set(found["zone_id"]) == set(zones["zone_id"])


def test_the_geopackage_is_sound(output):
    with closing(sqlite3.connect(output / "final/gis/minecube.gpkg")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        listed = database.execute("SELECT table_name, last_change FROM gpkg_contents").fetchall()
    assert {day for _, day in listed} == {"2000-01-01T00:00:00.000Z"}
    assert {name for name, _ in listed} == {*LAYERS, "layer_styles"}
    assert not re.findall(rb"/tmp/|/home/", (output / "final/gis/minecube.gpkg").read_bytes())
