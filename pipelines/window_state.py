"""What detection carries of one window in, how the store keeps it out, and the way back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.carried import PARTS, Carried, Record, carried_from, record_of
from analysis.planes import plane_kinds
from cube.store import StoredWindow

KEPT_WHOLE = {
    "looks": ("ndvi", "bsi", "last", "before", "state"),
    "hidden": ("hidden", "hidden_blue", "hidden_level"),
}
"""Planes of every pixel's state that differ from pixel to pixel: what the last clear look was, and
the last under cloud, which few slots change."""

RUNS = "runs"
"""The part of the others, in which only the pixels have a share that may have been dug."""


def _planes() -> dict[str, dict[str, str]]:
    """The planes that are carried, as the store lays them out."""
    history = {
        name: np.dtype(kind.dtype).name for name, kind in plane_kinds(PARTS["history"]).items()
    }
    laid: dict[str, dict[str, str]] = {"history": history, **{part: {} for part in KEPT_WHOLE}}
    laid[RUNS] = {}
    part_of = {name: part for part, names in KEPT_WHOLE.items() for name in names}
    for name, kind in plane_kinds(PARTS["state"]).items():
        part, dtype = part_of.get(name, RUNS), np.dtype(kind.dtype).name
        laid[part][name] = dtype if part != RUNS else f"{dtype}={float(kind.fill)}"
    return laid


PLANES = _planes()
"""The planes that are carried, as the store lays them out."""


def stored_of(carried: Carried | None, before: StoredWindow | None = None) -> StoredWindow | None:
    """What to store of a window; None where no slot was completed since `before`.

    carried : None while the window has to begin from its first slot
    before : what is stored: of it, only the parts that changed are written again
    """
    if carried is None:
        return StoredWindow(0)
    record = record_of(carried)
    slots = len(record.days)
    if before is not None and slots == before.slots:
        return None
    state = record.planes["state"]
    planes = {part: {name: state[name] for name in PLANES[part]} for part in (*KEPT_WHOLE, RUNS)}
    if before is None:
        planes["history"] = dict(record.planes["history"])
    else:
        planes = {part: now for part, now in planes.items() if _differ(now, before.planes[part])}
    told = {"days": record.days.tolist(), "numbers": dict(record.numbers)}
    return StoredWindow(slots, told, planes)


def carried_of(stored: StoredWindow) -> Carried:
    """A window as it was carried, to the last bit."""
    state = {
        name: plane for part in (*KEPT_WHOLE, RUNS) for name, plane in stored.planes[part].items()
    }
    planes = {"history": stored.planes["history"], "state": state}
    days = np.array(stored.record["days"], np.int64)
    return carried_from(Record(days, planes, stored.record["numbers"]))


def _differ(now: Mapping[str, np.ndarray], before: Mapping[str, np.ndarray]) -> bool:
    """Whether any bit of any plane does."""
    return not all(np.array_equal(_bits(now[name]), _bits(before[name])) for name in now)


def _bits(plane: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(plane).view(np.dtype(f"u{plane.itemsize}"))
