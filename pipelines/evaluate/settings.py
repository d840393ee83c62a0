"""What an evaluation runs on: seeds, stresses, detectors; checked at birth."""

from __future__ import annotations

from dataclasses import dataclass

from cube.contract import CubeError
from cube.simulate import SiteSettings
from cube.simulate.stress import Stress

TUNING = tuple(range(1, 9))
"""Seeds on which constants may be chosen."""

REPORTING = tuple(range(201, 213))
"""Seeds on which results are reported, and nothing is chosen: drawn once the rules stood. Seeds
101-112 were to be these, and were looked at before some rules were chosen anew."""

QUICK = (21,)
"""One site that is in neither set, to see that everything runs."""


@dataclass(frozen=True)
class EvaluationSettings:
    """One evaluation. The same settings give the same figures, times aside."""

    seeds: tuple[int, ...] = REPORTING
    """Sites; each is drawn from its seed alone."""
    detectors: tuple[str, ...] = ()
    """Names; every detector and peer there is if empty."""
    stresses: tuple[Stress, ...] = tuple(Stress)
    """Which worlds; `none` is the plain one, on which every detector is run."""
    stressed_detectors: tuple[str, ...] = ("confirmation", "dist_alert", "sccd")
    """Detectors that are run under stresses as well: ours, and the best rule and the best monitor
    of the peers."""
    twins: int = 4
    """How many of the seeds are run once more with nobody digging, for the placebo."""
    size: int = 256
    """Pixels along each side of a site."""
    years: int = 3
    """One of history, two watched."""
    workers: int = 2
    """Sites at a time, each in a process of its own: 0.6 GB each."""

    def __post_init__(self) -> None:
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise CubeError(f"seeds are {self.seeds}; give one or more, each once.")
        if any(seed < 0 for seed in self.seeds):
            raise CubeError(f"seeds are {self.seeds}; give numbers of 0 or more.")
        if not 0 <= self.twins <= len(self.seeds):
            raise CubeError(f"twins is {self.twins}; give 0 to {len(self.seeds)}, the seeds.")
        if not 1 <= self.workers <= 64:
            raise CubeError(f"workers is {self.workers}; give 1 to 64.")
        if self.years < 2:
            raise CubeError(f"years is {self.years}; one is history, so give 2 or more.")
        self.site  # noqa: B018 - refuses a wrong size

    @property
    def site(self) -> SiteSettings:
        """Settings of every single site."""
        return SiteSettings(size=self.size, years=self.years)
