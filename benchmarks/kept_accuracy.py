"""Keep an evaluation as this version's: `python -m benchmarks.kept_accuracy`.

`make accuracy` leaves `accuracy.json` and pictures in `outputs/accuracy`. They are kept as
`benchmarks/results/accuracy.json` and `docs/accuracy/`, and everything that tells of them is
written anew from the same numbers: `docs/accuracy.md`, the table in the README, and
`pipelines/accuracy_record.json`, which every run's report and metrics carry.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import sys
from pathlib import Path
from textwrap import wrap
from typing import Any

from benchmarks.readme import marks, with_block
from cube.contract import CubeError
from pipelines.evaluate.printed import NOTES, markdown
from pipelines.evaluate.record import record
from pipelines.evaluate.tables import number, sites_line, tables, target_table

ROOT = Path(__file__).parents[1]

KEPT = Path("benchmarks/results/accuracy.json")
RECORD = Path("pipelines/accuracy_record.json")
PAGE = Path("docs/accuracy.md")
PICTURES = {
    "f1_by_lag.png": "F1 of every detector if its claims must come within so many days",
    "trade_off.png": "Recall and lag against false alarms, every detector",
    "reliability.png": "Confidence claimed against the share that was dug",
    "signature.png": "Indices of confirmed ground and of what looks like it",
}

MARKS = marks("accuracy", "benchmarks.kept_accuracy")
"""Lines between which the README's table stands."""


def main(arguments: list[str] | None = None) -> int:
    """Keep an evaluation. 0 if done, 2 if there is none, or none that holds the core."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--output", type=Path, default=Path("outputs/accuracy"), help="folder")
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of the sources")
    told = parser.parse_args(arguments)
    try:
        for path in keep(told.output, told.root, datetime.date.today().isoformat()):
            print(f"  {path}")
        return 0
    except CubeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2


def keep(output: Path, root: Path, day: str) -> list[Path]:
    """Copy an evaluation and write what tells of it; the files written.

    Raises
    ------
    CubeError
        If the evaluation lacks the core detector, its twins or a stress, or if the README lacks
        the lines between which its table belongs.
    """
    report = json.loads((output / "accuracy.json").read_text())
    core = report["detectors"].get("confirmation", {"note": "not run"})
    if core["note"] or core["placebo_twin"]["ever_false_ha"] is None or not report["stresses"]:
        raise CubeError(
            f"{output / 'accuracy.json'} is of a part of the evaluation; run all of it: "
            "make accuracy."
        )
    readme = root / "README.md"
    text = with_block(readme.read_text(), MARKS, readme_lines(report))
    pictures = root / PAGE.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    copies = [Path(shutil.copy(output / name, pictures / name)) for name in PICTURES]
    (root / KEPT).write_text(json.dumps(report, indent=1) + "\n")
    (root / RECORD).write_text(json.dumps(record(report, day), indent=1) + "\n")
    (root / PAGE).write_text("\n".join(page_lines(report)) + "\n")
    readme.write_text(text)
    return [root / KEPT, root / RECORD, root / PAGE, *copies, readme]


def readme_lines(report: dict[str, Any]) -> list[str]:
    """What the README shows: the targets, and what no target asks."""
    core = report["detectors"]["confirmation"]
    reached, twin = core["accuracy"], core["placebo_twin"]
    rest = (
        f"Pixels at the end: precision {number(reached['precision'])}, recall "
        f"{number(reached['recall'])}; {number(100 * reached['blind_share'], 0)} % of the sites' "
        "ground cannot be judged. Placebo: on the same sites left undisturbed it shows "
        f"{number(twin['false_ha'], 2)} ha per mine and year, "
        f"{number(twin['ever_false_ha'], 2)} with what is withdrawn later."
    )
    return [f"{sites_line(report)}:", "", *markdown(target_table(report)), "", *wrap(rest, 100)]


def page_lines(report: dict[str, Any]) -> list[str]:
    """All tables and pictures, as a page."""
    lines = ["# Accuracy", "", f"`make accuracy`, version {report['version']}."]
    for table in reversed(tables(report)):
        lines += ["", f"## {table.title}", "", *markdown(table)]
    lines += ["", "## What the words mean", ""]
    lines += [paragraph for note in NOTES.split("\n") for paragraph in (note, "")]
    for name, words in PICTURES.items():
        lines += [f"![{words}]({PAGE.stem}/{name})", "", f"*{words}.*", ""]
    return lines[:-1]


if __name__ == "__main__":
    sys.exit(main())
