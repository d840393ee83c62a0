"""A table in, a CSV out that a spreadsheet opens without running anything in it.

Names come from files that others wrote. A text cell that begins like a formula gets an apostrophe
in front (OWASP, CSV Injection); the GeoJSON and Parquet files beside a CSV have it as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.run_record import whole_path

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(table: pd.DataFrame, path: Path, decimals: int = 4) -> None:
    """Write a table whole, in UTF-8, numbers with so many decimals."""
    safe = table.assign(**{str(name): table[name].map(safe_cell) for name in table.columns})
    with whole_path(path) as part:
        safe.to_csv(part, index=False, float_format=f"%.{decimals}f")


def safe_cell(value: Any) -> Any:
    """The value as a CSV cell: text that a spreadsheet would take for a formula is quoted."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
