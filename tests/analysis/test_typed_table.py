"""Tables of rows: every column of its type, with rows and without."""

import numpy as np
import pandas as pd

from analysis.typed_table import typed_table

DTYPES = {"name": "str", "area_ha": "float64", "first": "datetime64[s]"}


def test_a_table_is_what_pandas_makes_of_the_rows_and_their_types():
    rows = [
        {"first": np.datetime64("2021-01-31"), "name": "A", "area_ha": 0.5, "other": 1},
        {"first": np.datetime64("NaT"), "name": "", "area_ha": np.nan, "other": 2},
    ]
    expected = pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)
    pd.testing.assert_frame_equal(typed_table(rows, DTYPES), expected)
    pd.testing.assert_frame_equal(typed_table([], DTYPES), expected.iloc[:0])
