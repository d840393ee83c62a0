"""Chips with their places in, which of them train, validate and test out: by place, not by chip.

Chips of one site, of one block of ground, or of grounds that look together from each other always
stay together, and no chip lies nearer than a set distance to one of another split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from analysis.projection import LONLAT, transformer
from cube.contract import CubeError

SPLITS = ("train", "validation", "test")

TOO_NEAR = "too_near"
"""Said of a chip that no split may have: it lies too close to another split's ground."""

EQUAL_AREA = 6933
"""EPSG code of EASE-Grid 2.0: a block has the same area wherever it lies."""

EARTH_M = 6_371_008.8


@dataclass(frozen=True)
class SplitRule:
    """How chips are divided.

    Parameters
    ----------
    train, validation, test : float [1]
        Shares of the chips; a share of 0 leaves the split out. Whole blocks are dealt, so the
        shares come out roughly.
    block_km : float [km]
        Side of a block in an equal-area grid. 20 km: the widest mine, and far beyond what soil,
        rock and farming have in common from one field to the next.
    apart_km : float [km]
        Least distance between the edges of two chips of different splits. 2 km: no haze, no
        shadow of a cloud and no neighbour of a scene's pixel reaches across.
    seed : int
        Deals the blocks; the same seed, the same splits.
    """

    train: float = 0.70
    validation: float = 0.15
    test: float = 0.15
    block_km: float = 20.0
    apart_km: float = 2.0
    seed: int = 0

    def __post_init__(self) -> None:
        shares = self.shares
        if min(shares) < 0 or not 0.999 <= sum(shares) <= 1.001 or self.train == 0:
            raise CubeError(
                f"train, validation and test are {shares}: shares that sum to 1, train above 0, "
                "are needed."
            )
        if not 0.1 <= self.block_km <= 2000:
            raise CubeError(f"block_km is {self.block_km}; give 0.1 to 2000.")
        if not 0 <= self.apart_km <= 500:
            raise CubeError(f"apart_km is {self.apart_km}; give 0 to 500.")

    @property
    def shares(self) -> tuple[float, float, float]:
        """In the order of `SPLITS`."""
        return (self.train, self.validation, self.test)


def place_splits(
    longitude: np.ndarray,
    latitude: np.ndarray,
    site: np.ndarray,
    positive: np.ndarray,
    rule: SplitRule,
    reach_m: float = 0.0,
    together: np.ndarray | None = None,
) -> np.ndarray:
    """(n,) str: the split of every chip, or `TOO_NEAR`.

    Parameters
    ----------
    longitude, latitude : (n,) float [degree]
        Middles of the chips.
    site : (n,) int
        Chips of one site are never on two sides.
    positive : (n,) bool
        Dealt so that every split gets its share of both classes.
    rule : SplitRule
    reach_m : float [m]
        Diagonal of a chip: two middles closer than `apart_km` plus this are too near.
    together : (m, 2) int, optional
        Pairs of chips whose sites stay together: copies of each other, or on one mine.

    Raises
    ------
    CubeError
        If there are fewer separate groups of ground than splits asked for, or distance leaves
        nothing to train on.
    """
    group = groups_of_ground(longitude, latitude, site, rule.block_km, together)
    wanted = [name for name, share in zip(SPLITS, rule.shares, strict=True) if share > 0]
    count = int(group.max()) + 1 if group.size else 0
    if count < len(wanted):
        raise CubeError(
            f"The chips lie on {count} separate piece{'s' if count != 1 else ''} of ground (blocks "
            f"of {rule.block_km:g} km, sites kept whole), but {' and '.join(wanted)} need one "
            "each: add mines elsewhere, make blocks smaller, or set a share to 0."
        )
    split = np.array(wanted)[_dealt(group, positive, rule, wanted)].astype("<U10")
    if rule.apart_km > 0:
        split = _apart(longitude, latitude, split, rule.apart_km * 1e3 + reach_m)
    if not (split == "train").any():
        raise CubeError(
            f"No chip to train on lies {rule.apart_km:g} km or more from all others: make "
            "apart_km smaller, or add mines elsewhere."
        )
    return split


def groups_of_ground(
    longitude: np.ndarray,
    latitude: np.ndarray,
    site: np.ndarray,
    block_km: float,
    together: np.ndarray | None = None,
) -> np.ndarray:
    """(n,) int from 0: chips with one number share a block, a site or a copy, if by others."""
    x, y = transformer(LONLAT, EQUAL_AREA).transform(longitude, latitude)
    side = block_km * 1e3
    blocks = np.column_stack([np.floor(np.asarray(v) / side) for v in (x, y)]).astype(np.int64)
    block = np.unique(blocks, axis=0, return_inverse=True)[1].reshape(-1)
    _, of_site = np.unique(site, return_inverse=True)
    sites = int(of_site.max()) + 1 if of_site.size else 0
    here, there = of_site, sites + block
    if together is not None and len(together):
        here = np.concatenate([here, of_site[together[:, 0]]])
        there = np.concatenate([there, of_site[together[:, 1]]])
    nodes = sites + (int(block.max()) + 1 if block.size else 0)
    links = coo_array((np.ones(here.size, bool), (here, there)), shape=(nodes, nodes))
    label = connected_components(links, directed=False)[1][of_site]
    return np.unique(label, return_inverse=True)[1].reshape(-1)


def distances(longitude: np.ndarray, latitude: np.ndarray, split: np.ndarray) -> pd.DataFrame:
    """Least distance [km] between chips of any two splits: the proof that none leaks.

    Columns one, other str; km float64 between the middles of the two chips nearest to each
    other.
    """
    points = _on_the_globe(longitude, latitude)
    rows = []
    for i, one in enumerate(SPLITS):
        for other in SPLITS[i + 1 :]:
            a, b = points[split == one], points[split == other]
            if len(a) and len(b):
                rows.append((one, other, float(cKDTree(a).query(b)[0].min()) * EARTH_M / 1e3))
    return pd.DataFrame(rows, columns=["one", "other", "km"])


def _dealt(
    group: np.ndarray, positive: np.ndarray, rule: SplitRule, wanted: Sequence[str]
) -> np.ndarray:
    """(n,) index into `wanted`: groups are dealt, large ones first, to who lacks most.

    Groups with positives come first; while a class has only as many groups left as there are
    splits without it, those splits alone may take them.
    """
    count = int(group.max()) + 1
    held = np.stack([np.bincount(group, kind, count) for kind in (positive, ~positive)], axis=1)
    shares = np.array([s for s in rule.shares if s > 0])
    target = shares[:, None] * np.maximum(held.sum(axis=0), 1e-9)
    # about as large: in the order the seed draws; twice as large: always first
    sizes = held * np.random.default_rng(rule.seed).uniform(0.75, 1.25, (count, 1))
    order = np.lexsort((-sizes.sum(axis=1), -sizes[:, 0]))
    have, taken = np.zeros_like(target), np.zeros(count, np.int64)
    for place, one in enumerate(order):
        lack = ((target - have) / target * (held[one] / held[one].sum())).sum(axis=1)
        left = (held[order[place:]] > 0).sum(axis=0)
        for kind in np.flatnonzero(held[one] > 0):
            without = have[:, kind] == 0
            if without.any() and left[kind] <= without.sum():
                lack[~without] = -np.inf
                break
        taken[one] = best = int(lack.argmax())
        have[best] += held[one]
    return taken[group]


def _apart(
    longitude: np.ndarray, latitude: np.ndarray, split: np.ndarray, least_m: float
) -> np.ndarray:
    """Chips of the larger split that lie too near to a smaller one's are left out.

    Training makes room for validation and test, validation for test: what is measured on is
    never thinned by what is learnt from.
    """
    points, out = _on_the_globe(longitude, latitude), split.copy()
    chord = 2 * np.sin(least_m / EARTH_M / 2)
    for i, name in enumerate(SPLITS[:-1]):
        others = np.isin(out, SPLITS[i + 1 :])
        mine = np.flatnonzero(out == name)
        if others.any() and mine.size:
            near = cKDTree(points[others]).query(points[mine], distance_upper_bound=chord)[0]
            out[mine[np.isfinite(near)]] = TOO_NEAR
    return out


def _on_the_globe(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """(n, 3) points of a sphere of radius 1; chords of neighbours are their distances."""
    east, north = np.deg2rad(longitude), np.deg2rad(latitude)
    flat = np.cos(north)
    return np.column_stack([flat * np.cos(east), flat * np.sin(east), np.sin(north)])
