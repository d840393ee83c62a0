"""Packs of a whole run: what they hold, that they are true, and that they can be checked."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from pyproj import Transformer

from cube.contract import CubeError
from pipelines import full_run
from pipelines.evidence.__main__ import main, said_identical
from pipelines.evidence.remake import remade_pack
from pipelines.run_record import file_hash
from tests.pipelines.evidence.conftest import SOURCE, ZONE

VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """Elements, text and the data of a page; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict]] = []
        self.text: list[str] = []
        self.code: list[str] = []
        self.data = ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "code":
            self.code.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] == ["script"]:
            self.data += data
        elif self.open[-1:] == ["code"]:
            self.code[-1] += data
        elif self.open[-1:] != ["style"]:
            self.text.append(data)


@pytest.fixture(scope="module")
def page(accused) -> Page:
    return Page(accused.file(".html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def data(page) -> dict:
    return json.loads(page.data)


@pytest.fixture(scope="module")
def moved(accused, tmp_path_factory):
    """The run's folder somewhere else, and its pack made again there."""
    output = tmp_path_factory.mktemp("moved") / "case 7"
    shutil.copytree(accused.output, output)
    return output, remade_pack(output, accused.alert_id)


def test_every_alert_that_stands_has_a_page_and_a_pdf_with_their_hashes_in_run_json(accused):
    step = json.loads((accused.output / "run.json").read_text())["steps"]["evidence"]
    names = {f"final/evidence/{accused.alert_id}{suffix}" for suffix in (".html", ".pdf")}
    assert step["packs"] == 1
    assert set(step["files"]) == names
    assert all(file_hash(accused.output / name) == sha for name, sha in step["files"].items())


def test_a_page_loads_nothing_and_runs_nothing(page):
    for tag, attributes in page.elements:
        told = {name: attributes.get(name) or "" for name in ("src", "href", "action", "data")}
        assert not told["src"] or told["src"].startswith("data:image/png;base64,")
        assert not told["href"] or told["href"].startswith("geo:")
        assert tag not in ("link", "iframe", "object", "form")
        assert not [name for name in attributes if name.startswith("on")]
    scripts = [attributes for tag, attributes in page.elements if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "pack"}]
    policy = [a.get("content", "") for t, a in page.elements if t == "meta" and "http-equiv" in a]
    assert "default-src 'none'" in policy[0]


def test_words_of_the_law_stay_words(page, accused):
    assert any(ZONE in text for text in page.text)
    assert any(SOURCE in text for text in page.text)
    assert "<script>alert" not in accused.file(".html").read_text(encoding="utf-8")


def test_every_picture_says_what_it_shows_and_headings_descend_by_one(page):
    pictures = [attributes for tag, attributes in page.elements if tag == "img"]
    assert len(pictures) == 10
    assert all(len(attributes["alt"]) > 20 for attributes in pictures)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) == 1
    assert ("html", {"lang": "en"}) in page.elements


def test_pixels_in_the_page_add_up_to_the_alert(data):
    alert, pixels = data["alert"], data["pixels"]
    share, sure = np.array(pixels["share"]), np.array(pixels["sure"])
    assert share.sum() * 0.01 == pytest.approx(alert["area_ha"], abs=1e-6)
    assert sure.sum() * 0.01 == pytest.approx(alert["sure_ha"], abs=1e-6)
    opened = sorted(zip(pixels["onset"], share, strict=True))
    reached = np.cumsum([one for _, one in opened]) * 0.01 >= 0.1 - 1e-9
    assert opened[int(reached.argmax())][0] == alert["first_violation_date"]
    weights = np.average(pixels["confidence"], weights=share)
    assert weights == pytest.approx(alert["confidence"], abs=1e-4)


def test_the_page_and_the_alert_table_say_the_same(data, accused):
    alerts = gpd.read_parquet(accused.output / "final" / "alerts" / "violation_alerts.parquet")
    row = alerts.set_index("alert_id").loc[accused.alert_id]
    for name in ("mine_id", "zone_id", "rule", "severity", "state", "reason"):
        assert data["alert"][name] == row[name]
    assert data["alert"]["area_ha"] == pytest.approx(row["area_ha"])
    assert data["alert"]["confirmed_date"] == f"{row['confirmed_date']:%Y-%m-%d}"


def test_the_page_carries_the_rule_the_line_and_the_pace(page, data, accused):
    rule = data["rule"]
    assert (rule["rule"], rule["jurisdiction"]) == ("no_go", "India")
    assert "Forest (Conservation) Act 1980" in rule["basis"]
    assert re.fullmatch(r"[0-9a-f]{64}", rule["sha256"])
    said = " ".join(page.text)
    assert rule["basis"] in said
    assert rule["sha256"] in said
    sides = pd.read_csv(accused.output / "final" / "alerts" / "boundaries.csv")
    sides = sides.set_index("alert_id").loc[accused.alert_id]
    assert data["boundary"]["low_ha"] == pytest.approx(sides["low_ha"], abs=1e-4)
    assert f"{sides['low_ha']:.2f} to {sides['high_ha']:.2f} ha" in said
    rates = pd.read_csv(accused.output / "final" / "metrics" / "rates.csv")
    row = rates[rates["subject_id"] == accused.alert_id].iloc[0]
    assert data["rate"]["ha_per_month"] == pytest.approx(row["ha_per_month"], abs=1e-4)
    assert data["rate"]["area_ha"] == pytest.approx(data["alert"]["area_ha"], abs=1e-6)
    assert row["ha_per_month_low"] < row["ha_per_month"] < row["ha_per_month_high"]
    assert f"{row['ha_per_month']:.3f} ha per month" in said


def test_fronts_in_the_page_are_those_of_the_table(data, accused):
    fronts = pd.read_csv(accused.output / "final" / "metrics" / "encroachment.csv")
    assert data["fronts"]
    for row in data["fronts"]:
        same = fronts["region_id"].eq(row["region_id"]) & fronts["zone_id"].eq(row["zone_id"])
        assert fronts[same]["gap_m"].item() == pytest.approx(row["gap_m"], abs=0.01)


def test_more_misplaced_imagery_leaves_less_beyond_the_line(data):
    left = [ha for _, ha in data["left_ha"]]
    assert left == sorted(left, reverse=True)
    assert dict(data["left_ha"])[10.0] == data["alert"]["sure_ha"]


def test_the_code_that_the_page_prints_gives_the_hash_that_it_prints(page, accused):
    code = next(text for text in page.code if "hashlib" in text)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(code.replace("RUN/cube", str(accused.output / "cube")), {})  # what a reader would do
    assert said.getvalue().strip() == re.search(r"# ([0-9a-f]{64})", code)[1]


def test_the_archives_own_files_hold_the_number_that_the_page_prints(page, archive):
    commands = [text for text in page.code if text.startswith("gdallocationinfo")]
    told = [m[1] for text in page.text if (m := re.search(r"should say ([\d or]+);", text))]
    assert len(commands) == len(told) == 2
    for text, numbers in zip(commands, told, strict=True):
        found = []
        for command in text.replace("\\\n", " ").split("\n"):
            _, _, _, epsg, file, x, y = command.split()
            with rasterio.open(archive.items.parent / file) as raster:
                turn = Transformer.from_crs(epsg, raster.crs, always_xy=True)
                found.append(next(raster.sample([turn.transform(float(x), float(y))]))[0])
        assert any(int(a) == int(b) for a, b in zip(found, numbers.split(" or "), strict=True))


def test_a_pdf_embeds_its_fonts_and_bears_the_day_of_the_data(accused):
    content = accused.file(".pdf").read_bytes()
    assert content.startswith(b"%PDF-1.")
    assert content.count(b"/FontFile2") == 3
    assert b"/CreationDate (D:20221231000000" in content
    assert b"/JavaScript" not in content
    assert b"/URI" not in content


def test_a_pack_made_again_elsewhere_is_the_same_to_the_byte(moved, accused, capsys):
    output, pack = moved
    assert pack[".html"] == accused.file(".html").read_bytes()
    assert pack[".pdf"] == accused.file(".pdf").read_bytes()
    assert said_identical(output, accused.alert_id, pack) == 0
    assert capsys.readouterr().out.count("identical: ") == 2


def test_a_pack_touched_afterwards_is_found_out(moved, accused, capsys, tmp_path):
    pack = moved[1]
    output = tmp_path / "outputs"
    shutil.copytree(moved[0], output, ignore=shutil.ignore_patterns("cube"))
    file = output / "final" / "evidence" / f"{accused.alert_id}.html"
    file.write_bytes(pack[".html"].replace(b"HIGH", b"LOW!").replace(b"ha per", b"hA per"))
    assert said_identical(output, accused.alert_id, pack) == 1
    out = capsys.readouterr().out
    assert f"DIFFERENT: {file}" in out
    assert "identical: " in out  # the PDF

    record = json.loads((output / "run.json").read_text())
    record["steps"]["evidence"]["files"][f"final/evidence/{file.name}"] = file_hash(file)
    record["versions"]["numpy"] = "1.0"
    (output / "run.json").write_text(json.dumps(record))
    assert said_identical(output, accused.alert_id, pack) == 1
    assert "the run used 1.0" in capsys.readouterr().out

    file.unlink()
    assert said_identical(output, accused.alert_id, pack) == 1
    assert f"missing: {file}" in capsys.readouterr().out


def test_a_second_run_makes_no_pack_again(accused, capsys):
    before = accused.file(".html").stat().st_mtime_ns
    assert full_run.main(accused.told) == 0
    assert "packs unchanged" in capsys.readouterr().out
    assert accused.file(".html").stat().st_mtime_ns == before


def test_an_unknown_alert_is_refused_with_the_near_one(accused, capsys):
    wrong = accused.alert_id[:-1] + "x"
    assert main(["--output", str(accused.output), "--alert", wrong]) == 2
    assert f"Near it: {accused.alert_id}." in capsys.readouterr().err


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert main(["--output", str(tmp_path), "--alert", "x"]) == 2
    assert "it has no run.json" in capsys.readouterr().err


def test_a_run_that_never_came_to_alerts_is_refused(tmp_path):
    (tmp_path / "run.json").write_text('{"steps": {}}')
    with pytest.raises(CubeError, match="no record of a run that came to its alerts"):
        remade_pack(tmp_path, "x")


def without_cube(accused, folder):
    output = folder / "outputs"
    shutil.copytree(accused.output, output, ignore=shutil.ignore_patterns("cube"))
    return output


def test_law_that_was_changed_since_is_refused_and_named(accused, tmp_path):
    output = without_cube(accused, tmp_path)
    law = output / "zones.geojson"
    law.write_text(law.read_text().replace("2019", "2018"))
    with pytest.raises(CubeError, match=r"zones\.geojson is not the file that the run read"):
        remade_pack(output, accused.alert_id)


def test_law_that_is_gone_is_asked_for(accused, tmp_path):
    output = without_cube(accused, tmp_path)
    (output / "zones.geojson").unlink()
    with pytest.raises(CubeError, match=r"which is not there. Give the file with --zones"):
        remade_pack(output, accused.alert_id)


@pytest.mark.parametrize(
    ("column", "value", "match"),
    [
        ("state", "dismissed", "is dismissed; only alerts that are open or confirmed"),
        ("reason", "Because.", "on disk it says 'Because.', the results say"),
    ],
)
def test_an_alert_that_the_results_do_not_bear_out_gets_no_pack(
    accused, tmp_path, column, value, match
):
    output = tmp_path / "outputs"
    shutil.copytree(accused.output, output)
    file = output / "final" / "alerts" / "violation_alerts.parquet"
    table = gpd.read_parquet(file)
    table[column] = value
    table.to_parquet(file)
    with pytest.raises(CubeError, match=match):
        remade_pack(output, accused.alert_id)
