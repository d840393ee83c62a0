"""Quality and state of a mine's ground in, how much of it could be judged at all out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cube.contract import CubeError, Quality, State


@dataclass(frozen=True)
class Observability:
    """What the record of one mine allows to be said of its ground.

    Attributes
    ----------
    pixels : int
        Pixels of the ground asked about.
    median_clear_looks : float
        Over those pixels, the median number of slots that saw them clear.
    imaged_share : float
        Share of the pixels seen clear at least once.
    observable_share : float
        Share of the pixels whose state the detector could judge in the last slot; the rest
        (never green, or without history) it is blind to.
    failed_share : float
        Share of all pixel-slots in which a read failed.
    """

    pixels: int
    median_clear_looks: float
    imaged_share: float
    observable_share: float
    failed_share: float


def observability(quality: np.ndarray, state: np.ndarray, inside: np.ndarray) -> Observability:
    """Observability of the pixels `inside`.

    Parameters
    ----------
    quality, state : (mine, time, y, x) uint8
        Of all windows of one mine.
    inside : (mine, y, x) bool

    Raises
    ------
    CubeError
        If the shapes do not fit.
    """
    if quality.shape != state.shape or inside.shape != (quality.shape[0], *quality.shape[2:]):
        raise CubeError(
            f"quality {quality.shape}, state {state.shape} and inside {inside.shape} do not fit: "
            "(mine, time, y, x) twice and (mine, y, x) are needed."
        )
    seen = pixels_inside(quality, inside)
    pixels = seen.shape[1]
    if pixels == 0:
        return Observability(0, 0.0, 0.0, 0.0, 0.0)
    looks = (seen == Quality.CLEAR).sum(axis=0)
    judged = pixels_inside(state[:, -1:], inside) != State.NOT_OBSERVABLE
    return Observability(
        pixels=pixels,
        median_clear_looks=float(np.median(looks)),
        imaged_share=float((looks > 0).mean()),
        observable_share=float(judged.mean()),
        failed_share=float((seen == Quality.READ_FAILED).mean()),
    )


def pixels_inside(planes: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(time, n) of (mine, time, y, x): the pixels marked in (mine, y, x) bool, window by window."""
    flat = planes.reshape(*planes.shape[:2], -1)
    pieces = zip(flat, map(np.flatnonzero, inside), strict=True)
    return np.concatenate([window.take(own, axis=1) for window, own in pieces], axis=1)
