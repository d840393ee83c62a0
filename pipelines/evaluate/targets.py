"""What the detector is asked to reach, each beside what it reaches and the best peer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cube.simulate.stress import Stress
from pipelines.evaluate.peers import PEERS


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

    def value(self, report: dict[str, Any], name: str) -> float | None:
        """What a detector reaches; None where it was not run."""
        if self.stress == Stress.NONE:
            figures = report["detectors"].get(name, {}).get("accuracy")
        else:
            figures = report["stresses"].get(str(self.stress), {}).get(name)
        found = None if figures is None else figures[self.figure]
        return abs(found) if self.size and found is not None else found


def best_peer(report: dict[str, Any]) -> str:
    """The peer of highest F1, by which it is best all round; "" where none was run."""
    reached = {name: _F1.value(report, name) for name in PEERS}
    known = {name: value for name, value in reached.items() if value is not None}
    return max(known, key=lambda name: known[name]) if known else ""


def met(target: Target, value: float) -> bool:
    return value >= target.bound if target.at_least else value <= target.bound


_F1 = Target("pixel F1 of the standing map", "f1", 0.97, True)

TARGETS = (
    _F1,
    Target("pixel IoU of the standing map", "iou", 0.94, True),
    Target("event recall, regions of 0.3 ha", "event_recall", 0.97, True),
    Target("event precision, regions of 0.3 ha", "event_precision", 0.97, True),
    Target("standing false alarms, ha per mine and year", "false_ha", 0.05, False),
    Target("the same with those withdrawn", "ever_false_ha", 0.3, False),
    Target("confirmation lag, opened in the dry season", "dry_lag_median", 25, False, places=0),
    Target("confirmation lag, all", "confirmation_lag_median", 40, False, places=0),
    Target("onset error, median days", "onset_error_median", 10, False, places=0),
    Target("area bias", "area_bias", 0.03, False, size=True),
    Target("calibration error", "calibration_error", 0.03, False),
    Target("natural NDVI 0.10 lower: recall", "recall", 0.90, True, Stress.NATURAL_NDVI),
    Target("natural NDVI 0.10 lower: false ha", "false_ha", 0.3, False, Stress.NATURAL_NDVI),
    Target("missed cloud in the history: recall", "recall", 0.93, True, Stress.MISSED_CLOUD),
    Target(
        "history of July to December: withdrawn ha", "withdrawn_ha", 2.0, False,
        Stress.SHORT_HISTORY, 2,
    ),
    Target("half the looks: F1", "f1", 0.95, True, Stress.HALF_LOOKS),
    Target("a bias of every scene: F1", "f1", 0.95, True, Stress.SCENE_BIAS),
    Target("ground never green, newly dug: recall", "recall_never_green", 0.6, True),
)  # fmt: skip
