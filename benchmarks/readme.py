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


def dashboard_lines(data: dict[str, Any], people: dict[str, Any]) -> list[str]:
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
        f"the event loop never stood still for longer than {loop['longest_ms']:.0f} ms:",
        "",
        *markdown(["from asking to having", "p50 [ms]", "p95 [ms]"], waited),
    ]


def _limit(limit: float | None) -> str:
    return "" if limit is None else f"<= {limit:.0f}"


BLOCKS: dict[str, tuple[tuple[str, ...], Lines]] = {
    "dashboard": (("dashboard_data", "dashboard_users"), dashboard_lines),
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
