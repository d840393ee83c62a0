"""Two answers about one mine in, what appears, vanishes, grows or shrinks between them out."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.kernels.growth import NONE
from analysis.mosaic import PIXEL_HA
from analysis.regions import Regions
from cube.contract import CubeError

APPEARS, VANISHES = "appears", "vanishes"
GROWS, SHRINKS, MOVES, SAME = "grows", "shrinks", "moves", "same"

DTYPES = {
    "mine_id": "str",
    "change": "str",
    "before": "str",
    "after": "str",
    "before_ha": "float64",
    "after_ha": "float64",
    "kept_ha": "float64",
}


def compared_regions(before: Regions, after: Regions) -> pd.DataFrame:
    """What became of every region at the last date, told by the ground itself and not by names.

    Other rules may begin a region with another pixel and so name it otherwise; regions that share
    ground are taken for one another. Where several share it they are one row, their ids joined.

    Parameters
    ----------
    before, after : Regions
        Of one mine, from the same imagery.

    Returns
    -------
    DataFrame, changed rows first, larger first
        mine_id; change: appears, vanishes, grows, shrinks, moves (as large, elsewhere) or same;
        before, after: region ids joined by ";", "" where none; before_ha, after_ha, and kept_ha
        claimed by both.

    Raises
    ------
    CubeError
        If the regions are of two mines.
    """
    _of_one_mine(before, after)
    old, new = _claims(before), _claims(after)
    both = old.merge(new, on=["x", "y"], how="outer", suffixes=("_old", "_new")).fillna(NONE)
    groups = _together(
        both["region_old"].to_numpy(int), both["region_new"].to_numpy(int), len(before.ids)
    )
    rows = []
    for _, ground in both.groupby(groups):
        was, now = ground["region_old"] != NONE, ground["region_new"] != NONE
        lost, gained = int((was & ~now).sum()), int((now & ~was).sum())
        rows.append(
            (
                before.ground.mine_id,
                _change(bool(was.any()), bool(now.any()), lost, gained),
                _names(ground.loc[was, "region_old"], before),
                _names(ground.loc[now, "region_new"], after),
                int(was.sum()) * PIXEL_HA,
                int(now.sum()) * PIXEL_HA,
                int((was & now).sum()) * PIXEL_HA,
            )
        )
    table = pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)
    changed = (table["change"] == SAME).rename("same")
    size = -(table["before_ha"] + table["after_ha"])
    order = np.lexsort((table["before"] + table["after"], size, changed))
    return table.iloc[order].reset_index(drop=True)


def inherited(named: Regions, names: Collection[str], other: Regions) -> frozenset[str]:
    """Regions of `other` most of whose ground, at the last date, lies in those named.

    What was said of some ground under one set of rules holds for it under another, whatever the
    regions are called there.

    Raises
    ------
    CubeError
        If the regions are of two mines.
    """
    _of_one_mine(named, other)
    told, own = _claims(named), _claims(other)
    told = told[[named.ids[region] in names for region in told["region"]]]
    shared = own.merge(told[["x", "y"]], on=["x", "y"])["region"].to_numpy(int)
    within = np.bincount(shared, minlength=len(other.ids))
    whole = np.bincount(own["region"].to_numpy(int), minlength=len(other.ids))
    return frozenset(other.ids[region] for region in np.flatnonzero(2 * within > whole))


def _of_one_mine(before: Regions, after: Regions) -> None:
    if before.ground.mine_id != after.ground.mine_id:
        raise CubeError(
            f"regions of {before.ground.mine_id} and of {after.ground.mine_id} were given: "
            "compare two answers about one mine."
        )


def _claims(regions: Regions) -> pd.DataFrame:
    """The pixels of regions at the last slot: x, y [m] and the number of the region."""
    ground = regions.ground
    region = regions.members(len(ground.times) - 1)
    here = region != NONE
    x, y = np.rint(ground.x[here]), np.rint(ground.y[here])
    return pd.DataFrame({"x": x, "y": y, "region": region[here].astype(int)})


def _together(old: np.ndarray, new: np.ndarray, olds: int) -> np.ndarray:
    """(n,) group of every pixel: regions before and after that share ground are one group."""
    nodes = olds + new.max(initial=-1) + 1
    shared = (old != NONE) & (new != NONE)
    links = (np.ones(shared.sum()), (old[shared], olds + new[shared]))
    _, group = connected_components(coo_array(links, shape=(nodes, nodes)), directed=False)
    return group[np.where(old != NONE, old, olds + new)]


def _change(was: bool, now: bool, lost: int, gained: int) -> str:
    if not was:
        return APPEARS
    if not now:
        return VANISHES
    if gained == lost:
        return MOVES if gained else SAME
    return GROWS if gained > lost else SHRINKS


def _names(numbers: pd.Series, regions: Regions) -> str:
    return ";".join(sorted(regions.ids[number] for number in numbers.astype(int).unique()))
