"""What a pack is made of: one list of blocks, which HTML and PDF both print word for word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A title; level 1 stands once, 2 begins a section, 3 a part of one."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Running text; `tone` is "", "note" (small) or "warning" (boxed)."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Facts:
    """Names and values, a line for each; `href` of a value makes it a link."""

    rows: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...] = ()

    def link(self, name: str) -> str:
        """Where the value of `name` leads, "" if nowhere."""
        return dict(self.links).get(name, "")


@dataclass(frozen=True)
class Grid:
    """A table; `numbers` are the columns set to the right, `whole` those whose words are not
    broken on a screen, `widths` the shares of all in print."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()
    widths: tuple[float, ...] = ()
    small: bool = False


@dataclass(frozen=True)
class Steps:
    """Numbered sentences, in order."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """Lines to type, as they are."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A PNG with its caption; `alt` says what it shows to somebody who cannot see it.

    share : of the width of a printed page; on a screen it is as wide as the text
    """

    png: bytes
    alt: str
    caption: str
    share: float = 1.0


@dataclass(frozen=True)
class Pictures:
    """Pictures side by side where there is room, `across` of them in print."""

    items: tuple[Picture, ...]
    across: int = 2


Block = Heading | Paragraph | Facts | Grid | Steps | Code | Picture | Pictures


def kept_together(blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks in groups that a page should not cut.

    A heading with the words after it and the first block that is more than words; words with the
    lines to type that they announce.
    """
    groups: list[list[Block]] = []
    for block in blocks:
        last = groups[-1] if groups else []
        headed = bool(last) and isinstance(last[0], Heading)
        open_ = headed and all(isinstance(one, Heading | Paragraph) for one in last)
        new_section = isinstance(block, Heading) and block.level < 3
        typed = isinstance(block, Code) and bool(last) and isinstance(last[-1], Paragraph)
        if (open_ and not new_section) or typed:
            last.append(block)
        else:
            groups.append([block])
    return groups
