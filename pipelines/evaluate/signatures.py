"""A site and what the core found on it in, how each kind of ground looks out."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.detection import Excavation
from analysis.index_distributions import Distributions, Histogram, distributions
from analysis.pixel_series import PixelSeries
from cube.contract import SCALE
from pipelines.evaluate.sites import TrueSite

PIXELS = 300
"""Of every kind at every site, evenly taken."""


def site_signature(site: TrueSite, found: Excavation) -> dict[str, Distributions]:
    """Confirmed ground since its onset, then every kind of ground not dug, from the watch on."""
    reference, block = site.reference, site.block
    standing = found.excavated[-1] & ~np.isnat(found.onset)
    told = {"confirmed": _looks(site, standing, found.onset.astype("datetime64[D]"))}
    watched = np.full(reference.dug.shape, reference.watched, "datetime64[D]")
    quiet = reference.counted & ~reference.dug & ~standing
    for number, kind in enumerate(reference.kinds):
        told[kind] = _looks(site, quiet & (reference.kind == number), watched)
    assert block.shape[1:] == reference.dug.shape
    return told


def signature_to_plain(told: dict[str, Distributions]) -> dict[str, Any]:
    """As JSON takes it: the bins that hold looks."""
    return {
        kind: {
            name: {str(i): n for i, n in enumerate(histogram.looks) if n}
            for name, histogram in by_index.items()
        }
        for kind, by_index in told.items()
    }


def signature_from_plain(plain: dict[str, Any]) -> dict[str, Distributions]:
    """What `signature_to_plain` made these of."""

    def histogram(bins: dict[str, int]) -> Histogram:
        return Histogram(tuple(bins.get(str(i), 0) for i in range(len(Histogram().looks))))

    return {
        kind: {name: histogram(bins) for name, bins in by_index.items()}
        for kind, by_index in plain.items()
    }


def _looks(site: TrueSite, where: np.ndarray, since: np.ndarray) -> Distributions:
    rows, columns = np.nonzero(where)
    step = max(1, -(-rows.size // PIXELS))
    places = rows[::step], columns[::step]
    block = site.block
    raw = block.reflectance[:, :, *places]
    unseen = ~block.clear[:, *places][:, np.newaxis] | (raw == 0)
    values = raw.astype(np.float32) * np.float32(SCALE)
    values[unseen] = np.nan
    bands = {band: values[:, i] for i, band in enumerate(block.bands)}
    return distributions(PixelSeries(block.acquired.astype("datetime64[D]"), bands), since[places])
