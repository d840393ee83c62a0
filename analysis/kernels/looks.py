"""Reflectance reduced, in one pass, to what detection remembers of a clear look."""

from __future__ import annotations

import numpy as np
from numba import njit

NOT_SEEN = np.int16(-32768)
"""In NDVI of a look: the pixel was not clear, or a band had no measurement."""

STEPS = np.float32(10_000.0)
"""Integer steps per unit of an index."""


@njit(nogil=True, cache=True)
def reduce_to_looks(
    reflectance, quality, clear, cloud, bands, ndvi, bsi, mndwi, ndti, blue, level, hidden
):
    """Indices, blue and level of every look, and NDVI apart for those under what is called cloud.

    reflectance (time, band, y, x) uint16, 0 = no measurement; quality (time, y, x) uint8,
    `clear` its flag for a look, `cloud` that for one the cloud mask hides;
    bands (6,) int64, the positions of blue, green, red, nir, swir16, swir22;
    ndvi (time, y, x) int16 [1/10000], NOT_SEEN where not clear; hidden likewise, NOT_SEEN where
    not measured under cloud; bsi, mndwi, ndti int16, NOT_SEEN where neither; blue uint16, level
    int16 [1/10000], 0 where neither. All written whole.
    """
    times, _, rows, columns = reflectance.shape
    half = np.float32(0.5)
    third = np.float32(1.0 / 3.0)
    brightest = np.float32(32767.0)
    for t in range(times):
        for y in range(rows):
            b_row = reflectance[t, bands[0], y]
            g_row = reflectance[t, bands[1], y]
            r_row = reflectance[t, bands[2], y]
            n_row = reflectance[t, bands[3], y]
            s_row = reflectance[t, bands[4], y]
            l_row = reflectance[t, bands[5], y]
            for x in range(columns):
                b = np.float32(b_row[x])
                g = np.float32(g_row[x])
                r = np.float32(r_row[x])
                n = np.float32(n_row[x])
                s = np.float32(s_row[x])
                w = np.float32(l_row[x])
                measured = (b > 0) & (r > 0) & (n > 0) & (s > 0)
                seen = (quality[t, y, x] == clear) & measured
                under = (quality[t, y, x] == cloud) & measured
                known = seen | under
                one = np.float32(1.0)
                # Where green is not measured, blue stands in: water outshines SWIR in both.
                g = g if g > 0 else b
                # Where the longer SWIR is not, the shorter does: their ratio then says nothing.
                w = w if w > 0 else s
                v = STEPS * (n - r) / max(n + r, one)
                soil = STEPS * ((s + r) - (n + b)) / max(s + r + n + b, one)
                water = STEPS * (g - s) / max(g + s, one)
                litter = STEPS * (s - w) / max(s + w, one)
                lit = min((r + n + s) * third, brightest)
                ndvi[t, y, x] = np.int16(np.floor(v + half)) if seen else NOT_SEEN
                bsi[t, y, x] = np.int16(np.floor(soil + half)) if known else NOT_SEEN
                mndwi[t, y, x] = np.int16(np.floor(water + half)) if known else NOT_SEEN
                ndti[t, y, x] = np.int16(np.floor(litter + half)) if known else NOT_SEEN
                hidden[t, y, x] = np.int16(np.floor(v + half)) if under else NOT_SEEN
                blue[t, y, x] = b_row[x] if known else np.uint16(0)
                level[t, y, x] = np.int16(lit) if known else np.int16(0)


@njit(nogil=True, cache=True)
def any_look(ndvi):
    """Whether any pixel holds a look; ndvi (y, x) int16, NOT_SEEN = none."""
    for y in range(ndvi.shape[0]):
        row = ndvi[y]
        found = np.int16(0)
        for x in range(row.size):
            found |= row[x] ^ NOT_SEEN
        if found:
            return True
    return False
