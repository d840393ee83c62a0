"""What the detector is asked to reach, each beside what it reaches and the best peer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from cube.simulate.stress import Stress
from pipelines.evaluate.run import NAMES


@dataclass(frozen=True)
class Target:
    """One line: a figure of `analysis.accuracy.summary`, in the plain world or under a stress.

    `size` compares without the sign: a bias may be to either side.
    """

    words: str
    figure: str
    bound: float
    at_least: bool
    stress: Stress = Stress.NONE
    places: int = 3
    size: bool = False
    unit: str = ""

    def value(self, report: dict[str, Any], name: str) -> float | None:
        """What a detector reaches; None where it was not run."""
        if self.stress == Stress.NONE:
            figures = report["detectors"].get(name, {}).get("accuracy")
        else:
            figures = report["stresses"].get(str(self.stress), {}).get(name)
        found = None if figures is None else figures[self.figure]
        return abs(found) if self.size and found is not None else found


CORE = ("confirmation", "ensemble")
"""The detector that is held against the others, and its own second opinion."""


def best_peer(report: dict[str, Any], target: Target | None = None) -> str:
    """The other detector of highest F1 in the world of a target; "" where none was run.

    By F1, which is best all round: a detector that claims everything has the highest recall.
    """
    f1 = replace(_F1, stress=target.stress) if target else _F1
    reached = {name: f1.value(report, name) for name in NAMES if name not in CORE}
    known = {name: value for name, value in reached.items() if value is not None}
    return max(known, key=lambda name: known[name]) if known else ""


def met(target: Target, value: float) -> bool:
    return value >= target.bound if target.at_least else value <= target.bound


_F1 = Target("pixel F1 of the standing map", "f1", 0.97, True)

HA = "ha/mine-yr"

TARGETS = (
    _F1,
    Target("pixel IoU of the standing map", "iou", 0.94, True),
    Target("recall of events of 0.3 ha or more", "event_recall", 0.97, True),
    Target("precision of events of 0.3 ha or more", "event_precision", 0.97, True),
    Target("false alarms standing", "false_ha", 0.05, False, unit=HA),
    Target("false alarms with those withdrawn later", "ever_false_ha", 0.3, False, unit=HA),
    Target(
        "confirmation after opening in the dry season, median", "dry_lag_median", 25, False,
        places=0, unit="d",
    ),
    Target(
        "confirmation after opening, median", "confirmation_lag_median", 40, False, places=0,
        unit="d",
    ),
    Target("error of the onset, median", "onset_error_median", 10, False, places=0, unit="d"),
    Target("bias of the area, either way", "area_bias", 0.03, False, size=True),
    Target("calibration error", "calibration_error", 0.03, False),
    Target("natural NDVI 0.10 lower: recall", "recall", 0.90, True, Stress.NATURAL_NDVI),
    Target(
        "natural NDVI 0.10 lower: false alarms", "false_ha", 0.3, False, Stress.NATURAL_NDVI,
        unit=HA,
    ),
    Target("12 % missed cloud in the history: recall", "recall", 0.93, True, Stress.MISSED_CLOUD),
    Target(
        "history of July to December only: withdrawn", "withdrawn_ha", 2.0, False,
        Stress.SHORT_HISTORY, 2, unit=HA,
    ),
    Target("half the looks: F1", "f1", 0.95, True, Stress.HALF_LOOKS),
    Target("NDVI of every scene biased, sd 0.05: F1", "f1", 0.95, True, Stress.SCENE_BIAS),
    Target("ground never green, newly dug: recall", "recall_never_green", 0.6, True),
)  # fmt: skip
"""What is asked, each with its figure and its world."""
