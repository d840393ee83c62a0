"""How a pixel's own state is read from its history: every constant, with its unit and reason."""

from __future__ import annotations

from dataclasses import dataclass

from cube.contract import CubeError


@dataclass(frozen=True)
class BaselineRule:
    """How a pixel's own driest state is read from its history."""

    history_days: int = 365
    """Days from the first acquisition that serve as history: every season once."""
    history_share: float = 0.5
    """Largest share of the record that may serve as history: a short one is still monitored."""
    min_looks: int = 6
    """Fewest clear looks in the history; with fewer a driest state is a guess."""
    dry_quantile: float = 0.15
    """Quantile of NDVI taken for the driest state: lower ones are missed cloud too often."""
    green_quantile: float = 0.90
    """Quantile of NDVI taken for the greenest state."""
    cloud_blue: float = 0.16
    """Blue reflectance [1] above which a look of the history is cloud that went unnoticed: bare
    ground of coal fields lies below 0.15. With 12 % of missed cloud in the history, leaving it
    in costs a quarter of the excavation."""
    least_green: float = 0.18
    """NDVI [1] the greenest state must exceed to be judged by NDVI; below, ground was open all
    along. Dry soil with a little grass in the rains reaches 0.20."""
    sigma: float = 0.016
    """Standard deviation [1] of NDVI around the dry and the open state beside the noise measured:
    ground is not one material."""
    default_noise: float = 0.031
    """Noise [1] of one look of NDVI where a window shows too little open land to measure it."""
    least_contrast: float = 2.0
    """Standard deviations the driest state must lie above open ground to be told from it by NDVI
    alone."""
    open_green: float = 0.28
    """Land whose greenest NDVI [1] stays below this is open all year, and shows open ground."""
    open_mndwi: float = -0.05
    """MNDWI [1] below which most looks must lie for open land: open water is no open ground."""
    open_quantile: float = 0.3
    """Quantile of NDVI over the looks at open land taken for open ground: the upper part of it is
    dry grass and scrub."""
    open_default: float = 0.12
    """NDVI [1] of open ground where a window shows too little of it."""
    open_range: tuple[float, float] = (0.08, 0.15)
    """Bounds of the level [1] of open ground measured in a window."""
    open_pixels: int = 50
    """Fewest pixels of open land to measure that level on."""
    most_pixels: int = 1 << 14
    """Pixels of open land, about, that its level, its noise and every scene's shift are measured
    on; where there is more, on every second, third ... row of it. Their median is then known to a
    hundredth of the noise of one look."""
    short_margin: float = 0.10
    """NDVI [1] by which the driest state may lie lower than seen when a whole year is missing: the
    measured difference between history with and without a dry season. In proportion otherwise."""
    spread_floor: tuple[float, float, float] = (0.012, 0.010, 0.035)
    """Least standard deviation of NDVI, NDTI [1] and level [share] around a pixel's own
    state: what levelled looks of bare ground keep of noise."""
    short_spread: tuple[float, float, float] = (0.05, 0.01, 0.12)
    """What a whole missing year adds to them: half the difference of the seasons. NDTI of bare
    ground hardly has any."""
    steady_level: float = 0.15
    """Largest spread of the level [share] of ground that is steady; working pits change more."""
    worked_ndvi: float = 0.14
    """NDVI [1] of its own state below which ground may have been open at the start, if also: """
    worked_ndti: float = 0.1075
    """NDTI [1] of its own state below which ground is taken for crushed rock, coal or spoil. Soils,
    with clay and litter, lie above."""

    def __post_init__(self) -> None:
        if self.history_days < 1 or self.min_looks < 1 or self.open_pixels < 1:
            raise CubeError(
                f"history_days {self.history_days}, min_looks {self.min_looks} and open_pixels "
                f"{self.open_pixels} must be positive."
            )
        if self.most_pixels < self.open_pixels:
            raise CubeError(
                f"most_pixels {self.most_pixels} must not be fewer than open_pixels "
                f"{self.open_pixels}."
            )
        if not 0 < self.history_share < 1:
            raise CubeError(f"history_share is {self.history_share}; it must lie between 0 and 1.")
        if not 0 <= self.dry_quantile < self.green_quantile <= 1:
            raise CubeError(
                f"dry_quantile {self.dry_quantile} must lie below green_quantile "
                f"{self.green_quantile}, both within 0..1."
            )
        if not 0 <= self.open_quantile <= 1:
            raise CubeError(f"open_quantile is {self.open_quantile}; a quantile lies in 0..1.")
        if not (self.open_range[0] <= self.open_range[1] and self.short_margin >= 0):
            raise CubeError(
                f"open_range must ascend and short_margin not be negative: {self.open_range}, "
                f"{self.short_margin}."
            )
        if not self.least_contrast >= 0:
            raise CubeError(
                f"least_contrast is {self.least_contrast}; it must not be negative: a pixel drier "
                "than open ground cannot be told from it."
            )
        if not (self.sigma > 0 and self.default_noise > 0 and min(self.spread_floor) > 0):
            raise CubeError(
                f"sigma {self.sigma}, default_noise {self.default_noise} and spread_floor "
                f"{self.spread_floor} must be positive."
            )
