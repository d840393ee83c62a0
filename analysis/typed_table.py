"""Rows and the type of every column in, a table out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd


def typed_table(rows: Sequence[Mapping[str, Any]], dtypes: Mapping[str, str]) -> pd.DataFrame:
    """A table with the columns of `dtypes`, also where there are no rows.

    Column by column: `DataFrame(rows).astype(dtypes)` gives the same and takes nine times as long,
    several times for every mine.

    dtypes : `str` for texts, which stay what they are; else as numpy names them
    """
    return pd.DataFrame(
        {
            name: np.array([row[name] for row in rows], object if kind == "str" else kind)
            for name, kind in dtypes.items()
        }
    )
