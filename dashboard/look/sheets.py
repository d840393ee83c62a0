"""Style sheets of what lives in shadow roots, where the page's own does not reach."""

from __future__ import annotations

from pathlib import Path

CONTROLS = Path(__file__).with_name("controls.css").read_text()
TEXT = Path(__file__).with_name("text.css").read_text()
"""For `pn.pane.HTML`: tables, notes, lists."""
