"""Looks and their cloud mask in, the same with ground that is no cloud brought back out.

Dumps, fresh overburden and laterite are bright, and scene classifications call them cloud date
after date. A cloud comes to the same place seldom, looks alike less often, and is never alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.carried import PixelState
from analysis.kernels.hidden import (
    ASKED,
    SEEN,
    ask_around,
    bring_back,
    look_under,
    surroundings,
    take_back,
)
from analysis.looks import Looks, look_positions, row_slices
from analysis.rooms import room
from cube.contract import CubeError, Quality


@dataclass(frozen=True)
class RescueRule:
    """When the cloud mask is overruled: a slot decides by those before it, never by later ones."""

    on: bool = True
    """Whether it ever is."""
    reach: int = 20
    """Half the width of the square around a pixel [pixels of 10 m] that is asked for clear ground:
    a pale dump may fill a smaller one by itself."""
    clear_share: float = 0.4
    """Share of that square which must be clear; dates with less say nothing of either."""
    alike_blue: float = 0.35
    """Largest change of blue since the hidden look before, as a share of it: haze changes it by a
    third, clouds differ by more."""
    alike_level: float = 0.30
    """Largest change of the level of red, NIR and SWIR likewise."""
    least: int = 2
    """Dates that must have hidden ground like that of the hidden date before, this one included:
    with the first of them, three dates amid clear ground."""
    dates: int = 8
    """Dates with clear surroundings that are remembered."""

    def __post_init__(self) -> None:
        if not 1 <= self.reach <= 256:
            raise CubeError(f"reach is {self.reach}; give 1 to 256 pixels.")
        if not 0 < self.clear_share <= 1:
            raise CubeError(f"clear_share is {self.clear_share}; a share lies over 0, up to 1.")
        if not (self.alike_blue >= 0 and self.alike_level >= 0):
            raise CubeError(
                f"alike_blue {self.alike_blue} and alike_level {self.alike_level} must not be "
                "negative."
            )
        if not 1 <= self.least <= self.dates <= 8:
            raise CubeError(
                f"least is {self.least} of {self.dates} dates; give 1 <= least <= dates <= 8."
            )


def rescued(
    parts: Sequence[Looks], pixels: PixelState, rule: RescueRule, spent: bool = False
) -> list[Looks]:
    """Some slots with the looks that persistence brings back; `pixels` are moved on.

    Parameters
    ----------
    parts : the rows of the window, from the top; left as they are, unless `spent`
    pixels : of the whole window, as the slots before these left it
    spent : whether nobody needs the looks as they are: one part is then written to itself
    """
    if not rule.on:
        return list(parts)
    ndvi, hidden, blue, level = (
        _whole(parts, name) for name in ("ndvi", "hidden", "blue", "level")
    )
    shape = ndvi.shape[1:]
    told = np.empty(shape, np.uint8)
    clear, back = (np.empty(shape, np.bool_) for _ in range(2))
    counted = room_to_count(rule.reach, shape[1])
    in_place = spent and len(parts) == 1
    changed: np.ndarray | None = ndvi if in_place else None
    for t in range(len(ndvi)):
        if not ask_around(ndvi[t], hidden[t], pixels.hidden, told):
            continue
        surroundings(told, rule.reach, np.float32(rule.clear_share), *counted, clear)
        if _bring_back(hidden[t], blue[t], level[t], told, clear, rule, pixels, back):
            if changed is None:
                changed = room(ndvi.shape, np.int16)
                np.copyto(changed, ndvi)
            take_back(hidden[t], back, changed[t])
    if changed is None or in_place:
        return list(parts)
    return [
        replace(part, ndvi=changed[:, here])
        for part, here in zip(parts, row_slices(parts), strict=True)
    ]


def brought_back(
    reflectance: np.ndarray,
    quality: np.ndarray,
    bands: Sequence[str],
    pixels: PixelState,
    rule: RescueRule | None,
) -> tuple[bool, np.ndarray | None]:
    """Whether one slot saw anything clear, and which looks persistence brings back, as `rescued`
    has them; without the looks, at half the cost. `pixels` are moved on.

    Parameters
    ----------
    reflectance, quality : of a whole window: (band, y, x) uint16, (y, x) uint8
    bands : names along `band`
    rule : nothing is brought back if None

    Returns
    -------
    bool; (y, x) bool, None where nothing is brought back
    """
    shape = quality.shape
    told = np.empty(shape, np.uint8)
    hidden, level = (np.empty(shape, np.int16) for _ in range(2))
    blue = np.empty(shape, np.uint16)
    flags = np.uint8(Quality.CLEAR), np.uint8(Quality.CLOUD)
    planes = told, hidden, blue, level
    every = look_under(reflectance, quality, *flags, look_positions(bands), pixels.hidden, *planes)
    seen, asks = bool(every & SEEN), bool(every & ASKED)
    if rule is None or not (rule.on and seen and asks):
        return seen, None
    clear, back = (np.empty(shape, np.bool_) for _ in range(2))
    counted = room_to_count(rule.reach, shape[1])
    surroundings(told, rule.reach, np.float32(rule.clear_share), *counted, clear)
    found = _bring_back(hidden, blue, level, told, clear, rule, pixels, back)
    return seen, back if found else None


def _bring_back(
    hidden: np.ndarray,
    blue: np.ndarray,
    level: np.ndarray,
    told: np.ndarray,
    clear: np.ndarray,
    rule: RescueRule,
    pixels: PixelState,
    back: np.ndarray,
) -> bool:
    """`bring_back` by a rule; `pixels` are moved on, `back` is written."""
    return bring_back(
        hidden,
        blue,
        level,
        told,
        clear,
        np.float32(rule.alike_blue),
        np.float32(rule.alike_level),
        np.uint8(rule.least),
        np.uint8((1 << rule.dates) - 1),
        pixels.hidden,
        pixels.hidden_blue,
        pixels.hidden_level,
        back,
    )


def room_to_count(reach: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Room for the surroundings: two counts of a row fit into one number, seen below measured.

    Returns its units, (5,): what a pixel adds that was not measured, hidden, seen; the bits of what
    was seen, and how many they are; lines of such numbers, (rows of a square + 6, columns + 2
    reach); and counts of the square, (2, columns).
    """
    width = 2 * reach + 1
    kind, half = (np.uint16, 8) if width < 2**8 else (np.uint32, 16)
    units = np.array([0, 1 << half, (1 << half) + 1, (1 << half) - 1, half], kind)
    return units, np.empty((width + 6, columns + 2 * reach), kind), np.empty((2, columns), kind)


def _whole(parts: Sequence[Looks], name: str) -> np.ndarray:
    """One plane of every slot over all rows; a view where one part holds them all."""
    planes = [getattr(part, name) for part in parts]
    return planes[0] if len(planes) == 1 else np.concatenate(planes, axis=1)
