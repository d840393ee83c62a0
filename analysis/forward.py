"""The forward pass over one window: what the past decided in, what more slots decide out.

Everything before the first slot is `begun`, from the history; everything after is `advanced`, any
number of slots at a time: however the slots are split, the same comes out. The history is fixed
once the record is long enough (`history_is_fixed`); until then it grows with every slot, and a
window has to begin anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.baseline import baseline_and_shifts, history_slots
from analysis.baseline_rule import BaselineRule
from analysis.carried import Carried, PixelState
from analysis.change import ChangeRule, candidate_change, look_noise
from analysis.confirmation import states
from analysis.confirmation_rule import ConfirmationRule
from analysis.evidence import evidence, score_steps
from analysis.looks import Looks, row_slices
from analysis.planes import copied, empty_planes, rows_of
from analysis.rescue import RescueRule, rescued
from analysis.rooms import room
from analysis.scene import Reference, scene_shifts
from cube.contract import CubeError

BLOCK_SLOTS = 16
"""Slots whose evidence is held at once: more gain no speed, and evidence is as large as a state."""


@dataclass(frozen=True, eq=False)
class Slots:
    """What was found slot by slot, (time, y, x): `change` bool and `state` uint8."""

    change: np.ndarray
    state: np.ndarray


def room_for_slots(shape: tuple[int, ...]) -> Slots:
    """Slots (time, y, x) of which nothing is written yet."""
    return Slots(room(shape, np.bool_), room(shape, np.uint8))


def begun(
    parts: Sequence[Looks], days: np.ndarray, rule: BaselineRule, inside: np.ndarray | None = None
) -> Carried:
    """A window before its first slot, with what its history says.

    Parameters
    ----------
    parts : the rows of the window, from the top: its looks from the first slot on
    days : (time,) int64 of the whole record, days since 1970, negative where nothing was seen
    inside : (y, x) bool, where to measure open ground (the mine's outline); everywhere if None
    """
    history, _ = history_slots(days, rule)
    base, shifts = baseline_and_shifts(parts, days, rule, inside)
    ndvi, bsi = ([getattr(part, name)[:history] for part in parts] for name in ("ndvi", "bsi"))
    return Carried(
        days=np.empty(0, np.int64),
        history=history,
        ndvi_noise=look_noise(ndvi),
        bsi_noise=look_noise(bsi, ndvi),
        baseline=base,
        pixels=empty_planes(PixelState, base.observable.shape),
        shifts=shifts,
    )


def history_is_fixed(days: np.ndarray, rule: BaselineRule) -> bool:
    """Whether later slots leave the history as it is: the record spans enough of it."""
    acquired = days[days >= 0]
    if not acquired.size:
        return False
    return rule.history_share * float(acquired[-1] - acquired[0]) >= rule.history_days


def advanced(
    carried: Carried,
    parts: Sequence[Looks],
    days: np.ndarray,
    change: ChangeRule,
    confirmation: ConfirmationRule,
    into: Slots | None = None,
    rescue: RescueRule | None = None,
    spent: bool = False,
) -> tuple[Carried, Slots]:
    """The window after more slots, and what was found in them; `carried` stays as it is.

    Parameters
    ----------
    parts : the rows of the window, from the top: its looks in these slots only
    days : (time,) int64 of these slots, days since 1970, negative where nothing was seen
    into : written whole, in place of new arrays
    rescue : which looks under cloud count all the same; the rule's defaults if None
    spent : whether nobody needs the looks of these slots again: they may then be written to

    Raises
    ------
    CubeError
        If these slots begin before those that are carried end.
    """
    _refuse_backward(carried.days, days)
    shape = (len(days), *carried.baseline.observable.shape)
    found = into or room_for_slots(shape)
    if not len(days):
        return carried, found
    now = replace(carried, pixels=copied(carried.pixels))
    rows = row_slices(parts)
    references = [now.baseline.rows(here).reference for here in rows]
    held = (min(len(days), BLOCK_SLOTS), *shape[1:])
    room_scores = room(held, np.uint8)
    for first in range(0, len(days), BLOCK_SLOTS):
        block = slice(first, first + BLOCK_SLOTS)
        looks = slots_of(parts, block)
        shifts = _levels(now, looks, references)
        some = slice(len(days[block]))
        looks = rescued(looks, now.pixels, rescue or RescueRule(), spent=spent)
        earlier = score_steps(now.pixels.score)
        trajectory = room_scores[some]
        alone = len(looks) == 1
        for part, here in zip(looks, rows, strict=True):
            pixels = rows_of(now.pixels, here)
            base = now.baseline.rows(here)
            told = (now.ndvi_noise, now.bsi_noise, change, pixels)
            changed = candidate_change(part, *told, found.change[block] if alone else None)
            score = evidence(
                part, base, confirmation, pixels, shifts, trajectory if alone else None
            )
            if not alone:
                found.change[block, here], trajectory[:, here] = changed, score
        told_days = days[block]
        states(looks, trajectory, earlier, now, told_days, confirmation, found.state[block])
        now = replace(now, days=np.concatenate([now.days, days[block]]))
    return now, found


def _levels(now: Carried, parts: Sequence[Looks], references: Sequence[Reference]) -> np.ndarray:
    """(time, 4) int32 [1/10000] shifts of the next scenes, of which the history's are known."""
    known = now.shifts[len(now.days) :][: len(parts[0].ndvi)]
    rest = slots_of(parts, slice(len(known), None))
    if not len(rest[0].ndvi):
        return known
    least = int(now.baseline.reference_pixels)
    return np.concatenate([known, scene_shifts(rest, references, least)])


def _refuse_backward(carried: np.ndarray, days: np.ndarray) -> None:
    earlier, later = carried[carried >= 0], days[days >= 0]
    if earlier.size and later.size and later[0] < earlier[-1]:
        dates = [str(np.datetime64(int(day), "D")) for day in (earlier[-1], later[0])]
        raise CubeError(
            f"the window was carried to {dates[0]}, but the next look is of {dates[1]}: begin it "
            "anew from its first slot."
        )


def slots_of(parts: Sequence[Looks], slots: slice) -> list[Looks]:
    """The looks of some slots, as views."""
    return [Looks(*(values[slots] for values in vars(part).values())) for part in parts]
