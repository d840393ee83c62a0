"""Settings of a detector in, the detector ready to be asked out: with its network, if it has one.

Only here does the main job touch a network, by onnxruntime and only where a run names a file.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from analysis.detectors import Detector, detector_of
from analysis.detectors.ensemble import Ensemble, EnsembleSettings
from analysis.detectors.network import Marking, NetworkDetector, NetworkSettings
from analysis.networks.blending import blended, lattice
from cube.contract import CubeError
from pipelines.networks.extra import HINT
from pipelines.networks.medians import cloud_free_median
from pipelines.run_record import file_hash

CHIP_PX = 256
"""Side of the squares that a window is shown in [px], half overlapping: what a network says does
not depend on it, its memory does."""


def with_network(settings: Any, file: str) -> Any:
    """The settings of a detector with a network's file named in them.

    Raises
    ------
    CubeError
        If the detector asks no network.
    """
    if not file:
        return settings
    if isinstance(settings, NetworkSettings):
        return dataclasses.replace(settings, file=file, sha256=file_hash(file))
    if isinstance(settings, EnsembleSettings):
        return dataclasses.replace(settings, network=with_network(settings.network, file))
    raise CubeError("--network is of use to --detector network or ensemble alone; leave it out.")


def ready_detector(settings: Any) -> Detector:
    """The detector whose settings these are, its network loaded.

    Raises
    ------
    CubeError
        If the file is none, or a network of another kind, or onnxruntime is not installed.
    """
    if isinstance(settings, NetworkSettings):
        return NetworkDetector(settings, _marking(settings) if settings.file else None)
    if isinstance(settings, EnsembleSettings) and settings.network.file:
        return Ensemble(settings, _marking(settings.network))
    return detector_of(settings)


@lru_cache(maxsize=2)
def _marking(settings: NetworkSettings) -> Marking:
    """What a network says of some slots: of their median, in overlapping squares, blended."""
    try:
        onnx = import_module("pipelines.networks.onnx")
    except ModuleNotFoundError as error:
        raise CubeError(
            f"the detector 'network' needs {error.name}, which is not installed: {HINT}."
        ) from error
    network = onnx.OnnxNetwork.load(settings.file, threads=1)
    if network.task != "segmentation":
        raise CubeError(
            f"{settings.file} holds a {network.task} network; the detector needs a segmentation "
            "network, which marks pixels."
        )
    network.require_bands(settings.bands)

    def marked(reflectance: np.ndarray, quality: np.ndarray) -> np.ndarray:
        image = cloud_free_median(reflectance, quality)
        rows, columns = image.shape[1:]
        size = min(CHIP_PX, rows, columns)
        origins = lattice(rows, columns, size)
        said = [
            network.probability(image[np.newaxis, :, r : r + size, c : c + size])[0]
            for r, c in origins
        ]
        likely = blended(np.stack(said), origins, (rows, columns))
        return np.where(np.isnan(image).all(axis=0), np.float32("nan"), likely)

    return marked
