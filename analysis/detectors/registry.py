"""The name of a detector and its settings in, the detector out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from analysis.detection import DetectionSettings
from analysis.detectors.block import Detector
from analysis.detectors.clusters import ClusterDetector, ClusterSettings
from analysis.detectors.confirmation import Confirmation
from analysis.detectors.ensemble import Ensemble, EnsembleSettings
from analysis.detectors.forest import ForestDetector, ForestSettings
from analysis.detectors.network import NetworkDetector, NetworkSettings
from analysis.detectors.scene_difference import SceneDifference, SceneDifferenceSettings
from cube.contract import CubeError

_MAKERS: dict[str, tuple[type, Callable[[Any], Detector]]] = {
    "confirmation": (DetectionSettings, Confirmation),
    "forest": (ForestSettings, ForestDetector),
    "clusters": (ClusterSettings, ClusterDetector),
    "scene_difference": (SceneDifferenceSettings, SceneDifference),
    "ensemble": (EnsembleSettings, Ensemble),
    "network": (NetworkSettings, NetworkDetector),
}
"""By name: the class of its settings, and what makes the detector of them."""

TRAINED = ("network",)
"""Those that must be handed a trained network before they can be asked."""

DETECTORS = tuple(name for name in _MAKERS if name not in TRAINED)
"""Every other name that `detector` knows: they need nothing but a window."""


def detector(name: str, settings: Any = None) -> Detector:
    """The detector of that name.

    Parameters
    ----------
    settings : its settings class, as `settings_class` names it; its defaults if None

    Raises
    ------
    CubeError
        If no detector is called so, or the settings are those of another.
    """
    kind = settings_class(name)
    if settings is not None and not isinstance(settings, kind):
        raise CubeError(
            f"the detector {name!r} takes {kind.__name__}, not {type(settings).__name__}."
        )
    return _MAKERS[name][1](settings if settings is not None else kind())


def detector_of(settings: Any) -> Detector:
    """The detector whose settings these are.

    Raises
    ------
    CubeError
        If they are no detector's.
    """
    for name, (kind, _) in _MAKERS.items():
        if type(settings) is kind:
            return detector(name, settings)
    raise CubeError(f"{type(settings).__name__} are the settings of no detector.")


def settings_class(name: str) -> type:
    """The frozen dataclass of a detector's settings.

    Raises
    ------
    CubeError
        If no detector is called so.
    """
    if name not in _MAKERS:
        raise CubeError(f"no detector is called {name!r}; known are {', '.join(_MAKERS)}.")
    kind = _MAKERS[name][0]
    assert dataclasses.is_dataclass(kind)
    return kind
