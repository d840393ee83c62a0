"""When evidence of digging is enough, and when it ends: every constant, its unit and reason."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.kernels.evidence import SCORE, SCORE_STEPS
from cube.contract import CubeError


@dataclass(frozen=True)
class ConfirmationRule:
    """When evidence is enough, and when it ends. Scores are log-likelihood ratios."""

    look_limit: float = 4.0
    """Largest evidence of one look, either way: one missed cloud must not decide."""
    ceiling: float = 20.0
    """Largest score: four or five green looks end any run, however long it was."""
    weak: float = 1.0
    """Score from which a pixel is provisional, and joins a component."""
    strong: float = 16.0
    """Score that confirms: four looks at full evidence. Against 12 it costs a day of lag and
    halves the alarms that are withdrawn later."""
    strong_pixels: int = 12
    """Pixels at `strong` that a component needs for any of it to be confirmed. Against 10, a sixth
    of the alarms that are withdrawn later less."""
    advance: float = 0.15
    """How far a face may advance [pixels of 10 m a day]: weaker pixels of a component are confirmed
    with a strong one, or one that stays open, as far from it as a face comes between two looks. A
    puddled field beside a pit is larger: without this limit the false alarms that are withdrawn
    later triple."""
    farthest: int = 8
    """Most pixels they may lie away, however seldom the ground is seen."""
    keep: float = 6.0
    """Score below which a confirmed pixel is no longer open, unless its component still alerts."""
    wet_mndwi: float = -0.1
    """MNDWI [1] above which a look shows water: no evidence of digging."""
    wet_ndvi: float = 0.0
    """NDVI [1] below which a look shows water likewise: shallow or muddy water can fail the other
    test, dry ground never passes this one."""
    hazy_blue: float = 0.105
    """Blue reflectance [1] of a levelled look above which it is no evidence of digging: thin cloud
    and concrete are, ground opened by mining seldom is."""
    bright_blue: float = 0.095
    """Running mean of blue reflectance [1] of levelled looks above which fresh ground has settled
    bright. The least portable constant here: 1 switches the reject off."""
    pale_share: float = 0.4
    """Share of a component that settled bright above which all of it is construction, not a pit.
    One bench of a pit may be bright: judged pixel by pixel, a seventh of what was missed was."""
    bright_looks: int = 2
    """Clear looks since the run began before ground may be called bright. Fewer than a run needs
    to confirm, or construction is reported first and retracted later."""
    bright_memory: float = 0.1
    """Least weight of one look in that running mean."""
    step_distance: float = 3.4
    """Squared distance from a pixel's own state, in standard deviations of NDTI, that speaks
    neither way."""
    step_gain: float = 0.27
    """Evidence per squared standard deviation beyond that: half of a Gaussian's half, because
    states wander."""
    step_limit: float = 2.0
    """Largest evidence of one look, either way, from the own state alone: looks of one month do
    not err independently."""
    step_browner: float = -1.5
    """Standard deviations of NDTI towards litter and clay at which ground is not being dug."""
    step_bare: float = 0.06
    """NDVI [1] above open ground beyond which a look shows plants, whatever else it does."""
    step_green: float = 0.1
    """Weight of a fall of NDVI below its own state, squared, beside NDTI's: dry ground has little
    green to lose."""
    step_level: float = 0.055
    """Weight of a change of level, squared, beside NDTI's: rain darkens soil by a fifth, and
    straw and dust brighten it. Weighed alike, logistic regression on single looks found 55 %
    of the dug ones at 1 % false; so, 86 %."""
    step_agreeing: float = 1.0
    """Evidence of NDVI above which a step away from the own state adds to it."""
    least_pixels: int = 10
    """Smallest patch of excavation [pixels of 100 m2]."""
    finished_days: int = 365
    """Ground seen open at least this long after its onset and green again is finished; opened for
    less, it was fallow or burnt and is retracted: a year has every season in it."""

    def __post_init__(self) -> None:
        if not 0 < self.weak <= self.keep <= self.strong <= self.ceiling:
            raise CubeError(
                f"scores must ascend 0 < weak {self.weak} <= keep {self.keep} <= strong "
                f"{self.strong} <= ceiling {self.ceiling}."
            )
        if self.ceiling * SCORE_STEPS > int(SCORE):
            raise CubeError(
                f"ceiling is {self.ceiling}, but a stored score ends at {int(SCORE) / SCORE_STEPS}."
            )
        if not all(level > 0 for level in (self.look_limit, self.step_gain, self.step_limit)):
            raise CubeError(
                f"look_limit, step_gain and step_limit must be positive: {self.look_limit}, "
                f"{self.step_gain}, {self.step_limit}."
            )
        if not (self.advance >= 0 and self.farthest >= 0):
            raise CubeError(
                f"advance is {self.advance} and farthest {self.farthest}; neither is negative."
            )
        if min(self.strong_pixels, self.least_pixels, self.bright_looks, self.finished_days) < 1:
            raise CubeError(
                f"strong_pixels {self.strong_pixels}, least_pixels {self.least_pixels}, "
                f"bright_looks {self.bright_looks} and finished_days {self.finished_days} must "
                "be 1 or more."
            )
        if not 0 < self.bright_memory <= 1:
            raise CubeError(f"bright_memory is {self.bright_memory}; a weight lies in 0..1.")
        if not 0 <= self.pale_share <= 1:
            raise CubeError(f"pale_share is {self.pale_share}; a share lies in 0..1.")
        if not (self.step_green >= 0 and self.step_level >= 0):
            raise CubeError(
                f"step_green is {self.step_green} and step_level {self.step_level}; neither weight "
                "is negative."
            )
