"""What a page's session serves: the output, its stored results, its door. No globals: by document.

A Panel page is a function without arguments, called once per session; it finds here whose it is.
Several servers may run in one process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import panel as pn
from bokeh.document import Document

from cube.contract import CubeError

if TYPE_CHECKING:
    from dashboard.access.access import Access
    from dashboard.acts import Acts


@dataclass(frozen=True, eq=False)
class Served:
    """One output as one server shows it.

    output : the run's folder
    stored : the door to its published results
    access : who may see it; None where nobody signs in
    acts : what admins do; None where nobody signs in
    settings : what the server was told
    turn : held by whoever is about to make something long on the event loop
    """

    output: Path
    stored: Any
    access: Access | None = None
    acts: Acts | None = None
    settings: Any = field(default=None)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


_by_document: WeakKeyDictionary[Document, Served] = WeakKeyDictionary()
_in_block: ContextVar[Served | None] = ContextVar("served", default=None)


def served() -> Served:
    """What the page that is being made, or whose callback runs, serves.

    Raises
    ------
    CubeError
        Outside a page and outside `serving`.
    """
    found = _in_block.get() or _by_document.get(_document())
    if found is None:
        raise CubeError("no output is served here: open the page from `python -m dashboard`.")
    return found


@contextmanager
def serving(what: Served) -> Iterator[Served]:
    """Serve that while the block runs, without a server."""
    token = _in_block.set(what)
    try:
        yield what
    finally:
        _in_block.reset(token)


def bind(document: Document, what: Served) -> None:
    """Say what a document serves, for as long as it lives."""
    _by_document[document] = what


def _document() -> Any:
    """The present document; something that is no key where there is none."""
    return pn.state.curdoc or _Nobody()


class _Nobody:
    """No document."""
