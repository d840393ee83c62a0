"""The README's tables from the figures that benchmarks kept: `python -m benchmarks.readme`.

Every table stands between two marks that name it; benchmarks whose figures are not there yet
leave theirs as it is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measuring import RESULTS
from benchmarks.scale_tables import run_name
from cube.contract import CubeError

README = Path(__file__).parents[1] / "README.md"

Lines = Callable[..., list[str]]


def marks(name: str, by: str) -> tuple[str, str]:
    """The lines before and after a block that a module of `benchmarks` writes."""
    return f"<!-- {name}: written by {by} -->", f"<!-- /{name} -->"


def with_block(text: str, marks: tuple[str, str], lines: list[str]) -> str:
    """A text with other lines between its two marks.

    Raises
    ------
    CubeError
        If a mark is not there.
    """
    begin, end = marks
    before, mark, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not mark or not closed:
        raise CubeError(f"the README lacks the line {begin if not mark else end!r}; put it back.")
    return "\n".join([before + begin, "", *lines, "", end + after])


def markdown(heads: list[str], rows: list[list[str]]) -> list[str]:
    """A table; the first column stands left, the others right."""
    kinds = ["---", *["---:"] * (len(heads) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (heads, kinds, *rows)]


def dashboard_lines(
    data: dict[str, Any], people: dict[str, Any], ready: dict[str, Any]
) -> list[str]:
    """What reading costs the server, and what ten people wait for."""
    asked = [
        [q["name"], f"{q['p50_ms']:.1f}", f"{q['p95_ms']:.1f}", _limit(q.get("limit_ms"))]
        for q in data["questions"]
    ]
    waited = [
        [row["what"], f"{row['p50_ms']:.0f}", f"{row['p95_ms']:.0f}"] for row in people["times"]
    ]
    loop = people["loop"]
    return [
        f"Data of {data['mines']} mines x 3 years, read on the server (`python -m "
        "benchmarks.dashboard_data --output outputs`):",
        "",
        *markdown(["data of", "p50 [ms]", "p95 [ms]", "asked [ms]"], asked),
        "",
        f"{people['users']} people at once over real websockets, server and people on "
        f"{people['processors']} cores (`python -m benchmarks.dashboard_users --output outputs`); "
        f"in {people['seconds']:.0f} s the event loop stood still for over 250 ms "
        f"{_times(loop['stalls_over_ms']['250'])}, for {loop['longest_ms']:.0f} ms at the longest:",
        "",
        *markdown(["from asking to having", "p50 [ms]", "p95 [ms]"], waited),
        "",
        f"In Chromium the map and table of {ready['mines']} mines answer "
        f"{ready['interactive_after_load']['p50_ms']} ms after the page is loaded, "
        f"{ready['interactive_after_load']['most_ms']} ms at the longest (`python -m "
        "benchmarks.map_ready --output outputs`).",
    ]


def detection_lines(detection: dict[str, Any], forest: dict[str, Any]) -> list[str]:
    """Nanoseconds per pixel-date, step by step and beside others."""
    steps = [
        [row["step"], f"{row['ns']:.2f}", f"{row['floor']:.2f}", f"{row['ratio']:.1f}"]
        for row in detection["steps"]
    ]
    ways = [[row["way"], f"{row['ns']:,.{0 if row['ns'] >= 100 else 1}f}"]
            for row in detection["peers"]]  # fmt: skip
    times = f"{forest['times_as_fast']:.1f}"
    return [
        "Detection, nanoseconds of one core per pixel-date; the floor is reading and writing what "
        "the step needs (`python -m benchmarks.detection_speed`):",
        "",
        *markdown(["step", "[ns]", "floor [ns]", "ratio"], steps),
        "",
        *markdown(["side by side in the same run", "[ns]"], ways),
        "",
        f"The forest scores {times} times as fast as scikit-learn's on one core, with the same "
        f"scores to {forest['largest_difference_of_scores']:.0e} (`python -m "
        "benchmarks.forest_speed`).",
    ]


def reading_lines(
    roofline: dict[str, Any], loaders: dict[str, Any], slot: dict[str, Any]
) -> list[str]:
    """What analysis adds to reading, what ingest costs beside others, what one more slot costs."""
    rows = [
        [row["what"], f"{row['wall_s']:.2f}", f"{row['processor_s']:.2f}",
         f"{row['of_reading_wall']:.2f}"]
        for row in roofline["rows"]
    ]  # fmt: skip
    near, far = (
        {row["way"]: row["wall_ms"] for row in loaders[where]}
        for where in ("local files", "50 ms away")
    )
    loads = [[way, f"{near[way]:.0f}", f"{far[way]:.0f}"] for way in near if way in far]
    more = [[row["what"], f"{row['share']:.1f} of {row['slots']}"] for row in slot["rows"]]
    return [
        f"One window of 36 slots, {roofline['decoded_bytes'] / 1e6:.0f} MB of pixels in "
        f"{roofline['stored_bytes'] / 1e6:.0f} MB of chunks (`python -m benchmarks.roofline`):",
        "",
        *markdown(["", "wall [s]", "processor [s]", "of reading"], rows),
        "",
        "Ingest, a scene of seven bands of 512 x 512 pixels, the same pixels by every way "
        "(`python -m benchmarks.loaders`):",
        "",
        *markdown(["", "local files [ms]", "50 ms away [ms]"], loads),
        "",
        "One more slot, counted in slots of a whole run; 2 are asked (`python -m "
        "benchmarks.one_more_slot`; all mines of a kept cube with `--written`):",
        "",
        *markdown(["", "costs"], more),
    ]


def scale_lines(scale: dict[str, Any]) -> list[str]:
    """From the cube to the alerts, and how that grows."""
    told, largest = scale["summary"], max(scale["runs"], key=lambda run: run["mines"])
    ahead = told["projection"]
    alike: dict[str, list[dict[str, Any]]] = {}
    for run in scale["runs"]:
        alike.setdefault(run_name(run), []).append(run)
    rows = [
        [name, " / ".join(f"{run['wall_s']:.0f}" for run in runs),
         f"{max(max(run['worker_peaks']) for run in runs) / 1e9:.2f}",
         f"{max(run['driver_peak'] for run in runs) / 1e9:.2f}"]
        for name, runs in alike.items()
    ]  # fmt: skip
    steps = ", ".join(f"{name} {step['wall_s']:.0f} s" for name, step in largest["steps"].items())
    grown = [
        f"Growth with mines: exponent {told['exponent']}" if "exponent" in told else "",
        f"two workers on two cores against one on one: {told['weak_scaling']} x "
        f"({' / '.join(map(str, told['weak_scaling_turns']))}), against one that has both cores: "
        f"{told['weak_scaling_all_cores']} x"
        if "weak_scaling" in told
        else "",
        f"{told['tasks_per_window']} tasks per window",
        f"lazy graph of all in {told['graph_s']} s",
    ]
    return [
        f"From the cube to the alerts, {scale['settings']['slots']} slots of "
        f"{scale['settings']['size']} x {scale['settings']['size']} pixels (`{scale['command']}`):",
        "",
        *markdown(["", "wall [s]", "worker's peak [GB]", "driver's peak [GB]"], rows),
        "",
        f"Of the largest: {steps}. {'; '.join(part for part in grown if part)}. Projected: "
        f"{ahead['mines']:,} mines on {ahead['workers']} workers {ahead['minutes']} min, if the "
        "store feeds them all as page cache does here and no worker is lost.",
    ]


def target_lines(
    detection: dict[str, Any],
    roofline: dict[str, Any],
    scale: dict[str, Any],
    slot: dict[str, Any],
) -> list[str]:
    """What was asked for and what was measured, side by side."""
    ways = {row["way"]: row["ns"] for row in detection["peers"]}
    ours = next(ns for way, ns in ways.items() if way.startswith("ours, whole detection"))
    ewma = next(ns for way, ns in ways.items() if way.startswith("nrt EWMA"))
    of_reading = roofline["rows"][-1]["of_reading_wall"]
    told, settings = scale["summary"], scale["settings"]
    rows = [
        ["detection, per pixel-date on one core", "<= 12 ns", f"{ours:.1f} ns"],
        ["beside nrt EWMA", ">= 10 x as fast", f"{ewma / ours:.1f} x"],
        ["end to end, against reading and decoding", "<= 1.5 x", f"{of_reading:.1f} x"],
        [f"{settings['mines']} mines x {settings['slots']} slots, from cube to alerts",
         "<= 6 min", f"{told['wall_s'] / 60:.1f} min"],
        ["a worker's peak memory", "<= 2 GB", f"{told['worker_peak'] / 1e9:.2f} GB"],
        ["the driver's peak memory", "<= 1 GB", f"{told['driver_peak'] / 1e9:.2f} GB"],
        ["growth with mines, exponent", "<= 1.05", f"{told.get('exponent', float('nan')):.2f}"],
        ["two workers on two cores against one on one", ">= 1.8 x",
         f"{told.get('weak_scaling', float('nan')):.2f} x"],
        ["importing cube and analysis", "<= 1.5 s", f"{scale['import_s']:.2f} s"],
        *([f"one more slot: {row['what']}", f"<= 2 of {row['slots']} slots", f"{row['share']:.1f}"]
          for row in slot["rows"][1:]),
    ]  # fmt: skip
    return ["What was asked for, and what the tables below come to:", "",
            *markdown(["", "asked", "measured"], rows)]  # fmt: skip


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def _limit(limit: float | None) -> str:
    return "" if limit is None else f"<= {limit:.0f}"


BLOCKS: dict[str, tuple[tuple[str, ...], Lines]] = {
    "dashboard": (("dashboard_data", "dashboard_users", "map_ready"), dashboard_lines),
    "targets": (("detection_speed", "roofline", "scale", "one_more_slot"), target_lines),
    "detection": (("detection_speed", "forest_speed"), detection_lines),
    "reading": (("roofline", "loaders", "one_more_slot"), reading_lines),
    "scale": (("scale",), scale_lines),
}
"""By name of the block: the kept figures that it is made from, and how."""


def main() -> int:
    """Write every block whose figures are kept. 0 if done, 2 if the README lacks a mark."""
    text = README.read_text()
    try:
        for name, (kept, lines) in BLOCKS.items():
            paths = [RESULTS / f"{one}.json" for one in kept]
            if all(path.is_file() for path in paths):
                figures = [json.loads(path.read_text()) for path in paths]
                text = with_block(text, marks(name, "benchmarks.readme"), lines(*figures))
                print(f"  {name}")
    except CubeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    README.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
