"""A finished run published: once, whole, and anew when something changed."""

from __future__ import annotations

import json
import shutil
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image

from analysis.ledger import Act
from cube import CubeError, open_results
from pipelines.ledger_file import append
from pipelines.publish.__main__ import main
from pipelines.publish.folder import FOLDER, about, read_pointer
from pipelines.publish.states import publish_states
from pipelines.run_record import RunRecord, whole_file
from pipelines.verdicts import Verdict, enter_verdicts


def current(output: Path) -> Path:
    pointer = read_pointer(output)
    assert pointer is not None
    return output / FOLDER / pointer.key


def page(output: Path, mine: str) -> dict:
    return json.loads((current(output) / "mines" / f"{mine}.json").read_text())


def again(output: Path) -> int:
    return main([f"--output={output}", "--cluster=threads"])


def only_alert(output: Path) -> dict:
    [alert] = page(output, "SIM_001")["alerts"]
    return alert


def say(output: Path, state: str, why: str = "I went there") -> None:
    alert = only_alert(output)["alert_id"]
    enter_verdicts(output, [Verdict(alert, state, "A Person", why)])


def inodes(folder: Path, parts: str) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_ino for p in folder.glob(parts) if p.is_file()}


def test_a_run_ends_with_its_publication(small_run):
    folder, run = current(small_run), json.loads((small_run / "run.json").read_text())
    assert run["steps"]["publish"]["publication"] == folder.name
    said = about(folder)
    assert said["snapshots"] == run["snapshots"]
    assert (said["mines"], said["failed"], said["period"]) == (2, [], "2021-01-01/2022-12-31")
    table = gpd.read_parquet(folder / "mines.parquet").set_index("mine_id")
    assert table.loc["SIM_001", ["status", "alerts", "worst_severity"]].tolist() == [
        "violation",
        1,
        "LOW",
    ]
    assert table.loc["SIM_000", "status"] == "dug"
    record = json.loads((small_run / "regions/mine_SIM_000_regions.json").read_text())
    assert table.loc["SIM_000", "dug_ha"] == record["total_excavated_ha"]
    assert table.geometry.is_valid.all()


def test_a_mines_file_tells_its_regions_law_and_looks(small_run):
    told = page(small_run, "SIM_001")
    assert told["epsg"] in (32644, 32645)
    assert len(told["slots"]) == 73
    assert [s["year"] for s in told["sheets"]["years"]] == [2021, 2022]
    assert told["sheets"]["tile"] == [64, 64]
    assert told["extent"] == told["sheets"]["extent"]  # one window: the tile is the whole mine
    left, bottom, right, top = told["extent"]
    assert (right - left, top - bottom) == (640.0, 640.0)
    for row in told["regions"]:
        x, y = np.array(row["geometry"]["coordinates"][0][0]).T
        assert left <= x.min() < x.max() <= right
        assert bottom <= y.min() < y.max() <= top
    assert {zone["zone_type"] for zone in told["zones"]} >= {"forest"}
    assert told["alerts"][0]["zone_type"] == "forest"
    assert told["alerts"][0]["first_violation_date"] == "2022-01-26"
    assert told["ledger"][0]["act"] == "opened"
    names = [row["name"] for row in told["downloads"]]
    assert f"final/evidence/{told['alerts'][0]['alert_id']}.pdf" in names
    assert all((current(small_run) / "files" / name).is_file() for name in names)


def test_a_tile_of_the_envelope_is_the_ground_dug_by_its_slot(small_run):
    """64 pixels fit a tile as they are, and lossless WebP keeps every one of them."""
    told = page(small_run, "SIM_000")
    results = open_results(small_run / "cube", chunks=None)
    mine = results["mine_id"].values.tolist().index("SIM_000")
    [year] = [one for one in told["sheets"]["years"] if one["year"] == 2022]
    content = (current(small_run) / "sheets/SIM_000/envelope_2022.webp").read_bytes()
    sheet = np.asarray(Image.open(BytesIO(content)).convert("RGBA"))
    areas = dict(zip(told["curve"]["dates"], told["curve"]["area_ha"], strict=True))
    for number in (0, 20, year["count"] - 1):
        row, column = divmod(number, year["columns"])
        tile = sheet[64 * row : 64 * row + 64, 64 * column : 64 * column + 64, 3] > 0
        slot = year["first"] + number
        assert not (tile & ~results["excavated"].values[mine, slot]).any()
        assert tile.sum() * 0.01 == pytest.approx(areas[told["slots"][slot]["date"]])
    assert tile.any()


def test_an_unchanged_run_is_not_published_again(small_run, capsys):
    before = inodes(small_run / FOLDER, "**/*")
    assert again(small_run) == 0
    assert "published already" in capsys.readouterr().out
    assert inodes(small_run / FOLDER, "**/*") == before


def test_a_verdict_is_published_without_drawing_anything_anew(copied):
    first = current(copied)
    say(copied, "confirmed")
    publish_states(copied)
    second = current(copied)
    assert second != first
    assert only_alert(copied)["state"] == "confirmed"
    assert page(copied, "SIM_001")["ledger"][-1]["who"] == "A Person"
    alerts = gpd.read_parquet(second / "alerts.parquet")
    assert alerts["state"].tolist() == ["confirmed"]
    for part in ("sheets/**/*", "mines/SIM_000.json", "files/final/alerts/*"):
        assert inodes(second, part) == inodes(first, part) != {}
    old = json.loads((first / "mines/SIM_001.json").read_text())
    assert old["alerts"][0]["state"] == "open"  # who began on it stays on it


def test_a_dismissed_alert_is_no_violation_of_its_mine_any_more(copied):
    say(copied, "dismissed")
    publish_states(copied)
    table = gpd.read_parquet(current(copied) / "mines.parquet").set_index("mine_id")
    assert table.loc["SIM_001", ["status", "alerts"]].tolist() == ["dug", 0]
    assert table.index.tolist() == ["SIM_000", "SIM_001"]


def test_nothing_said_is_nothing_published(copied):
    assert publish_states(copied) == current(copied).name
    say(copied, "confirmed")
    key = publish_states(copied)
    assert publish_states(copied) == key
    assert again(copied) == 0
    assert current(copied).name == key  # the whole way comes to the same


def test_what_a_run_at_work_enters_is_not_shown_before_it_publishes(copied):
    alert = only_alert(copied)
    numbers = {"mine_id": "SIM_001"}
    append(
        copied,
        lambda _: [Act("retracted", alert["alert_id"], "retracted", "gone", numbers)],
        "run of minecube 0",
    )
    (copied / "final/alerts/violation_alerts.parquet").write_bytes(b"half a table")
    assert publish_states(copied) == current(copied).name
    assert only_alert(copied)["state"] == "open"


def test_files_of_two_runs_are_not_published_together(copied, capsys):
    first = current(copied)
    table = copied / "final/alerts/watch_list.csv"
    with whole_file(table) as stream:
        stream.write(table.read_text() + "\n")
    say(copied, "confirmed")  # so that there is something to publish
    assert again(copied) == 2
    said = capsys.readouterr().err
    assert "is not the file that run.json tells of" in said
    assert "let it end, or run the same command again" in said
    assert current(copied) == first


def test_a_run_without_its_exports_is_refused(copied, capsys):
    record = RunRecord(copied)
    del record.data["steps"]["export"]
    record.write()
    assert again(copied) == 2
    assert "nothing to publish yet: run the step export first" in capsys.readouterr().err


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert main([f"--output={tmp_path}"]) == 2
    assert "there is no run at" in capsys.readouterr().err


def test_states_of_nothing_published_are_refused(tmp_path):
    with pytest.raises(CubeError, match="nothing is published"):
        publish_states(tmp_path)


def test_another_version_s_publication_is_made_anew(copied):
    say(copied, "confirmed")
    pointer = copied / FOLDER / "current.json"
    pointer.write_text(pointer.read_text().replace('"format": 1', '"format": 0'))
    shutil.rmtree(copied / FOLDER / json.loads(pointer.read_text())["key"] / "sheets")
    assert again(copied) == 0
    assert (current(copied) / "sheets/SIM_000/state_2022.webp").is_file()


@pytest.mark.parametrize(
    "name",
    ["publication.json", "mines.parquet", "mines/SIM_000.json", "sheets/SIM_001/ndvi_2021.webp"],
)
def test_a_publication_that_lost_a_file_is_made_again(copied, name):
    lost = current(copied) / name
    lost.unlink()
    assert again(copied) == 0
    assert lost.is_file()
    assert current(copied) in lost.parents
