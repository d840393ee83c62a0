"""The +1000 of newer Sentinel-2 products: what the item says of it, held against the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cube.contract import CubeError
from cube.sensors import FIRST_OFFSET_BASELINE, OFFSET, SceneClass

LAND = (SceneClass.VEGETATION, SceneClass.BARE)
"""Classes that are looked at. Not water: its reflectance truly falls to zero and below."""


@dataclass(frozen=True)
class OffsetSettings:
    """When the pixels are believed over the item.

    Both limits leave wide room on real imagery; whatever lies between them is left as declared.
    Counted on land that SCL calls vegetation or bare, core bands only.

    least_pixels : fewer say nothing [pixel].
    most_pixels : a sample is enough [pixel].
    impossible : a number this low would be a reflectance below -0.02 once 1000 is taken off.
    removed_share : at least this share of land with an impossible darkest band: the offset is
        not in the pixels (any more) [1]. Of 91 real clear dates without the offset 85 reach it,
        the others are hazy or desert. With the offset in, no date reaches 0.05 even if an
        overcorrected haze takes another 0.03 off blue, green and red.
    doubtful_share : the same where the item contradicts itself, so that its word weighs less.
    floor_share : at most this share of land with its darkest band below 1000, and ... [1]
    dark_ground : ... the third-darkest band's 2 % quantile no higher than this: the offset is
        still in. 74 of the 91 dates with 1000 added show it, none without. Everything above
        1000 alone is no proof: a desert is bright (its third-darkest band: 2532).
    """

    least_pixels: int = 400
    most_pixels: int = 20_000
    impossible: int = 800
    removed_share: float = 0.25
    doubtful_share: float = 0.05
    floor_share: float = 0.005
    dark_ground: int = 1800

    def __post_init__(self) -> None:
        if not 0 < self.doubtful_share <= self.removed_share <= 1:
            raise CubeError(
                f"doubtful_share {self.doubtful_share} and removed_share {self.removed_share}: "
                "expected 0 < doubtful_share <= removed_share <= 1."
            )
        if not 0 < self.impossible < -OFFSET < self.dark_ground:
            raise CubeError(
                f"impossible {self.impossible} and dark_ground {self.dark_ground}: expected one "
                f"below and one above {-OFFSET}."
            )
        if not 0 < self.least_pixels <= self.most_pixels or not 0 <= self.floor_share < 1:
            raise CubeError(
                f"least_pixels {self.least_pixels}, most_pixels {self.most_pixels}, floor_share "
                f"{self.floor_share}: expected 0 < least <= most and a share in [0, 1)."
            )


@dataclass(frozen=True)
class Evidence:
    """What land pixels say of the offset: their number and the two statistics of the settings."""

    pixels: int
    impossible_share: float
    below_floor_share: float
    third_darkest: float

    def without_offset(self, least_share: float) -> bool:
        """True if subtracting the offset would make much of the land impossibly dark."""
        return self.impossible_share >= least_share

    def with_offset(self, settings: OffsetSettings) -> bool:
        """True if dark ground lies just above 1000 and nothing below."""
        return (
            self.below_floor_share <= settings.floor_share
            and self.third_darkest <= settings.dark_ground
        )


def evidence(
    numbers: np.ndarray, land: np.ndarray, settings: OffsetSettings | None = None
) -> Evidence | None:
    """Statistics of raw digital numbers over land; None with too few pixels or bands to tell.

    Parameters
    ----------
    numbers : (band, y, x) uint16
        Core bands as read, no offset removed; 0 = no measurement.
    land : (y, x) bool
    settings : OffsetSettings
    """
    settings = settings or OffsetSettings()
    measured = np.flatnonzero(land & (numbers > 0).all(axis=0))
    if len(numbers) < 3 or measured.size < settings.least_pixels:
        return None
    sample = measured[:: -(-measured.size // settings.most_pixels)]
    values = numbers.reshape(len(numbers), -1)[:, sample]
    darkest = values.min(axis=0)
    quantiles = np.percentile(values, 2, axis=1)
    return Evidence(
        int(measured.size),
        float((darkest < settings.impossible).mean()),
        float((darkest < -OFFSET).mean()),
        float(np.sort(quantiles)[2]),
    )


def checked_offset(
    seen: Evidence | None,
    declared: int,
    contradiction: str = "",
    baseline: float | None = None,
    settings: OffsetSettings | None = None,
) -> tuple[int, str]:
    """The offset to add, and a note unless item and pixels agree.

    A declaration is overruled only where the pixels leave no other reading. A product known to
    be older than baseline 04.00 cannot carry the offset, however bright it is.

    Parameters
    ----------
    seen : Evidence
        Of one scene over one window; None if it could not tell.
    declared : int
        What the item says, -1000 or 0.
    contradiction : str
        What else the item says against it, "" if nothing.
    baseline : float
        Processing baseline, None if unknown.
    settings : OffsetSettings

    Returns
    -------
    offset : int
        Digital numbers to add.
    note : str
        "" where they agree; what was repaired, or why nothing could be checked.
    """
    settings = settings or OffsetSettings()
    doubt = f"; {contradiction}" if contradiction else ""
    if seen is None:
        return declared, f"offset {declared} not checked: too few clear land pixels{doubt}"
    least = settings.doubtful_share if contradiction else settings.removed_share
    may_carry = baseline is None or baseline >= FIRST_OFFSET_BASELINE
    if declared != 0 and seen.without_offset(least):
        return 0, (
            f"offset {declared} declared, not applied: {seen.impossible_share:.0%} of "
            f"{seen.pixels} land pixels would fall below -0.02{doubt}"
        )
    if declared == 0 and may_carry and seen.with_offset(settings):
        return OFFSET, (
            f"offset 0 declared, {OFFSET} applied: {1 - seen.below_floor_share:.1%} of "
            f"{seen.pixels} land pixels lie above 1000, dark ground at "
            f"{seen.third_darkest:.0f}{doubt}"
        )
    agrees = seen.with_offset(settings) if declared else seen.without_offset(least)
    if agrees:
        return declared, contradiction
    return declared, f"offset {declared} as declared, pixels undecided{doubt}"
