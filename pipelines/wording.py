"""Numbers in, words out, where they are wanted in many places."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """`1 mine`, `2 mines`, `1,234 mines`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """`96 %`; what is nearly all or nearly nothing is not rounded to it."""
    if 0.99 < share < 1:
        return "over 99 %"
    return "under 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
