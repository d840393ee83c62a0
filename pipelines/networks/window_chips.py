"""One window and its labels in, its image, its mask, its classes and a row per chip out."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from analysis.networks.land_cover import LandCover
from analysis.networks.near_duplicates import thumbnail
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.imagery import Imagery
from pipelines.networks.labels import CLASSES, Labels, WindowLabels
from pipelines.networks.medians import scaled

UNMEASURED, UNLABELLED, AMBIGUOUS = "unmeasured", "unlabelled", "ambiguous"
"""Why a chip is of no use: clouds or no swath, nothing known, too little mine to say."""

PROTECTED = "protected"

NO_MINE_SAID = {"label": np.nan, "positive_share": np.nan, "weight": 1.0}


@dataclass(frozen=True, eq=False)
class WindowChips:
    """What chips a window gives in one period.

    image (band, y, x) as stored; mask (y, x) float32; classes (y, x) int8 of `LandCover`, None
    where nobody knows any; rows, one per chip in the order of their corners; thumbnails (chip, k)
    float32; digest, sha256 of image, mask and classes.
    """

    image: np.ndarray
    mask: np.ndarray
    classes: np.ndarray | None
    rows: list[dict[str, Any]]
    thumbnails: np.ndarray
    digest: str


def corners(window: int, size: int, overlap: int) -> list[int]:
    """First pixels of the chips along one side of a window."""
    return list(range(0, window - size + 1, size - overlap))


def window_chips(
    imagery: Imagery, labels: Labels, settings: DatasetSettings, place: int, period: int
) -> WindowChips:
    """Read a window's image of one period and judge every chip of it."""
    image, day = imagery.image(place, period)
    pixels = as_reflectance(image)
    known = labels.of(imagery.places[place], day)
    rows, thumbnails = [], []
    starts = corners(imagery.size, settings.chip_size, settings.overlap)
    for row in starts:
        for column in starts:
            cut = (
                slice(row, row + settings.chip_size),
                slice(column, column + settings.chip_size),
            )
            chip = pixels[(slice(None), *cut)]
            measured = float(np.isfinite(chip).any(axis=0).mean())
            told = _judged(known, cut, labels.name, settings)
            if known.classes is not None:
                told["cover"] = cover_counts(known.classes[cut])
            if measured < settings.measured_share:
                told["reason"] = UNMEASURED
            rows.append({"row": row, "column": column, "measured_share": measured, **told})
            thumbnails.append(thumbnail(chip))
    taught = [image, known.mask] + ([] if known.classes is None else [known.classes])
    digest = sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in taught)).hexdigest()
    return WindowChips(image, known.mask, known.classes, rows, np.stack(thumbnails), digest)


def cover_counts(classes: np.ndarray) -> list[int]:
    """Pixels of each class of land cover, in the order of their numbers."""
    counts: list[int] = np.bincount(classes[classes >= 0], minlength=len(LandCover)).tolist()
    return counts


def as_reflectance(stored: np.ndarray) -> np.ndarray:
    """float32 with NaN of an image as stored: digital numbers, or reflectance already."""
    if stored.dtype == np.uint16:
        return scaled(stored)
    return stored.astype(np.float32, copy=False)


def _judged(
    known: WindowLabels, cut: tuple[slice, slice], name: str, settings: DatasetSettings
) -> dict[str, Any]:
    """label, positive_share, weight, source and reason ("" where it is of use) of one chip."""
    mask = known.mask[cut]
    seen = np.isfinite(mask)
    if name == CLASSES and known.classes is not None:
        unknown = (known.classes[cut] >= 0).mean() < settings.measured_share
        return {**NO_MINE_SAID, "source": name, "reason": UNLABELLED if unknown else ""}
    share = float(mask[seen].mean()) if seen.any() else float("nan")
    told = {"label": np.nan, "positive_share": share, "weight": 1.0, "source": name, "reason": ""}
    rows, columns = known.points[:, 0], known.points[:, 1]
    here = (rows >= cut[0].start) & (rows < cut[0].stop)
    here &= (columns >= cut[1].start) & (columns < cut[1].stop)
    if here.any():
        return {**told, "label": float(known.points[here, 2].max())}
    mine = seen & (mask > 0)
    if seen.any() and share >= settings.positive_share:
        return {**told, "label": 1.0, "weight": float(known.confidence[cut][mine].mean())}
    if mine.any():
        return {**told, "reason": AMBIGUOUS}
    if seen.mean() < settings.measured_share:
        return {**told, "reason": UNLABELLED}
    return {**told, "label": 0.0, "source": _negative(known, cut, name, settings)}


def _negative(
    known: WindowLabels, cut: tuple[slice, slice], name: str, settings: DatasetSettings
) -> str:
    """Which kind of negative: protected, hard:KIND, or just ground without a mine."""
    counts = np.bincount(known.kinds[cut].reshape(-1), minlength=len(known.names))
    counts[0] = 0
    kind = known.names[int(counts.argmax())]
    if not kind or counts.sum() < settings.hard_share * known.kinds[cut].size:
        return name
    return kind if kind == PROTECTED else f"hard:{kind}"
