"""Short pauses: pages are made one at a time, and what they share is made and collected once.

Making a page takes 0.07 to 0.16 s; of several asked for at once, others have their turn between
two. A collection stops everybody. Measured: of the 630,000 objects of a server that nobody has
visited yet it takes 0.3 s, of a page's 7,000 to 12,000 it takes 5 ms; Panel asks for one after
every page that was closed.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable
from contextlib import suppress
from weakref import WeakSet

from bokeh.application.application import SessionContext
from bokeh.application.handlers import Handler
from bokeh.document import Document
from bokeh.server.server import Server
from bokeh.server.session import ServerSession
from panel.io.application import Application
from tornado.ioloop import PeriodicCallback

from cube.contract import CubeError
from dashboard.served import Served

THRESHOLDS = (10_000, 5, 50)
"""Objects, and collections of the younger ones, before Python collects by itself."""

COME_MS = 60_000
"""How long a page that was sent waits for its websocket: scripts come slowly on a slow line, and a
page that was given up meanwhile asks other machines for its styles, in vain."""

LINGER_MS = 5_000
"""A page whose websocket is gone is kept so long; who comes later gets a new one."""

LOOK_MS = 1_000
"""How often pages that linger are looked for, and what closed pages left is taken away: in small
heaps, each as soon as it is there."""

BREATH_S = 0.003
"""Between two pages; in it whatever waits is done."""


async def own_turn(turn: asyncio.Lock) -> None:
    """Wait until others had theirs; what follows without waiting has the event loop for itself."""
    async with turn:
        await asyncio.sleep(BREATH_S)


class OneAtATime(Handler):
    """Of several pages asked for at once, has the server make one, look around, make the next.

    turn : shared by all that takes long on the server's event loop
    """

    def __init__(self, turn: asyncio.Lock) -> None:
        super().__init__()
        self._turn = turn

    def modify_document(self, doc: Document) -> None:
        """Nothing: it only waits."""

    async def on_session_created(self, session_context: SessionContext) -> None:
        await own_turn(self._turn)


def let_go(server: Server, opened: WeakSet[ServerSession]) -> None:
    """Give up pages whose websocket came and has been gone for `LINGER_MS`.

    opened : pages seen with their websocket so far; filled here, each time anew
    """
    for path in server._tornado.app_paths:
        for session in server.get_sessions(path):
            if session.connection_count:
                opened.add(session)
            elif session in opened and session.milliseconds_since_last_unsubscribe > LINGER_MS:
                session.request_expiration()


def warm_up(what: Served, applications: Iterable[Application]) -> None:
    """Make each page once for nobody, and open what is published, so that nobody waits for it."""
    with suppress(CubeError, OSError):
        what.stored.current().warm_up()
    for application in applications:
        document = application.create_document()
        document.to_json()
        document.clear()


def settle(server: Server) -> None:
    """Set what there is now apart; from now on collect what each closed page left."""
    open_pages: set[str] = set()

    def collect() -> None:
        now = {str(s.id) for path in server._tornado.app_paths for s in server.get_sessions(path)}
        if open_pages - now:
            gc.collect()
        open_pages.clear()
        open_pages.update(now)

    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    server.io_loop.add_callback(PeriodicCallback(collect, LOOK_MS).start)
