"""What labels would do to alerts at simulated sites: `python -m benchmarks.reasons`.

Every region standing at the end and one, two and three times 120 days before it gets its label.
True regions with another label than excavation would be lost if labels decided; false regions with
one would be spared. The core leaves few false regions, so a loose version of it (one strong pixel,
no rule against brightness or water) makes more.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
from scipy import ndimage

from analysis import DetectionSettings
from analysis.confirmation_rule import ConfirmationRule
from analysis.detection import Excavation
from analysis.reason_numbers import Region
from analysis.reasons import EXCAVATION, Reasons, region_reasons
from benchmarks.judged_site import judged_sites, some
from cube.contract import State
from cube.simulate import SiteSettings
from pipelines.evaluate.settings import REPORTING

EIGHT = np.ones((3, 3), bool)

LOOSE = ConfirmationRule(
    strong=6.0, keep=4.0, strong_pixels=1, bright_blue=1.0, wet_mndwi=1.0, wet_ndvi=-1.0
)
"""Digging by evidence alone, and little of it."""

LEAST, MOST = 10, 200
"""Pixels of a region that counts, and pixels of it that are looked at."""

HORIZONS = (0, 12, 24, 36)
"""Slots before the end at which regions are labelled."""


def labelled_regions(
    seed: int, world: SiteSettings, settings: DetectionSettings
) -> list[tuple[bool, Reasons]]:
    """Whether each standing region was dug, and its reasons."""
    rows = []
    for judged in judged_sites(seed, world, settings, HORIZONS):
        reference, base, found = judged.site.reference, judged.base, judged.found
        natural = base.observable & (found.state != State.CONFIRMED).all(axis=0)
        opened = reference.dug & (reference.onset <= judged.days[-1])
        for where in _regions(found):
            if reference.counted[where].mean() < 0.5:
                continue
            around = some(natural & _alike(base.greenest, base.greenest[where]), MOST)
            region = Region(
                seen=judged.series(where),
                onset=found.onset[where],
                confirmed=found.confirmed[where],
                driest=base.driest[where],
                open_level=base.open_level,
                finished=found.state[-1][where] == State.FINISHED,
                around=judged.series(around),
                around_driest=base.driest[around],
            )
            rows.append((bool(opened[where].mean() >= 0.5), region_reasons(region)))
    return rows


def _regions(found: Excavation) -> list[np.ndarray]:
    labels, count = ndimage.label(found.excavated[-1], EIGHT)
    planes = (labels == number for number in range(1, count + 1))
    return [some(plane, MOST) for plane in planes if plane.sum() >= LEAST]


def _alike(greenest: np.ndarray, own: np.ndarray) -> np.ndarray:
    return np.abs(greenest - np.nanmedian(own)) <= 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORTING))
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/reasons.json"))
    told = parser.parse_args()
    world = SiteSettings(size=told.size)
    table: dict[str, dict[str, dict[str, int]]] = {}
    for name, rule in (("core", ConfirmationRule()), ("loose", LOOSE)):
        counts: dict[str, Counter[str]] = {"dug": Counter(), "not dug": Counter()}
        for seed in told.seeds:
            for true, reasons in labelled_regions(
                seed, world, DetectionSettings(confirmation=rule)
            ):
                counts["dug" if true else "not dug"][reasons.label] += 1
        table[name] = {truth: dict(sorted(labels.items())) for truth, labels in counts.items()}
        for truth, labels in table[name].items():
            lost = sum(labels.values()) - labels.get(EXCAVATION, 0)
            print(f"{name}, {truth}: {lost} of {sum(labels.values())} labelled otherwise: {labels}")
    told.output.parent.mkdir(parents=True, exist_ok=True)
    told.output.write_text(json.dumps({"seeds": told.seeds, "labels": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
