"""A mine's files in, links to them out: GeoJSON, CSV, GeoTIFF, PDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboard.look import escape

FEW = 12
"""Files that are shown at once; rasters of every month would fill the page."""


def download_list(downloads: Sequence[Mapping[str, Any]], address: Callable[[str], str]) -> str:
    """HTML of the links, rasters by month folded away."""
    if not downloads:
        return '<p class="quiet">No files were published for this mine.</p>'
    monthly = [row for row in downloads if str(row["title"]).startswith("Ground in ")]
    others = [row for row in downloads if row not in monthly]
    if len(downloads) <= FEW:
        others, monthly = list(downloads), []
    folded = ""
    if monthly:
        folded = (
            f"<details><summary>{len(monthly)} rasters of the ground, month by month "
            f"(GeoTIFF)</summary>{_links(monthly, address)}</details>"
        )
    return _links(others, address) + folded


def size(number: int | float) -> str:
    """1536 is 1.5 kB."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def _links(rows: Sequence[Mapping[str, Any]], address: Callable[[str], str]) -> str:
    items = "".join(
        f'<li><a href="{escape(address(row["name"]))}" download>{escape(row["title"])} '
        f'<span class="quiet">{escape(row["kind"])}, {escape(size(row["bytes"]))}</span></a></li>'
        for row in rows
    )
    return f'<ul class="downloads">{items}</ul>'
