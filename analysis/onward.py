"""What was carried of a window and its looks since in; what they add, and what to carry, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.carried import Carried
from analysis.detection import (
    DetectionSettings,
    Excavation,
    excavation_at,
    look_days,
)
from analysis.forward import (
    Slots,
    advanced,
    begun,
    history_is_fixed,
    room_for_slots,
    slots_of,
)
from analysis.looks import Looks


@dataclass(frozen=True, eq=False)
class Onward:
    """What some slots add to the results of one window.

    `found`: its `change` and `state` are those of slot `first` and later, its `excavated` that of
    `envelope_first` and later: a retraction takes pixels out of earlier slots too. `carried` is
    what later slots go on from, None while the history still grows with the record.
    """

    found: Excavation
    first: int
    envelope_first: int
    carried: Carried | None


def onward(
    carried: Carried | None,
    parts: Sequence[Looks],
    acquired: np.ndarray,
    settings: DetectionSettings,
    keep: int,
    inside: np.ndarray | None = None,
    confirmed: np.ndarray | None = None,
    spent: bool = False,
) -> Onward:
    """Excavation of one window by some more slots, the same as by all of them together.

    Parameters
    ----------
    carried : what the slots before these left, None if these are the first
    parts : the rows of the window, from the top: its looks in these slots
    acquired : (time,) datetime64 of these slots, ascending, NaT where nothing was acquired
    keep : slots, of the whole record, that will not change any more: what they leave is carried
    inside : (y, x) bool, where the level of open ground is measured; of the first slots only
    confirmed : (y, x) datetime64, the dates of confirmation published before; None where those
        are the dates that the carried slots say
    spent : whether nobody needs the looks afterwards: they may then be written to

    Raises
    ------
    CubeError
        If dates do not ascend or lack.
    """
    days = look_days(acquired, parts)
    if carried is None:
        carried = begun(parts, days, settings.baseline, inside)
    first, shape = len(carried.days), carried.baseline.observable.shape
    grid = (len(days), *shape)
    slots = room_for_slots(grid)
    kept = int(np.clip(keep - first, 0, len(days)))
    rules = settings.change, settings.confirmation

    def after(before: Carried, some: slice) -> Carried:
        into = Slots(slots.change[some], slots.state[some])
        told = (*rules, into, settings.rescue, spent)
        return advanced(before, slots_of(parts, some), days[some], *told)[0]

    at_keep = after(carried, slice(kept))
    end = after(at_keep, slice(kept, len(days)))
    if confirmed is None:
        since = min(first, _first_moved(carried.pixels.confirmed, end.pixels.confirmed))
    else:
        since = min(first, _first_differing(end, confirmed))
    fixed = history_is_fixed(at_keep.days, settings.baseline)
    return Onward(
        found=excavation_at(end, slots, settings, since),
        first=first,
        envelope_first=since,
        carried=at_keep if fixed else None,
    )


def _first_moved(before: np.ndarray, now: np.ndarray) -> int:
    """First slot at which envelopes differ that opened at slots (y, x) `before` and `now`."""
    never = np.iinfo(np.int16).max
    moved = np.flatnonzero(before != now)
    slots = np.stack([before.reshape(-1)[moved], now.reshape(-1)[moved]])
    return int(np.where(slots < 0, never, slots).min(initial=never))


def _first_differing(carried: Carried, confirmed: np.ndarray) -> int:
    """First slot at which the envelope may differ from one with these dates of confirmation."""
    days, slot = carried.days, carried.pixels.confirmed
    dates = confirmed.astype("datetime64[D]")
    open_now, open_before = slot >= 0, ~np.isnat(dates)
    differ = open_now != open_before
    both = open_now & open_before
    differ[both] = days[slot[both]] != dates[both].astype(np.int64)
    earliest = [days[slot[differ & open_now]], dates[differ & open_before].astype(np.int64)]
    if not any(len(found) for found in earliest):
        return len(days)
    since = days >= np.concatenate(earliest).min()
    return int(since.argmax()) if since.any() else len(days)
