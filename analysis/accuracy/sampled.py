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


BESIDE_PIXELS = 3
"""Ground so near to a claim [pixels] is a stratum of its own."""


def sample_of(
    rng: np.random.Generator,
    whole: Counts,
    beside: Counts,
    claimed: int = 400,
    near: int = 800,
    far: int = 800,
) -> Sample:
    """A random sample of a map whose every pixel is known, as if only the sample were.

    Three strata: what the map claims, what lies beside a claim, and the rest. Drawing pixels
    without replacement and counting them is drawing counts from a hypergeometric distribution.

    Parameters
    ----------
    whole, beside : counts of the map, and of what it does not claim but lies beside a claim
    claimed, near, far : pixels drawn from each stratum; all of it, if it holds fewer

    Source
    ------
    Olofsson et al. 2020, doi:10.1016/j.rse.2019.111492: what a map misses lies mostly along what
    it shows, and one miss drawn from the vast rest would weigh as much as hundreds of pixels.
    """
    strata = (
        (whole.hit, whole.false, claimed),
        (beside.missed, beside.right, near),
        (whole.missed - beside.missed, whole.right - beside.right, far),
    )
    rows = []
    for stratum, (dug, not_dug, wanted) in enumerate(strata):
        drawn = min(wanted, dug + not_dug)
        found = int(rng.hypergeometric(dug, not_dug, drawn)) if drawn else 0
        rows += [(stratum, stratum == 0, i < found) for i in range(drawn)]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Sample(
        stratum=table[:, 0],
        sizes=np.array([dug + not_dug for dug, not_dug, _ in strata]),
        claimed=table[:, 1].astype(bool),
        dug=table[:, 2].astype(bool),
    )
