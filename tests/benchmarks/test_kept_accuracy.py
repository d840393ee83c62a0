"""What tells of the accuracy tells what was measured, everywhere the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.kept_accuracy import (
    KEPT,
    MARKS,
    PAGE,
    PICTURES,
    RECORD,
    ROOT,
    keep,
    main,
    page_lines,
    readme_lines,
)
from benchmarks.readme import with_block
from cube.contract import CubeError
from pipelines.accuracy_record import published_accuracy
from pipelines.evaluate.pictures import draw
from pipelines.evaluate.record import record
from pipelines.evaluate.settings import REPORTING

BEGIN, END = MARKS
README = f"# A house\n\nbefore\n\n{BEGIN}\n\nold\n\n{END}\n\nafter\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("benchmarks/results", "pipelines", "docs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "README.md").write_text(README)
    return tmp_path


@pytest.fixture
def output(tmp_path: Path, whole_report: dict) -> Path:
    folder = tmp_path / "outputs"
    folder.mkdir()
    (folder / "accuracy.json").write_text(json.dumps(whole_report))
    draw(whole_report, {}, folder)
    (folder / "signature.png").write_bytes(b"")
    return folder


def test_the_readme_the_page_and_the_record_are_of_the_same_numbers(root, output, whole_report):
    keep(output, root, "2026-11-21")
    text = (root / "README.md").read_text()
    assert text.startswith("# A house\n\nbefore\n")
    assert text.endswith("\n\nafter\n")
    assert "old" not in text
    assert "| pixel F1 of the standing map |  | >= 0.97 | 0.981 | met | 0.640 dist_alert |" in text
    assert "| false alarms with those withdrawn later | ha/mine-yr | <= 0.3 | 0.412 | missed |" in (
        text
    )
    assert "Placebo: on the same sites left undisturbed it shows 0.04 ha per mine and year" in (
        text.replace("\n", " ")
    )
    told = json.loads((root / RECORD).read_text())
    assert told["measured"] == "2026-11-21"
    assert {"what": "pixels: F1", "value": "0.981", "unit": "",
            "note": "0.97 to 0.99 if other sites had been drawn"} in told["figures"]  # fmt: skip
    assert told["placebo"][1]["value"] == "0.11"
    assert [line["value"] for line in told["placebo"][2:]] == ["0.00", "0.25", "0.75"]
    assert all(set(line) == {"what", "value", "unit", "note"} for line in told["figures"])
    assert told["numbers"]["f1"] == 0.981
    assert json.loads((root / KEPT).read_text()) == whole_report
    page = (root / "docs/accuracy.md").read_text()
    for name in PICTURES:
        assert f"(accuracy/{name})" in page
        assert (root / "docs/accuracy" / name).exists()


def test_keeping_it_again_changes_nothing(root, output):
    written = keep(output, root, "2026-11-21")
    before = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in keep(output, root, "2026-11-21")] == before


def test_a_part_of_an_evaluation_is_not_kept(root, output, whole_report, capsys):
    whole_report["stresses"] = {}
    (output / "accuracy.json").write_text(json.dumps(whole_report))
    assert main(["--output", str(output), "--root", str(root)]) == 2
    assert "is of a part of the evaluation; run all of it" in capsys.readouterr().err
    assert (root / "README.md").read_text() == README
    assert not (root / KEPT).exists()


def test_no_evaluation_is_told_in_one_line(tmp_path, capsys):
    assert main(["--output", str(tmp_path)]) == 2
    assert "accuracy.json: No such file" in capsys.readouterr().err


def test_a_readme_without_the_lines_is_refused():
    with pytest.raises(CubeError, match="the README lacks the line '<!-- /accuracy -->'"):
        with_block(f"{BEGIN}\n", MARKS, [])


def test_what_this_version_tells_of_its_accuracy_is_what_was_kept():
    report = json.loads((ROOT / KEPT).read_text())
    text = (ROOT / "README.md").read_text()
    assert with_block(text, MARKS, readme_lines(report)) == text
    assert (ROOT / PAGE).read_text() == "\n".join(page_lines(report)) + "\n"
    told = published_accuracy()
    assert told is not None
    assert told == record(report, told["measured"])
    assert report["settings"]["seeds"] == list(REPORTING)
