"""Quantiles of columns with gaps: by hand, and as NumPy has them."""

from __future__ import annotations

import numpy as np

from analysis.quantiles import quantiles

GAP = np.nan


def test_by_hand() -> None:
    values = np.array([[4.0, GAP, GAP], [1.0, 7.0, GAP], [2.0, 5.0, GAP], [3.0, GAP, GAP]])
    quarter, middle, most = quantiles(values, (0.25, 0.5, 1.0))
    np.testing.assert_array_equal(quarter, [1.75, 5.5, GAP])  # 1 + 0.75, 5 + 2 * 0.25, nothing
    np.testing.assert_array_equal(middle, [2.5, 6.0, GAP])
    np.testing.assert_array_equal(most, [4.0, 7.0, GAP])


def test_as_numpy_has_them() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(31, 200))
    values[rng.random(values.shape) < 0.4] = GAP
    ranks = (0.0, 0.1, 0.25, 0.5, 0.9, 1.0)
    np.testing.assert_allclose(
        quantiles(values, ranks), np.nanquantile(values, ranks, axis=0), rtol=1e-14
    )
