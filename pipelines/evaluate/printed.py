"""Tables in, lines of text for a terminal or for a page in Markdown out."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from pipelines.evaluate.tables import Table, tables

NOTES = """\
false, ever false: ground shown that nobody dug, standing at the end, and with what was withdrawn \
since. Events are regions of 0.3 ha and more. dug Nov-May: only ground opened then, when it can be \
seen. never green: recall on ground never green in the history; unjudged: share of the site of \
which a detector says that it cannot tell. twin: sites where nobody digs; under another's law, \
lines of the next seed's site that know nothing of the mine below.
scene_difference: 2 dNDVI + 1.5 dNBR + dNDMI + dBSI from one clear scene to the next, by a mixture \
of two; forest: an Isolation Forest per mine, two odd looks in a row.
nrt and pyxccd run with their defaults, nrt's _annual with one harmonic and no trend; breaks \
towards greener ground are not counted. A peer's map is sieved to 10 pixels; nrt_ccdc runs on \
every 2nd row and column, cold and sccd on every 4th, unsieved, and see the record to its end.
The best peer is that of highest F1 in the world of the line."""
"""What the words of the tables mean."""


def lines(report: dict[str, Any]) -> list[str]:
    """All tables one under the other, and what their words mean."""
    out = []
    for table in tables(report):
        out += ["", table.title, *aligned([table.heads, *_units(table), *table.rows])]
    return [*out[1:], "", *(line for note in NOTES.split("\n") for line in wrap(note, 100))]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of text: the first to the left, the others to the right.

    A row that is shorter than the first ends in a note, which makes no column wider.
    """
    whole = [row for row in rows if len(row) == len(rows[0])]
    widths = [max(len(row[i]) for row in whole) for i in range(len(rows[0]))]
    widths[0] = max(len(row[0]) for row in rows)
    return [
        "  ".join(
            cell.ljust(width) if i == 0 or len(row) < len(rows[0]) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in rows
    ]


def markdown(table: Table) -> list[str]:
    """The table as Markdown has it, units in brackets behind their heads."""
    heads = [
        f"{head} [{unit}]" if unit else head
        for head, unit in zip(table.heads, table.units, strict=True)
    ]
    return [
        _row(heads),
        _row(["---", *["---:"] * (len(heads) - 1)]),
        *(_row(row) for row in table.rows),
    ]


def _units(table: Table) -> list[tuple[str, ...]]:
    return [table.units] if any(table.units) else []


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
