"""Changes in quick succession: the last one always comes, however busy the websocket is."""

from __future__ import annotations

import asyncio

import panel as pn
from panel.io import document as sending
from panel.io.server import get_server
from tornado.ioloop import PeriodicCallback

from benchmarks.web_session import Visitor
from dashboard.unsent import UNSENT_MS, send_unsent
from tests.dashboard.serving import PATIENCE_S

TURNS = 8
"""Turns of the event loop within which one change's sending ends and the next change is made."""


def page() -> pn.Column:
    """Says two things when it is asked: one while the websocket is busy, one `turns` later."""
    said, asked = pn.pane.HTML(""), pn.widgets.TextInput()

    async def answer(event) -> None:
        document = pn.state.curdoc
        (connection,) = document.session_context.session._subscribed_connections
        with await connection._socket.write_lock.acquire():
            said.object = "One moment"
            await asyncio.sleep(0.001)
        while document in sending._WRITE_MSGS:
            await asyncio.sleep(0)
        for _ in range(int(event.new)):
            await asyncio.sleep(0)
        said.object = f"Done after {event.new}."

    asked.param.watch(answer, "value")
    return pn.Column(asked, said)


def test_words_that_follow_at_once_on_others_are_sent():
    async def heard() -> None:
        server = get_server({"/p": page}, port=0, address="127.0.0.1", start=True)
        look = PeriodicCallback(send_unsent, UNSENT_MS)
        look.start()
        session = await Visitor(f"http://localhost:{server.port}").open("/p")
        asked = session.models("TextInput")[0]["id"]
        for turns in range(TURNS):
            await session.change(asked, "value", str(turns))
            await asyncio.wait_for(session.answered(f"Done after {turns}."), PATIENCE_S)
        session.close()
        look.stop()
        server.stop()

    asyncio.run(heard())
