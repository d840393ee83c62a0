"""A number and a noun in, both in words out."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """`1 mine`, `2 mines`, `1,234 mines`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
