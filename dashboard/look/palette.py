"""Colours and marks of all pages: Okabe and Ito's, each with a shape or a pattern beside it."""

from __future__ import annotations

from dataclasses import dataclass

INK, QUIET, LINE, PAPER = "#1b1f23", "#57606a", "#d0d7de", "#ffffff"
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
YELLOW, BLUE, VERMILLION, PURPLE = "#f0e442", "#0072b2", "#d55e00", "#cc79a7"
"""Okabe & Ito 2008: told apart by people who see few colours."""

LEGAL, ILLEGAL, UNRULED = BLUE, VERMILLION, QUIET
LEASE, ZONE, REGION = SKY, PURPLE, ORANGE


@dataclass(frozen=True)
class Mark:
    """How one class is drawn wherever it is shown.

    Attributes
    ----------
    words : what it is called
    colour : of its fill
    marker : Bokeh's name of its shape, never the same for two classes
    sign : the same shape as a character, for tables
    """

    words: str
    colour: str
    marker: str
    sign: str


SEVERITY = {
    "HIGH": Mark("high", VERMILLION, "triangle", "▲"),
    "MEDIUM": Mark("medium", ORANGE, "diamond", "◆"),
    "LOW": Mark("low", SKY, "square", "■"),
    "WATCH": Mark("watch notice", BLUE, "circle_dot", "◉"),
    "NONE": Mark("no open alert", GREEN, "circle", "●"),
    "UNSEEN": Mark("not judged", QUIET, "x", "✕"),
}
"""Of a mine: its worst open alert, the worst first; WATCH where there is a notice only,
UNSEEN where nothing could be judged."""

MONTH = {
    "activity": Mark("ground was opened", VERMILLION, "square", "■"),
    "none": Mark("seen, nothing opened", GREEN, "circle", "○"),
    "not_observable": Mark("could not be judged", LINE, "x", "–"),
}
"""Of a month of a mine."""

INDEX = {"ndvi": GREEN, "ndmi": BLUE, "nbr": PURPLE, "bsi": ORANGE}
"""Of an index series."""
