"""Cover fractions and materials of every pixel on one day -> its surface reflectance."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def mixed(
    spectra: np.ndarray,
    wet_darkening: np.ndarray,
    leaf: np.ndarray,
    litter: np.ndarray,
    ground: np.ndarray,
    ground2: np.ndarray,
    blend: np.ndarray,
    water_kind: np.ndarray,
    green: np.ndarray,
    dry: np.ndarray,
    water: np.ndarray,
    moisture: np.ndarray,
    light: np.ndarray,
    shine: np.ndarray,
    glint: float,
    out: np.ndarray,
) -> None:
    """Linear mixture of leaf, litter, ground and water, darkened by moisture, lit by `light`.

    spectra (material, band); leaf, litter, ground, ground2, water_kind (y, x) uint8 rows of it;
    blend, green, dry, water, moisture, light (y, x) float32; out (band, y, x) float32, written
    whole. `blend` is the share of `ground2` in the ground; `glint * shine` is what sunlit
    water mirrors, `shine` (y, x) float32.
    """
    bands, rows, columns = out.shape
    for b in range(bands):
        dark = wet_darkening[b]
        for y in range(rows):
            for x in range(columns):
                g = green[y, x]
                d = min(dry[y, x], 1.0 - g)
                w = water[y, x]
                m = blend[y, x]
                soil = (1.0 - m) * spectra[ground[y, x], b] + m * spectra[ground2[y, x], b]
                soil *= 1.0 - dark * moisture[y, x]
                land = g * spectra[leaf[y, x], b] + d * spectra[litter[y, x], b]
                land += (1.0 - g - d) * soil
                land *= light[y, x]
                out[b, y, x] = (1.0 - w) * land + w * (
                    spectra[water_kind[y, x], b] + glint * shine[y, x]
                )


@njit(nogil=True, cache=True)
def blurred(image: np.ndarray, side: float, down: float, right: float, out: np.ndarray) -> None:
    """3 x 3 point spread of the instrument, moved by a fraction of a pixel.

    image, out (band, y, x) float32, edges repeat; `side` is the weight of each neighbour along
    a line, `down` and `right` [px] the displacement of the picture.
    """
    bands, rows, columns = image.shape
    centre = np.float32(1.0 - 2.0 * side)
    above, below = np.float32(side + down / 2), np.float32(side - down / 2)
    before, after = np.float32(side + right / 2), np.float32(side - right / 2)
    line = np.empty(columns + 2, np.float32)
    for b in range(bands):
        for y in range(rows):
            up = max(y - 1, 0)
            low = min(y + 1, rows - 1)
            for x in range(columns):
                line[x + 1] = (
                    centre * image[b, y, x] + above * image[b, up, x] + below * image[b, low, x]
                )
            line[0] = line[1]
            line[columns + 1] = line[columns]
            for x in range(columns):
                out[b, y, x] = before * line[x] + centre * line[x + 1] + after * line[x + 2]


@njit(nogil=True, cache=True)
def halved(image: np.ndarray, out: np.ndarray) -> None:
    """Mean of every 2 x 2 pixels: 10 m to 20 m. image (y, x), out (y/2, x/2) float32."""
    rows, columns = out.shape
    for y in range(rows):
        for x in range(columns):
            out[y, x] = 0.25 * (
                image[2 * y, 2 * x]
                + image[2 * y, 2 * x + 1]
                + image[2 * y + 1, 2 * x]
                + image[2 * y + 1, 2 * x + 1]
            )
