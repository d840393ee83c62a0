"""What every picture of a run shares: its colours, its dates, names as they are written, PNG."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

import matplotlib.dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, DUG, NO_GO, LEASE, OUTLINE = "#222222", "#d55e00", "#cc3377", "#56b4e9", "#ffffff"
"""Okabe and Ito's palette: told apart by people who see few colours."""

VIOLATION = "#ffe94d"
"""Stands out of every ground in false colour, and of the other lines."""

UNRULED, GREY = "#9aa3ab", "#7a848d"
"""Ground that no known law speaks of; bars that say neither good nor bad."""

SEVERITY = {"HIGH": "#d55e00", "MEDIUM": "#e69f00", "LOW": "#56b4e9"}
"""By severity, the worst first; shapes say the same without colour."""

LEGAL, ILLEGAL = "#0072b2", "#d55e00"
"""Ground dug inside leases, and outside them or in a no-go zone."""

HA = "area [ha]"

WEBP_QUALITY = 80
"""Of 100: no fault that the eye finds at the size of a page."""


def png(figure: Figure) -> bytes:
    """A figure as PNG; equal figures are equal bytes."""
    return _drawn(figure, format="png", metadata={"Software": None})


def webp(figure: Figure) -> bytes:
    """A figure as WebP, a fifth of the PNG; equal figures are equal bytes."""
    return _drawn(figure, format="webp", pil_kwargs={"quality": WEBP_QUALITY, "method": 6})


def _drawn(figure: Figure, **told: Any) -> bytes:
    stream = BytesIO()
    with warnings.catch_warnings():  # a name may hold letters that the font has not
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(stream, dpi=110, facecolor="white", **told)
    return stream.getvalue()


def plain(name: object) -> str:
    """A name as it is written: matplotlib would set what stands between two $ as a formula."""
    text = str(name).replace("$", r"\$")
    return text if len(text) <= 30 else f"{text[:28]}..."


def date_axis(axes: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
