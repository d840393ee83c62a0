"""What a mine page's address asks for in, the slot and layer that are shown out, kindly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.look import words
from dashboard.pages.mine_map.config import LEAST_CLEAR


@dataclass(frozen=True)
class Asked:
    """What is shown: a slot's date, a layer, and what had to be said about the address."""

    date: str
    layer: str
    remarks: tuple[str, ...] = ()


def asked(
    query: Mapping[str, str], slots: Sequence[Mapping[str, Any]], layers: Sequence[str]
) -> Asked:
    """The nearest slot and a layer that there is, whatever the address says.

    Parameters
    ----------
    query : `date` as 2022-03-01 and `layer`, both optional, both anything
    slots : of the mine, at least one, in order, each with `date` and `clear`
    layers : names of the mine's layers, base layers first
    """
    remarks: list[str] = []
    layer = query.get("layer", "")
    if layer not in layers:
        if layer:
            remarks.append(f"There is no layer {layer[:40]!r}; there are {', '.join(layers)}.")
        layer = "falsecolour" if "falsecolour" in layers else layers[0]
    days = [str(slot["date"])[:10] for slot in slots]
    wanted = query.get("date", "").strip()
    if not wanted:
        return Asked(_last_clear(slots, days), layer, tuple(remarks))
    try:
        day = date.fromisoformat(wanted)
    except ValueError:
        remarks.append(f"{wanted[:40]!r} is no date like 2022-03-01; the last clear look is shown.")
        return Asked(_last_clear(slots, days), layer, tuple(remarks))
    nearest = min(days, key=lambda one: abs((date.fromisoformat(one) - day).days))
    if not days[0] <= day.isoformat() <= days[-1]:
        remarks.append(
            f"{words.day(day)} lies outside this mine's record ({words.day(days[0])} to "
            f"{words.day(days[-1])}); {words.day(nearest)} is the nearest."
        )
    elif nearest != day.isoformat():
        remarks.append(f"No slot begins on {words.day(day)}; {words.day(nearest)} is the nearest.")
    return Asked(nearest, layer, tuple(remarks))


def _last_clear(slots: Sequence[Mapping[str, Any]], days: Sequence[str]) -> str:
    clear = [day for slot, day in zip(slots, days, strict=True) if _clear(slot) >= LEAST_CLEAR]
    return clear[-1] if clear else days[-1]


def _clear(slot: Mapping[str, Any]) -> float:
    return float(slot.get("clear") or 0)
