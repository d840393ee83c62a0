"""What every picture of a run shares: its colours, its dates, names as they are written, PNG."""

from __future__ import annotations

import warnings
from io import BytesIO

import matplotlib.dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, DUG, NO_GO, LEASE, OUTLINE = "#222222", "#d55e00", "#cc3377", "#56b4e9", "#ffffff"
"""Okabe and Ito's palette: told apart by people who see few colours."""

HA = "area [ha]"


def png(figure: Figure) -> bytes:
    """A figure as PNG; equal figures are equal bytes."""
    stream = BytesIO()
    with warnings.catch_warnings():  # a name may hold letters that the font has not
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(
            stream, format="png", dpi=110, metadata={"Software": None}, facecolor="white"
        )
    return stream.getvalue()


def plain(name: object) -> str:
    """A name as it is written: matplotlib would set what stands between two $ as a formula."""
    text = str(name).replace("$", r"\$")
    return text if len(text) <= 30 else f"{text[:28]}..."


def date_axis(axes: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
