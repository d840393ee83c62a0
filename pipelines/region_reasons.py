"""The regions of one mine in, why each is called dug and what it might be instead out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from analysis.agreement import agreement
from analysis.clusters import ClusterRule
from analysis.detection import DetectionSettings
from analysis.detectors import Block
from analysis.detectors.clusters import ClusterDetector, ClusterSettings
from analysis.detectors.forest import ForestDetector, ForestSettings
from analysis.detectors.learning import LearningDetector
from analysis.forest import ForestRule
from analysis.reason_numbers import Region
from analysis.reasons import Reasons, region_reasons
from analysis.regions import NONE, Regions
from analysis.signature import LookalikeRule
from cube.contract import State, Window
from pipelines.evidence.case import places_in
from pipelines.evidence.imagery import Places, Sampled, WindowRecord
from pipelines.evidence.undisturbed import comparable
from pipelines.spectral_signature import UNTOUCHED

REGION_PIXELS = 200
"""Pixels of a region that are looked at, evenly taken: their median needs no more."""

SAMPLE = "sample"
"""Name of the pixels that second opinions learn from."""

SAMPLE_PIXELS = 400
"""Pixels of a window that forest and clusters learn from: with sixty clear looks each, as many as
they take."""


SECOND_TREES, SECOND_LOOKS = 32, 5_000
"""Trees of that forest, and looks that it and the clusters learn from: a vote is the share of a
region that half of the looks agree about, and needs no finer scores."""


@dataclass(frozen=True, eq=False)
class RegionsAsked:
    """The standing regions of a mine that have most of their pixels in one window.

    places : by region, which of the mine's ground, rows and columns: pixels evenly taken
    """

    found: Regions
    window: Window
    places: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]

    def wanted(self) -> dict[str, Places]:
        """Pixels of the window to follow, by name; none where there is no region."""
        if not self.places:
            return {}
        told = {str(region): (row, column) for region, (_, row, column) in self.places.items()}
        return told | {SAMPLE: _sample(self.window)}

    def reasons(
        self,
        record: WindowRecord,
        results: xr.Dataset,
        detection: DetectionSettings,
        detector: str = "confirmation",
    ) -> dict[str, Reasons]:
        """By region id; `record` follows what is `wanted` and UNTOUCHED ground.

        Parameters
        ----------
        results : of the window, loaded
        detection : the rules of the core: its yardstick of dry and open ground is the reasons'
        detector : whose results they are; it agrees with itself
        """
        if not self.places:
            return {}
        grounds = [record.sampled[str(number)] for number in self.places]
        opinions = _second_opinions(record.sampled[SAMPLE], grounds, detector)
        state = results["state"].isel(time=-1).values
        told = {}
        of_each = zip(self.places.items(), grounds, opinions, strict=True)
        for (number, (which, row, column)), ground, labels in of_each:
            region = _region(self.found, which, ground, record.sampled[UNTOUCHED])
            region = replace(
                region,
                finished=state[row, column] == State.FINISHED,
                votes={detector: 1.0} | _votes(labels, _block([ground]).days, region),
            )
            told[self.found.ids[number]] = region_reasons(region, likeness=_likeness(detection))
        return told


def regions_asked(found: Regions, windows: Sequence[Window]) -> list[RegionsAsked]:
    """Every window with the regions that stand at the end and are at home in it."""
    members = found.members(found.ground.times.size - 1)
    return [
        RegionsAsked(
            found,
            window,
            {region: _places(found, members == region, window, REGION_PIXELS) for region in own},
        )
        for window, own in _at_home(found, members, windows)
    ]


def reasons_record(reasons: Reasons) -> dict[str, Any]:
    """What `mine_<id>_regions.json` holds of them."""
    return {
        "label": reasons.label,
        "because": reasons.sentence,
        "reasons": {reason.code: round(reason.value, 4) for reason in reasons.reasons},
        "instead": {one.code: {"verdict": one.verdict, "why": one.why} for one in reasons.instead},
    }


def _at_home(
    found: Regions, members: np.ndarray, windows: Sequence[Window]
) -> list[tuple[Window, list[int]]]:
    """Every window with the standing regions that have most of their pixels in it."""
    counts: dict[int, Counter[int]] = {}
    for position, window in enumerate(windows):
        which, _, _ = places_in(found.ground, window)
        standing = members[which]
        for region, count in zip(*np.unique(standing[standing != NONE], return_counts=True),
                                 strict=True):  # fmt: skip
            counts.setdefault(int(region), Counter())[position] = int(count)
    homes = {region: max(held, key=lambda p: (held[p], -p)) for region, held in counts.items()}
    return [
        (window, [region for region in sorted(homes) if homes[region] == position])
        for position, window in enumerate(windows)
    ]


def _places(
    found: Regions, own: np.ndarray, window: Window, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels of a region in a window, evenly taken: which of the ground, rows, columns."""
    which, row, column = places_in(found.ground, window)
    inside = np.flatnonzero(own[which])
    chosen = inside[:: max(1, -(-inside.size // most))]
    return which[chosen], row[chosen], column[chosen]


def _sample(window: Window) -> tuple[np.ndarray, np.ndarray]:
    """The same pixels of a window every time."""
    places = np.random.default_rng(0).choice(window.size**2, SAMPLE_PIXELS, replace=False)
    row, column = np.divmod(np.sort(places), window.size)
    return row, column


def _region(found: Regions, which: np.ndarray, ground: Sampled, undisturbed: Sampled) -> Region:
    around, _ = comparable(undisturbed, ground)
    return Region(
        seen=ground.series,
        onset=found.ground.onset[which],
        confirmed=found.ground.confirmed[which],
        driest=ground.baseline.driest[0],
        open_level=ground.baseline.open_level,
        around=None if around is None else around.series,
        around_driest=None if around is None else around.baseline.driest[0],
    )


def _likeness(detection: DetectionSettings) -> LookalikeRule:
    """What water and roofs look like, as the core has it."""
    rule = detection.confirmation
    return LookalikeRule(
        wet_mndwi=rule.wet_mndwi, wet_ndvi=rule.wet_ndvi, bright_blue=rule.bright_blue
    )


def _second_opinions(
    sample: Sampled, grounds: Sequence[Sampled], without: str
) -> list[dict[str, np.ndarray]]:
    """Labels (time, 1, n) of each ground, by forest and clusters learnt from a sample of a window.

    Those who learnt nothing, and the detector `without`, asked about itself, have no opinion.
    """
    forest = ForestRule(trees=SECOND_TREES, training_looks=SECOND_LOOKS)
    clusters = ClusterRule(training_looks=SECOND_LOOKS)
    others: tuple[LearningDetector[Any], ...] = (
        ForestDetector(ForestSettings(forest=forest)),
        ClusterDetector(ClusterSettings(clusters=clusters)),
    )
    told: list[dict[str, np.ndarray]] = [{} for _ in grounds]
    if not {band for other in others for band in other.bands} <= set(sample.bands):
        return told
    learning, together = _block([sample]), _block(grounds)
    ends = np.cumsum([ground.series.pixels for ground in grounds])[:-1]
    for other in others:
        if other.name == without or (model := other.learnt(learning)) is None:
            continue
        labels = np.split(other.labels(together, model), ends, axis=2)
        for held, label in zip(told, labels, strict=True):
            held[other.name] = label
    return told


def _votes(labels: dict[str, np.ndarray], days: np.ndarray, region: Region) -> dict[str, float]:
    """Share of the region's pixels that half of their looks, from onset to confirmation, agree
    about."""
    since = (region.onset.astype("datetime64[D]") + 1)[np.newaxis]
    until = region.confirmed[np.newaxis]
    shares = {name: agreement(label, days, since, until)[0] for name, label in labels.items()}
    return {name: float(np.mean(share >= 0.5)) for name, share in shares.items()}


def _block(pieces: Sequence[Sampled]) -> Block:
    """Pixels of some pieces in one row, as detectors take them."""
    raw = np.concatenate([piece.raw for piece in pieces], axis=2)
    quality = np.concatenate([piece.quality for piece in pieces], axis=1)
    first = pieces[0]
    return Block(raw[:, :, np.newaxis], quality[:, np.newaxis], first.series.days, first.bands)
