"""How well excavation is found at simulated sites of known truth: `python -m benchmarks.detection`.

One year of history, then what was dug is scored per pixel. Dumps, roads and yards look like a pit
and are left out, so are pits opened within the history.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from scipy import ndimage

from analysis import DetectionSettings, Excavation
from analysis.detection import excavation_of_looks
from analysis.looks import Looks, looks
from cube.contract import BANDS, Quality, State
from cube.simulate import Confuser, Ground, SiteSettings, Truth, simulated

TUNING = range(1, 9)
"""Seeds on which constants may be chosen."""

REPORTING = range(101, 113)
"""Seeds on which results are reported, and nothing is chosen."""

PIXEL_HA = 0.01
EVENT_PIXELS = 30
"""0.3 ha: the smallest truth region that counts as an event."""

EIGHT = np.ones((3, 3), bool)


@dataclass
class Score:
    """Sums over sites; ratios follow from them."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    ever_false: int = 0
    blind: int = 0
    unobservable: float = 0.0
    events: int = 0
    events_found: int = 0
    mine_years: float = 0.0
    lag: list[np.ndarray] = field(default_factory=list)
    onset_error: list[np.ndarray] = field(default_factory=list)
    false_by: dict[str, int] = field(default_factory=dict)
    claims: np.ndarray = field(default_factory=lambda: np.zeros((3, 20)))
    pixel_dates: int = 0
    seconds: float = 0.0

    def add(self, found: Excavation, truth: Truth, dates: np.ndarray) -> None:
        watched = dates[0] + np.timedelta64(365, "D")
        dug = truth.excavated & (truth.onset > watched)
        left_out = (truth.ground != Ground.NATURAL) & ~np.isnat(truth.onset) & ~dug
        claimed = found.excavated[-1] & ~left_out
        hit, false = claimed & dug, claimed & ~dug
        ever = (found.state == State.CONFIRMED).any(axis=0) & ~left_out & ~dug
        blind = found.state[-1] == State.NOT_OBSERVABLE
        self.hit += int(hit.sum())
        self.false += int(false.sum())
        self.missed += int((dug & ~claimed).sum())
        self.ever_false += int(ever.sum())
        self.blind += int((dug & blind).sum())
        self.unobservable += float(blind.mean())
        self.mine_years += float((dates[-1] - watched) / np.timedelta64(365, "D"))
        for kind in Confuser:
            count = int((false & (truth.confuser == kind)).sum())
            self.false_by[kind.name.lower()] = self.false_by.get(kind.name.lower(), 0) + count
        regions, count = ndimage.label(dug, EIGHT)
        sizes = np.bincount(regions.ravel(), minlength=count + 1)[1:]
        found_of = np.bincount(regions[hit], minlength=count + 1)[1:]
        self.events += int((sizes >= EVENT_PIXELS).sum())
        self.events_found += int(((sizes >= EVENT_PIXELS) & (found_of * 2 >= sizes)).sum())
        flagged = (found.confidence > 0) & ~left_out
        bins = np.minimum((found.confidence[flagged] * 20).astype(int), 19)
        for row, values in enumerate((None, found.confidence[flagged], dug[flagged])):
            self.claims[row] += np.bincount(bins, values, minlength=20)
        self.lag.append(_days(found.confirmed[hit] - truth.onset[hit]))
        self.onset_error.append(_days(found.onset[hit] - truth.onset[hit]))

    def table(self) -> dict[str, float]:
        lag, error = np.concatenate(self.lag), np.concatenate(self.onset_error)
        claimed, dug = self.hit + self.false, self.hit + self.missed
        union = claimed + self.missed
        return {
            "precision": self.hit / max(claimed, 1),
            "recall": self.hit / max(dug, 1),
            "f1": 2 * self.hit / max(claimed + dug, 1),
            "iou": self.hit / max(union, 1),
            "recall_where_observable": self.hit / max(dug - self.blind, 1),
            "events": self.events,
            "events_found": self.events_found,
            "false_ha_per_mine_year": self.false * PIXEL_HA / self.mine_years,
            "ever_false_ha_per_mine_year": self.ever_false * PIXEL_HA / self.mine_years,
            "unobservable_share": self.unobservable / max(len(self.lag), 1),
            "lag_median_days": float(np.median(lag)) if lag.size else float("nan"),
            "lag_p90_days": float(np.percentile(lag, 90)) if lag.size else float("nan"),
            "onset_error_median_days": float(np.median(np.abs(error)))
            if lag.size
            else float("nan"),
            "onset_error_p90_days": float(np.percentile(np.abs(error), 90)) if lag.size else 0.0,
            "onset_bias_days": float(np.median(error)) if lag.size else float("nan"),
            "calibration_error": self._calibration_error(),
            "ns_per_pixel_date": self.seconds / max(self.pixel_dates, 1) * 1e9,
        }

    def _calibration_error(self) -> float:
        """Mean distance of confidence and truth over twenty bins, weighted by pixels flagged."""
        count, claimed, true = self.claims
        return float(np.abs(claimed - true).sum() / max(count.sum(), 1))


def _days(difference: np.ndarray) -> np.ndarray:
    return difference.astype("timedelta64[D]").astype(np.int64)


def site_looks(seed: int, settings: SiteSettings) -> tuple[Looks, np.ndarray, Truth]:
    """One simulated site, reduced to its clear looks (scene classes 4 to 7)."""
    reflectance, scl, dates, truth = simulated(seed, settings)
    clear = np.isin(scl, (4, 5, 6, 7))
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    return looks(reflectance, quality, BANDS), dates, truth


def score(sites: list[tuple[Looks, np.ndarray, Truth]], settings: DetectionSettings) -> Score:
    """Score of one set of rules on many sites."""
    total = Score()
    for whole, dates, truth in sites:
        begun = time.perf_counter()
        found = excavation_of_looks([whole], dates.astype("datetime64[s]"), settings)
        total.seconds += time.perf_counter() - begun
        total.pixel_dates += whole.ndvi.size
        total.add(found, truth, dates)
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORTING))
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/detection.json"))
    arguments = parser.parse_args()
    settings = DetectionSettings()
    world = SiteSettings(size=arguments.size, years=arguments.years)
    total = Score()
    for seed in arguments.seeds:
        one = score([site_looks(seed, world)], settings)
        row = one.table()
        print(
            f"seed {seed}: F1 {row['f1']:.3f} recall {row['recall']:.3f} "
            f"precision {row['precision']:.3f} blind {one.blind} of {one.hit + one.missed} px"
        )
        for name, value in vars(one).items():
            held = getattr(total, name)
            if isinstance(held, dict):
                merged = {key: held.get(key, 0) + count for key, count in value.items()}
                setattr(total, name, merged)
            else:
                setattr(total, name, held + value)
    table = total.table()
    for name, value in table.items():
        print(f"{name:32s}{value:10.3f}")
    print("false pixels by kind:", {k: v for k, v in total.false_by.items() if v})
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "seeds": arguments.seeds,
        "settings": asdict(settings),
        "result": table,
        "false_pixels": total.false_by,
    }
    arguments.output.write_text(json.dumps(report, indent=1) + "\n")
    print(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
