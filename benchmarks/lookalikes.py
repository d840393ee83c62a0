"""How the numbers speak of true pits and of what only looks like one, at simulated sites:
`python -m benchmarks.lookalikes`.

True pits begin on the day the detector says. Harvested, fallow, burnt, flooded and built ground,
which the detector mostly never flags, begins with its first look below its own driest state.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from analysis.baseline import history_slots
from analysis.detection import DetectionSettings
from analysis.lookalikes import AGAINST, lookalikes
from benchmarks.judged_site import JudgedSite, judged_sites, some
from cube.simulate import Confuser, SiteSettings
from pipelines.evaluate.settings import REPORTING

OWN = {
    Confuser.HARVEST: "harvest or fallow land",
    Confuser.FALLOW: "harvest or fallow land",
    Confuser.BURN: "burn scar",
    Confuser.WATER_EDGE: "flood, reservoir drawdown",
    Confuser.CONSTRUCTION: "construction, settlement",
    Confuser.DRY_GROUND: "open before, no new digging",
}
"""What each confuser is, in the words of `analysis.lookalikes`."""

LEAST, MOST = 30, 300
"""Pixels of a group."""


def verdicts(seed: int, world: SiteSettings) -> dict[str, dict[str, str]]:
    """The verdict on every explanation, for the pits and every confuser of one site."""
    settings = DetectionSettings()
    (judged,) = judged_sites(seed, world, settings)
    truth, base, found = judged.site.site.truth, judged.base, judged.found
    first, _ = history_slots(judged.days.astype(np.int64), settings.baseline)
    around = some(base.observable & (truth.confuser == 0) & np.isnat(truth.onset)
                  & ~found.excavated[-1], MOST)  # fmt: skip
    witness = judged.series(around), base.driest[around]
    pits = some(found.excavated[-1] & truth.excavated, MOST)
    groups = {"true pits": (pits, found.onset[pits].astype("datetime64[D]"))}
    for kind in OWN:
        groups[kind.name.lower()] = _dips(judged, first, truth.confuser == kind)
    return {
        name: {
            one.name: one.verdict
            for one in lookalikes(
                judged.series(where), onset, base.driest[where], base.open_level, *witness
            )
        }
        for name, (where, onset) in groups.items()
        if np.count_nonzero(where) >= LEAST
    }


def _dips(judged: JudgedSite, first: int, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels of `where` that fall below their driest state, and the look before they do."""
    ndvi = judged.looks.ndvi
    with np.errstate(invalid="ignore"):
        low = (ndvi != -32768) & (ndvi < 1e4 * (judged.base.driest - 0.03))
    low[:first] = False
    chosen = some(where & low.any(axis=0), MOST)
    slot = low[:, chosen].argmax(axis=0)
    return chosen, judged.days[np.maximum(slot - 1, 0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORTING))
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/lookalikes.json"))
    told = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in told.seeds:
        for group, said in verdicts(seed, SiteSettings(size=told.size)).items():
            counts[group].update(f"{name}: {verdict}" for name, verdict in said.items())
            counts[group]["sites"] += 1
    for group, counted in counts.items():
        print(f"{group} ({counted['sites']} sites)")
        for words, number in sorted(counted.items()):
            if words != "sites":
                print(f"  {number:3d}  {words}")
    wrong = {
        kind.name.lower(): counts[kind.name.lower()][f"{OWN[kind]}: {AGAINST}"] for kind in OWN
    }
    print("spoken against under their own name:", wrong)
    told.output.parent.mkdir(parents=True, exist_ok=True)
    table = {"seeds": told.seeds, "verdicts": counts, "wrongly_against": wrong}
    told.output.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
