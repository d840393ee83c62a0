"""Random spatial patterns of natural look: fractal fields and parcels of farmland."""

from __future__ import annotations

import numpy as np
from scipy import fft
from scipy.spatial import cKDTree


def fractal(rng: np.random.Generator, size: int, slope: float, coarsest: float = 1.0) -> np.ndarray:
    """Gaussian field whose power falls with frequency to the power `-slope`.

    Parameters
    ----------
    rng : numpy Generator
    size : pixels along each side
    slope : 2 is rough (soil), 3 is cloud-like, 4 is smooth (relief)
    coarsest : longest wave as a share of `size`

    Returns
    -------
    (size, size) float32 [1], zero mean, unit variance
    """
    side = fft.next_fast_len(size + size // 4, real=True)  # cropped, so that it does not wrap
    fy = fft.fftfreq(side).astype(np.float32)[:, None]
    fx = fft.rfftfreq(side).astype(np.float32)[None, :]
    frequency = np.hypot(fy, fx)
    frequency = np.maximum(frequency, 1.0 / (coarsest * side))
    wave = rng.standard_normal((2, side, side // 2 + 1), dtype=np.float32)
    spectrum = (wave[0] + 1j * wave[1]) * frequency ** (-slope / 2.0)
    spectrum[0, 0] = 0.0
    field = fft.irfft2(spectrum, s=(side, side))[:size, :size]
    field -= field.mean()
    return (field / max(float(field.std()), 1e-6)).astype(np.float32)


def ranks(field: np.ndarray) -> np.ndarray:
    """Rank of every pixel in its field, 0..1: thresholding it at p keeps a share p. float32."""
    order = np.empty(field.size, np.float32)
    order[np.argsort(field, axis=None, kind="stable")] = np.linspace(
        0.0, 1.0, field.size, dtype=np.float32
    )
    return order.reshape(field.shape)


def parcels(rng: np.random.Generator, size: int, spacing: float) -> np.ndarray:
    """Fields of a village: irregular, elongated, aligned with each other. (size, size) int32.

    `spacing` is the mean distance [px] between the centres of neighbouring parcels.
    """
    angle = rng.uniform(0, np.pi)
    stretch = rng.uniform(1.3, 1.9)
    cos, sin = np.cos(angle), np.sin(angle)
    reach = int(size / spacing * 1.6) + 2
    steps = np.arange(-reach, reach + 1, dtype=float)
    gu, gv = np.meshgrid(steps, steps)
    gu += rng.uniform(-0.42, 0.42, gu.shape)
    gv += rng.uniform(-0.42, 0.42, gv.shape)
    seeds = np.stack([gu.ravel() * spacing * np.sqrt(stretch), gv.ravel() * spacing / stretch**0.5])
    y, x = np.mgrid[0:size, 0:size] - size / 2.0
    bend_x, bend_y = fractal(rng, size, 4.0), fractal(rng, size, 4.0)
    u = (x * cos + y * sin + 0.7 * spacing * bend_x) / np.sqrt(stretch)
    v = (-x * sin + y * cos + 0.7 * spacing * bend_y) * np.sqrt(stretch)
    tree = cKDTree(np.stack([seeds[0] / np.sqrt(stretch), seeds[1] * np.sqrt(stretch)], axis=1))
    _, nearest = tree.query(np.stack([u.ravel(), v.ravel()], axis=1))
    _, compact = np.unique(nearest, return_inverse=True)
    return compact.reshape(size, size).astype(np.int32)
