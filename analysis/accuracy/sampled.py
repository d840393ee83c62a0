"""A stratified sample of pixels in, area-adjusted accuracy with its intervals out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.accuracy.counts import Counts
from cube.contract import CubeError

NORMAL_95 = 1.959963984540054
"""Half width of a 95 % interval in standard errors."""


@dataclass(frozen=True)
class Estimate:
    """A value and the half width of its 95 % confidence interval."""

    value: float
    half_width: float


@dataclass(frozen=True, eq=False)
class Sample:
    """Pixels drawn at random within strata.

    stratum : (n,) int, 0 .. len(sizes) - 1
    sizes : (strata,) int, pixels of each stratum in the whole map
    claimed, dug : (n,) bool, what map and reference say of the pixel
    """

    stratum: np.ndarray
    sizes: np.ndarray
    claimed: np.ndarray
    dug: np.ndarray

    def __post_init__(self) -> None:
        drawn = np.bincount(self.stratum, minlength=len(self.sizes))
        if len(drawn) > len(self.sizes):
            raise CubeError(
                f"stratum goes up to {len(drawn) - 1}, but {len(self.sizes)} have sizes."
            )
        few = np.flatnonzero((drawn < 2) & (np.asarray(self.sizes) > 0))
        if few.size:
            raise CubeError(
                f"stratum {few[0]} of {self.sizes[few[0]]} pixels holds {drawn[few[0]]} of the "
                "sample; a variance needs two or more. Draw at least two from every stratum."
            )


@dataclass(frozen=True)
class AreaAccuracy:
    """What a stratified sample says of a map of two classes, dug and not.

    `users` and `producers` accuracy of the class dug, `overall` accuracy, `area` dug [pixels].
    """

    users: Estimate
    producers: Estimate
    overall: Estimate
    area: Estimate


def area_accuracy(sample: Sample) -> AreaAccuracy:
    """Accuracy and area as estimated from the sample, not from the map's own pixel count.

    Source
    ------
    Olofsson et al. 2014, doi:10.1016/j.rse.2014.02.015, eqs. 5-11, by the indicator form of
    Stehman 2014, doi:10.1080/01431161.2014.930207, eqs. 2, 25-28, which also holds where strata
    are not the classes of the map.
    """
    both = sample.claimed & sample.dug
    agree = sample.claimed == sample.dug
    total = float(np.sum(sample.sizes))
    area = stratified_mean(sample, sample.dug)
    return AreaAccuracy(
        users=stratified_ratio(sample, both, sample.claimed),
        producers=stratified_ratio(sample, both, sample.dug),
        overall=stratified_mean(sample, agree),
        area=Estimate(area.value * total, area.half_width * total),
    )


def stratified_mean(sample: Sample, value: np.ndarray) -> Estimate:
    """Mean of a value over the whole map. value (n,) number or bool."""
    return stratified_ratio(sample, value, np.ones(len(value)))


def stratified_ratio(sample: Sample, above: np.ndarray, below: np.ndarray) -> Estimate:
    """Ratio of two totals over the whole map, each (n,) number or bool; NaN where below is 0."""
    above, below = np.asarray(above, float), np.asarray(below, float)
    sizes = np.asarray(sample.sizes, float)
    rows = [sample.stratum == h for h in range(len(sizes))]
    top = sum(size * above[row].mean() for size, row in zip(sizes, rows, strict=True) if row.any())
    base = sum(size * below[row].mean() for size, row in zip(sizes, rows, strict=True) if row.any())
    if not base:
        return Estimate(float("nan"), float("nan"))
    ratio = top / base
    rest = above - ratio * below
    variance = sum(
        size**2 * (1 - row.sum() / size) * rest[row].var(ddof=1) / row.sum()
        for size, row in zip(sizes, rows, strict=True)
        if row.any()
    )
    return Estimate(float(ratio), float(NORMAL_95 * np.sqrt(variance) / base))


def sample_of(
    rng: np.random.Generator, whole: Counts, claimed: int = 400, unclaimed: int = 1600
) -> Sample:
    """A random sample of a map whose every pixel is known, as if only the sample were.

    Two strata, what the map claims and what it does not; drawing pixels without replacement and
    counting them is drawing counts from a hypergeometric distribution.

    Parameters
    ----------
    whole : counts of the map
    claimed, unclaimed : pixels drawn from either stratum; all of it, if it holds fewer
    """
    rows = []
    for stratum, (dug, not_dug, wanted) in enumerate(
        ((whole.hit, whole.false, claimed), (whole.missed, whole.right, unclaimed))
    ):
        drawn = min(wanted, dug + not_dug)
        found = int(rng.hypergeometric(dug, not_dug, drawn)) if drawn else 0
        rows += [(stratum, stratum == 0, i < found) for i in range(drawn)]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Sample(
        stratum=table[:, 0],
        sizes=np.array([whole.hit + whole.false, whole.missed + whole.right]),
        claimed=table[:, 1].astype(bool),
        dug=table[:, 2].astype(bool),
    )
