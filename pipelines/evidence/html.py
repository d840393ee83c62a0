"""Blocks in, one self-contained HTML page out."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import jinja2

from pipelines.evidence.blocks import Block


def page(blocks: Sequence[Block], title: str, foot: str, data: str) -> bytes:
    """The page, UTF-8; it loads nothing from anywhere.

    data : JSON for the element `pack`, already safe to stand in a script element
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["base64"] = lambda png: base64.b64encode(png).decode()
    environment.tests["kind"] = lambda block, name: type(block).__name__ == name
    text = environment.get_template("pack.html.j2").render(
        blocks=blocks, title=title, foot=foot, data=data
    )
    return text.encode()
