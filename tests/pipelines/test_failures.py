"""One bad mine costs that mine, one bad scene that scene; a rerun heals what can be healed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from cube import open_cube, open_results
from cube.contract import Quality
from pipelines import full_run
from tests.conftest import run_arguments
from tests.cube.sources.serving import Service, stac_service
from tests.pipelines.runs import bits, outputs

QUARTER = ("--period=2021-01-01/2021-03-31", "--report.quicklooks=0")
"""Nine whole slots, and no picture of every mine."""


def items_of(archive) -> list[dict]:
    """The archive's items, their hrefs absolute: they can be served from anywhere."""
    items = json.loads(archive.items.read_text())["features"]
    for item in items:
        for asset in item["assets"].values():
            asset["href"] = str(archive.folder / asset["href"])
    return items


def assert_as_in(small_run: Path, output: Path, mines: slice = slice(None)) -> None:
    """The first quarter of `small_run` lies in the cube of `output`, bit for bit."""
    whole = open_cube(small_run / "cube", raw=True).isel(time=slice(9), mine=mines)
    there = open_cube(output / "cube", raw=True).isel(mine=mines)
    for name in ("reflectance", "quality", "acquired", "source_items", "failed_reads"):
        assert bits(there[name].values) == bits(whole[name].values), name


@dataclass
class Blind:
    """A STAC API that answers 500 to whoever asks about one place, until it is healed."""

    items: list[dict]
    place: tuple[float, float, float, float]
    healed: bool = False
    searches: list[list[float]] = field(default_factory=list)

    @property
    def service(self) -> Service:
        whole = stac_service(self.items, page=100)

        def answer(method, path, query, headers, body):  # type: ignore[no-untyped-def]
            if path == "/search":
                asked = json.loads(body)["bbox"]
                self.searches.append(asked)
                if not self.healed and box(*asked).intersects(box(*self.place)):
                    return 500, {"Content-Type": "text/plain"}, b"out of order"
            return whole.answer(method, path, query, headers, body)

        return Service(answer)


@pytest.fixture
def blind(archive):
    mines = gpd.read_file(archive.mines).set_index("mine_id")
    return Blind(items_of(archive), mines.geometry["SIM_000"].bounds)


def test_a_mine_the_catalogue_fails_for_is_listed_the_others_complete_and_a_rerun_heals(
    archive,
    small_run,
    blind,
    serve,
    tmp_path,
    capsys,
):
    service = serve(blind.service)
    told = [*run_arguments(archive), *QUARTER, f"--output={tmp_path}"]
    told += [f"--catalog={service.url}", "--source.retries=0"]
    assert full_run.main(told) == 3
    said = capsys.readouterr().out
    assert said.count("failed: SIM_000 in ingest") == 1
    assert "answered 500" in said
    assert_as_in(small_run, tmp_path, slice(1, 2))
    run = json.loads((tmp_path / "run.json").read_text())
    assert [(f["mine_id"], f["step"]) for f in run["failed_mines"]] == [("SIM_000", "ingest")]
    assert open_results(tmp_path / "cube")["analysed"].values.tolist() == [False, True]
    assert not (tmp_path / "regions/mine_SIM_000_regions.json").exists()
    assert (tmp_path / "regions/mine_SIM_001_regions.json").exists()
    assert "SIM_000" in (tmp_path / "final/reports/report.html").read_text()

    results, files = run["snapshots"]["results"], outputs(tmp_path)
    assert full_run.main(told) == 3  # still out of order: nothing is lost, nothing is repeated
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["snapshots"]["results"] == results
    assert outputs(tmp_path) == files

    blind.healed = True
    assert full_run.main(told) == 0
    assert_as_in(small_run, tmp_path)
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["failed_mines"] == []
    assert run["steps"]["ingest"]["slots"] == 9  # those of the mine that had failed
    assert open_results(tmp_path / "cube")["analysed"].values.all()
    assert (tmp_path / "regions/mine_SIM_000_regions.json").exists()

    blind.searches.clear()
    capsys.readouterr()
    assert full_run.main(told) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert blind.searches == []


def test_a_catalogue_that_fails_for_every_mine_is_bad_input(
    archive,
    blind,
    serve,
    tmp_path,
    capsys,
):
    blind.place = (-180, -90, 180, 90)
    told = [*run_arguments(archive), *QUARTER, f"--output={tmp_path}", "--source.retries=0"]
    assert full_run.main([*told, f"--catalog={serve(blind.service).url}"]) == 2
    assert "answered 500" in capsys.readouterr().err


@pytest.mark.slow
def test_a_truncated_scene_costs_itself_and_heals_when_asked(archive, small_run, tmp_path, capsys):
    items, output = items_of(archive), tmp_path / "outputs"
    broken = next(
        item
        for item in items
        if item["properties"]["datetime"] > "2021-02" and "44QPK" in item["id"]
    )
    whole = Path(broken["assets"]["red"]["href"])
    cut = tmp_path / "red.tif"
    cut.write_bytes(whole.read_bytes()[:900])
    broken["assets"]["red"]["href"] = str(cut)
    catalog = tmp_path / "items.json"
    catalog.write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    told = [*run_arguments(archive), *QUARTER, f"--output={output}", f"--catalog={catalog}"]
    assert full_run.main(told) == 0
    assert "1 read failed" in capsys.readouterr().out
    cube = open_cube(output / "cube", raw=True).isel(mine=0).load()
    failed = cube["failed_reads"].values
    assert failed.sum() == 1
    slot = int(failed.argmax())
    sources = json.loads(str(cube["source_items"].values[slot]))
    assert [source["id"] for source in sources if "error" in source] == [broken["id"]]
    lost = cube["quality"].values[slot] == Quality.READ_FAILED
    assert lost.any()
    assert not cube["reflectance"].values[slot][:, lost].any()
    assert (np.delete(cube["quality"].values, slot, axis=0) != Quality.READ_FAILED).all()

    whole_again = cut.with_suffix(".whole")
    whole_again.write_bytes(whole.read_bytes())
    whole_again.replace(cut)
    assert full_run.main(told) == 0  # only when asked: the catalogue may not have healed
    assert "Nothing to do" in capsys.readouterr().out
    assert full_run.main([*told, "--ingest.retry_failed=true"]) == 0
    assert json.loads((output / "run.json").read_text())["steps"]["ingest"]["slots"] == 1
    assert_as_in(small_run, output)
