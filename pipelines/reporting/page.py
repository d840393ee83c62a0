"""Everything the report says in, one self-contained HTML page out: no script, nothing fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from pipelines.wording import counted


def page(facts: dict[str, Any]) -> str:
    """The page, whatever the names in it hold: all text is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ha"] = lambda value, digits=2: f"{value:,.{digits}f}"
    environment.globals["counted"] = counted
    return environment.get_template("report.html.j2").render(facts)
