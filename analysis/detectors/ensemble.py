"""The core says where; forest and clusters say how they see the same ground."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.agreement import agreement
from analysis.detection import DetectionSettings, Excavation
from analysis.detectors.block import Block
from analysis.detectors.clusters import ClusterDetector, ClusterSettings
from analysis.detectors.confirmation import Confirmation
from analysis.detectors.forest import ForestDetector, ForestSettings
from analysis.detectors.network import Marking, NetworkDetector, NetworkSettings
from analysis.features import bands_of
from cube.contract import BANDS, CORE_BANDS, CubeError, State

OPINIONS = ("forest", "clusters")
"""The detectors that are asked for a second opinion; a trained network, where one is given, for a
third."""


@dataclass(frozen=True)
class EnsembleSettings:
    """The rules of all its members, and what their agreement says of suspected ground.

    The share of provisional pixels that had been dug was fitted by a logistic on eight simulated
    sites at four dates each: 1 / (1 + exp(-z)), z = `constant` + `looks` ln(1 + clear looks) +
    `forest_odd` share + `clusters_open` share, of the clear looks since it was detected. Both
    opinions count against: what is odd at first sight is mostly shadow, bare ground mostly a field.
    They rank suspected ground (area under the curve .73 on sites left out of the fit; without them
    it is below a half), at the price of calibration (error .016 against .004).
    Confirmed ground keeps the confidence of the core: there opinions added nothing.
    """

    confirmation: DetectionSettings = field(default_factory=DetectionSettings)
    """Rules of the core, which decides where."""
    forest: ForestSettings = field(default_factory=ForestSettings)
    """Rules of the forest."""
    clusters: ClusterSettings = field(default_factory=ClusterSettings)
    """Rules of the clusters."""
    network: NetworkSettings = field(default_factory=NetworkSettings)
    """A trained network and its rules; it is asked where it names a file."""
    least_agreeing: int = 0
    """Other opinions, 0 to 2 (3 with a network), that confirmed ground needs to stay in the map: 0
    leaves the map to the core, whose precision others only take recall from."""
    constant: float = -2.38
    """Of the logistic."""
    looks: float = 0.12
    """Of the logistic, per ln(1 + clear looks)."""
    forest_odd: float = -1.53
    """Of the logistic, per share of looks the forest calls odd."""
    clusters_open: float = -2.62
    """Of the logistic, per share of looks that show the open kind."""
    network_open: float = 0.0
    """Of the logistic, per share of composites that a network marks. 0: a network votes, but has
    no say in the confidence until somebody fitted what its own marks are worth."""

    def __post_init__(self) -> None:
        most = len(OPINIONS) + bool(self.network.file)
        if not 0 <= self.least_agreeing <= most:
            raise CubeError(f"least_agreeing is {self.least_agreeing}; there are {most} opinions.")


@dataclass(frozen=True, eq=False)
class Opinion:
    """How one detector sees the core's claims: `share` (y, x) float32 [1] of the clear looks since
    the claim that it calls odd, NaN without a claim; `agrees` (y, x) bool, half of them or more."""

    share: np.ndarray
    looks: np.ndarray

    @property
    def agrees(self) -> np.ndarray:
        return self.share >= 0.5


@dataclass(frozen=True)
class Ensemble:
    """Three detectors of one window, with a network four; the core decides, others are heard.

    marking : the network that the settings name a file of
    """

    settings: EnsembleSettings = field(default_factory=EnsembleSettings)
    marking: Marking | None = field(default=None, compare=False)
    name: str = "ensemble"

    @property
    def bands(self) -> tuple[str, ...]:
        asked = {*CORE_BANDS, *bands_of(self.settings.forest.features)}
        asked |= set(bands_of(self.settings.clusters.features))
        asked |= set(self.settings.network.bands) if self.settings.network.file else set()
        return tuple(band for band in BANDS if band in asked)

    def __call__(self, block: Block) -> Excavation:
        found = Confirmation(self.settings.confirmation)(block)
        return self._heard(found, self.opinions(block, found))

    def opinions(self, block: Block, found: Excavation) -> dict[str, Opinion]:
        """What the others say of every claim of the core, by name."""
        labels = {
            "forest": ForestDetector(self.settings.forest).labels(block),
            "clusters": ClusterDetector(self.settings.clusters).labels(block),
        }
        if self.settings.network.file:
            network = NetworkDetector(self.settings.network, self.marking)
            labels["network"] = network.labels(block)
        return {
            name: Opinion(*agreement(label, block.days, found.detected))
            for name, label in labels.items()
        }

    def _heard(self, found: Excavation, opinions: dict[str, Opinion]) -> Excavation:
        told = self.settings
        forest, clusters = (opinions[name] for name in OPINIONS)
        z = (
            told.constant
            + told.looks * np.log1p(forest.looks)
            + told.forest_odd * np.nan_to_num(forest.share)
            + told.clusters_open * np.nan_to_num(clusters.share)
        )
        if "network" in opinions:
            z = z + told.network_open * np.nan_to_num(opinions["network"].share)
        suspected = found.state[-1] == State.PROVISIONAL
        confidence = np.where(suspected, 1 / (1 + np.exp(-z)), found.confidence)
        heard = replace(found, confidence=confidence.astype(np.float32))
        votes = sum(opinion.agrees.astype(np.int8) for opinion in opinions.values())
        alone = ~np.isnat(found.confirmed) & (votes < told.least_agreeing)
        return _without(heard, alone) if alone.any() else heard


def _without(found: Excavation, where: np.ndarray) -> Excavation:
    """The same without what was claimed at (y, x) bool."""
    never = np.datetime64("NaT")
    state = np.where(where & (found.state != State.NOT_OBSERVABLE), State.NONE, found.state)
    return replace(
        found,
        state=state.astype(np.uint8),
        excavated=found.excavated & ~where,
        onset=np.where(where, never, found.onset),
        detected=np.where(where, never, found.detected),
        confirmed=np.where(where, never, found.confirmed),
        confidence=np.where(where, np.float32(0), found.confidence),
    )
