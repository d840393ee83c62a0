"""What every tab of the administration works at: who acts, and what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from cube.contract import CubeError
from dashboard.access import Visitor
from dashboard.acts import Acts
from dashboard.look import note, pane
from dashboard.served import Served

T = TypeVar("T")

MEANT_S = 15.0
"""How long a second press counts as meant [s]."""


class Desk:
    """The desk of one admin on one tab.

    said : the pane in which it says what came of the last act
    """

    def __init__(self, what: Served, who: Visitor, acts: Acts) -> None:
        self.what = what
        self.who = who
        self.acts = acts
        self.said = pane("")
        self._asked: tuple[str, float] = ("", 0.0)

    async def do(self, work: Callable[[], T], done: Callable[[T], str]) -> bool:
        """Act in a thread and say what came of it; whether it was done."""
        self.said.object = note("One moment ...")
        try:
            result = await asyncio.to_thread(work)
        except (CubeError, OSError) as error:
            self.said.object = note(str(error), warning=True)
            return False
        self.said.object = note(done(result))
        return True

    def meant(self, what: str, asked: str) -> bool:
        """Whether it was asked for twice in a row; says what a second press will do."""
        before, when = self._asked
        if before == what and time.monotonic() - when < MEANT_S:
            self._asked = "", 0.0
            return True
        self._asked = what, time.monotonic()
        self.said.object = note(asked, warning=True)
        return False
