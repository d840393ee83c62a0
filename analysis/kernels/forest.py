"""Isolation trees walked by many observations at once: features in, summed path lengths out."""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 256
"""Observations that walk a tree together: their features and the tree stay in the nearest cache."""


@njit(nogil=True, cache=True)
def sum_path_lengths(features, row, threshold, length, levels, total):
    """Path length of every observation, summed over the trees.

    Trees are complete: node n has children 2n + 1 (feature <= threshold) and 2n + 2, leaves stand
    at depth `levels`. Unsigned numbers let the compiler gather for sixteen observations at once.
    features (feature, n) float32; row (tree, 2**levels - 1) uint32, BLOCK times the feature that a
    node asks; threshold (tree, 2**levels - 1) float32; length (tree, 2**levels) float32;
    total (n,) float64, written whole.
    """
    trees = row.shape[0]
    depth, count = features.shape
    first_leaf = np.uint32(2**levels - 1)
    one = np.uint32(1)
    two = np.uint32(2)
    held = np.zeros(depth * BLOCK, np.float32)
    node = np.empty(BLOCK, np.uint32)
    summed = np.empty(BLOCK, np.float64)
    for begin in range(0, count, BLOCK):
        size = min(BLOCK, count - begin)
        for f in range(depth):
            for i in range(size):
                held[f * BLOCK + i] = features[f, begin + i]
        summed[:] = 0
        for tree in range(trees):
            asked = row[tree]
            limit = threshold[tree]
            value = length[tree]
            node[:] = 0
            for _ in range(levels):
                for i in range(np.uint32(BLOCK)):
                    n = node[i]
                    right = held[np.uint32(asked[n] + np.uint32(i))] > limit[n]
                    node[i] = np.uint32(two * n + one + np.uint32(right))
            for i in range(BLOCK):
                summed[i] += value[np.uint32(node[i] - first_leaf)]
        for i in range(size):
            total[begin + i] = summed[i]
