"""Colours, sizes and the PNG writer that all pictures of a pack share."""

from __future__ import annotations

from io import BytesIO

from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

INK, GREY, DUG, SINCE = "#222222", "#767676", "#d55e00", "#f0c040"
NO_GO, LEASE, OUTLINE, GREEN = "#cc3377", "#56b4e9", "#ffffff", "#009e73"
"""Okabe and Ito's palette: told apart by people who see few colours."""

WIDTH = 5.2
"""Inches of a wide picture: small enough that its print stays legible on a phone."""

FONT = 7.5
"""Size of print in it [pt]."""

DPI = 200

HALO = [withStroke(linewidth=2, foreground="white")]
"""Around words that stand on lines."""


def png(figure: Figure) -> bytes:
    """A figure as PNG without date or version in it: equal figures, equal bytes."""
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None}, facecolor="white")
    return stream.getvalue()
