"""Dataclasses of planes: each declared in one line, with what whoever makes or stores it must know.

score: Annotated[np.ndarray, Plane(np.float32)]
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, TypeVar, cast, get_type_hints

import numpy as np
from numpy.typing import DTypeLike

Planes = TypeVar("Planes")


@dataclass(frozen=True)
class Plane:
    """A (y, x) array: its dtype, and what stands where nothing is known yet."""

    dtype: DTypeLike
    fill: Any = 0


def plane_kinds(of: type) -> dict[str, Plane]:
    """The planes a dataclass declares, in order; asked once, for hints cost a third of a ms."""
    return _kinds(cast(Hashable, of))


@lru_cache
def _kinds(of: Any) -> dict[str, Plane]:
    hints = get_type_hints(of, include_extras=True)
    held = {
        entry.name: kind
        for entry in fields(of)
        for kind in getattr(hints[entry.name], "__metadata__", ())
    }
    return {name: kind for name, kind in held.items() if isinstance(kind, Plane)}


def planes_of(holder: Any) -> dict[str, np.ndarray]:
    """The planes an instance holds, by name."""
    return {name: getattr(holder, name) for name in plane_kinds(type(holder))}


def empty_planes(of: type[Planes], shape: tuple[int, ...]) -> Planes:
    """An instance that is nothing but planes, which hold their fills."""
    kinds = plane_kinds(of)
    return of(**{name: np.full(shape, kind.fill, kind.dtype) for name, kind in kinds.items()})


def numbers_of(holder: Any) -> dict[str, float]:
    """What else an instance holds, by name: numbers of the whole window."""
    planes = plane_kinds(type(holder))
    rest = [entry.name for entry in fields(holder) if entry.name not in planes]
    return {name: getattr(holder, name) for name in rest}


def copied(planes: Planes) -> Planes:
    """The same planes in arrays of their own."""
    return type(planes)(**{name: held.copy() for name, held in planes_of(planes).items()})


def rows_of(holder: Planes, here: slice) -> Planes:
    """The same with views of some rows: what is written into them is written into the whole."""
    views: dict[str, Any] = {name: held[here] for name, held in planes_of(holder).items()}
    return replace(cast(Any, holder), **views)
