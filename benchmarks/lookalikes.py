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

from analysis.baseline import BaselineRule, baseline, history_slots
from analysis.detection import DetectionSettings, excavation_of_looks
from analysis.lookalikes import AGAINST, lookalikes
from analysis.looks import looks
from analysis.pixel_series import PixelSeries
from benchmarks.detection import REPORTING
from cube.contract import BANDS, SCALE, Quality
from cube.simulate import Confuser, SiteSettings, simulated

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


def verdicts(seed: int, settings: SiteSettings) -> dict[str, dict[str, str]]:
    """The verdict on every explanation, for the pits and every confuser of one site."""
    reflectance, scl, dates, truth = simulated(seed, settings)
    quality = np.where(np.isin(scl, (4, 5, 6, 7)), Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    whole = looks(reflectance, quality, BANDS)
    acquired = dates.astype("datetime64[s]")
    found = excavation_of_looks([whole], acquired, DetectionSettings())
    days = acquired.astype("datetime64[D]")
    rule = BaselineRule()
    base = baseline([whole], days.astype(np.int64), rule)
    first, _ = history_slots(days.astype(np.int64), rule)

    def series(where: np.ndarray) -> PixelSeries:
        values = reflectance[:, :, where].astype(np.float32) * np.float32(SCALE)
        values[np.broadcast_to((quality[:, where] != Quality.CLEAR)[:, None], values.shape)] = (
            np.nan
        )
        return PixelSeries(days, {band: values[:, i] for i, band in enumerate(BANDS)})

    around = _some(base.observable & (truth.confuser == 0) & np.isnat(truth.onset)
                   & ~found.excavated[-1])  # fmt: skip
    witness = series(around), base.driest[around]
    pits = _some(found.excavated[-1] & truth.excavated)
    groups = {"true pits": (pits, found.onset[pits].astype("datetime64[D]"))}
    for kind in OWN:
        where, onset = _dips(whole.ndvi, base.driest, days, first, truth.confuser == kind)
        groups[kind.name.lower()] = where, onset
    return {
        name: {
            one.name: one.verdict
            for one in lookalikes(
                series(where), onset, base.driest[where], base.open_level, *witness
            )
        }
        for name, (where, onset) in groups.items()
        if np.count_nonzero(where) >= LEAST
    }


def _dips(
    ndvi: np.ndarray, driest: np.ndarray, days: np.ndarray, first: int, where: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels of `where` that fall below their driest state, and the look before they do."""
    with np.errstate(invalid="ignore"):
        low = (ndvi != -32768) & (ndvi < 1e4 * (driest - 0.03))
    low[:first] = False
    chosen = _some(where & low.any(axis=0))
    slot = low[:, chosen].argmax(axis=0)
    return chosen, days[np.maximum(slot - 1, 0)]


def _some(where: np.ndarray) -> np.ndarray:
    """At most MOST of the pixels marked, evenly taken."""
    places = np.flatnonzero(where)
    chosen = np.zeros(where.size, bool)
    chosen[places[:: max(1, -(-places.size // MOST))]] = True
    return chosen.reshape(where.shape)


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
