"""What a trained network says of itself, whatever file it lies in; checked when it is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from analysis.networks.normalisation import Normalisation
from analysis.networks.style import Style, matched
from cube.contract import CubeError

FORMAT = "minecube network 1"
"""Stands in every file; a network kept in another way will have another."""


@dataclass(frozen=True)
class NetworkFacts:
    """All that whoever uses a network needs to know.

    name, preset, task : as in the registry
    bands : of the images it takes, in this order
    normalisation : how reflectance becomes what it was trained on
    chip_size : side of the chips it was trained on [pixel]
    threshold : from which probability on it calls something a mine; chosen on validation
    data_hash : of the chips that trained it
    code_version : of minecube
    metrics : scores by split and name, with intervals over sites
    style : the other sensor's style that its chips were matched to, if any
    multiple : sides of an image are multiples of this in its ONNX file [pixel]
    """

    name: str
    task: str
    preset: str
    bands: tuple[str, ...]
    normalisation: Normalisation
    chip_size: int
    threshold: float
    data_hash: str
    code_version: str
    metrics: dict[str, Any] = field(default_factory=dict)
    style: Style | None = None
    multiple: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise CubeError(f"the threshold is {self.threshold}; expected 0 to 1.")
        if self.chip_size < 1 or self.multiple < 1:
            raise CubeError(f"chips of {self.chip_size} pixels; expected 1 or more.")
        if self.normalisation.bands != self.bands:
            raise CubeError(
                f"the normalisation is of {', '.join(self.normalisation.bands)}, the network of "
                f"{', '.join(self.bands)}: they do not belong together."
            )

    def prepared(self, pixels: np.ndarray) -> np.ndarray:
        """Chips as the network was trained on them.

        Parameters
        ----------
        pixels : (n, band, y, x) float32 reflectance, NaN where not measured

        Raises
        ------
        CubeError
            If they are not chips of its number of bands.
        """
        if pixels.ndim != 4 or pixels.shape[1] != len(self.bands):
            raise CubeError(
                f"pixels of shape {pixels.shape} given, but (n, band, y, x) of the "
                f"{len(self.bands)} bands {', '.join(self.bands)} expected."
            )
        pixels = pixels.astype(np.float32, copy=False)
        if self.style is not None:
            pixels = np.stack([matched(chip, self.style) for chip in pixels])
        return self.normalisation.of(pixels)

    def require_bands(self, bands: Sequence[str]) -> None:
        """Refuse images whose bands are others, or in another order.

        Raises
        ------
        CubeError
        """
        given, expected = tuple(bands), self.bands
        if given == expected:
            return
        missing = [band for band in expected if band not in given]
        if missing:
            found = f"these images have no {', '.join(missing)}"
        elif len(given) > len(expected):
            found = "these images have more"
        else:
            found = "these images have them in another order"
        raise CubeError(
            f"the network {self.name!r} was trained on {', '.join(expected)}; {found}: "
            f"{', '.join(given)}. Select its bands in its order, or train on yours."
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for a file."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        return plain | {
            "format": FORMAT,
            "bands": list(self.bands),
            "normalisation": self.normalisation.to_dict(),
            "style": self.style.to_dict() if self.style else None,
        }

    @staticmethod
    def from_dict(plain: Any, where: str) -> NetworkFacts:
        """The way back.

        where : the file they stand in, for the message.

        Raises
        ------
        CubeError
            If these are no facts of a network, or something is missing or of another kind.
        """
        if not isinstance(plain, Mapping) or plain.get("format") != FORMAT:
            raise CubeError(
                f"{where} is no network of minecube (expected {FORMAT!r}). Give a file that "
                "python -m pipelines.train wrote."
            )
        try:
            return NetworkFacts(
                **{name: _text(plain[name], name) for name in _TEXTS},
                bands=tuple(_text(band, "bands") for band in plain["bands"]),
                normalisation=Normalisation.from_dict(plain["normalisation"]),
                chip_size=int(plain["chip_size"]),
                threshold=_number(plain["threshold"]),
                metrics=dict(plain["metrics"]),
                style=Style.from_dict(plain["style"]) if plain["style"] else None,
                multiple=int(plain["multiple"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            told = error if isinstance(error, CubeError) else f"{type(error).__name__}: {error}"
            raise CubeError(f"{where} is a damaged network ({told}). Train it again.") from error


_TEXTS = ("name", "task", "preset", "data_hash", "code_version")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise CubeError(f"its {name} is {value!r}, which is no text")
    return value


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise CubeError(f"its threshold is {number}")
    return number
