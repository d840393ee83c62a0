"""A pack in, its blocks out, in reading order."""

from __future__ import annotations

from pipelines.evidence.arithmetic import arithmetic
from pipelines.evidence.blocks import Block
from pipelines.evidence.checking import checking
from pipelines.evidence.doubt import alternatives, confidence, limits
from pipelines.evidence.pace import pace
from pipelines.evidence.pack import Pack
from pipelines.evidence.rule import rule
from pipelines.evidence.sides import sides
from pipelines.evidence.sources import custody, looks, sources
from pipelines.evidence.story import areas, before_after, place, series, summary

SECTIONS = (
    summary,
    place,
    before_after,
    series,
    areas,
    pace,
    rule,
    sides,
    arithmetic,
    confidence,
    alternatives,
    limits,
    sources,
    custody,
    checking,
    looks,
)


def blocks(pack: Pack) -> list[Block]:
    """The whole pack."""
    return [block for section in SECTIONS for block in section(pack)]
