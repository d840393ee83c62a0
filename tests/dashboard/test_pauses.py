"""Pauses: pages are made before anybody comes, and what they leave is taken away at once."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Iterator
from weakref import WeakSet

import pytest
import requests
from bokeh.server.session import ServerSession

from benchmarks.web_session import Visitor
from dashboard import pauses
from dashboard.pauses import COME_MS, THRESHOLDS, OneAtATime, let_go, settle
from tests.dashboard.serving import PATIENCE_S, bare_output, running


@pytest.fixture
def own_collection() -> Iterator[None]:
    """Python's garbage collection as it was, after the test."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.enable()
    gc.unfreeze()


def test_what_a_closed_page_left_is_gone_though_panel_asks_for_nothing(
    own_collection, monkeypatch, tmp_path
):
    monkeypatch.setattr("panel.io.document._garbage_collect", lambda: None)
    monkeypatch.setattr("dashboard.server.LOOK_MS", 100)
    monkeypatch.setattr(pauses, "LOOK_MS", 100)
    with running(bare_output(tmp_path / "outputs"), sign_in=False) as server:
        server.on_loop(lambda: settle(server.server))
        assert gc.get_threshold() == THRESHOLDS
        assert gc.get_freeze_count() > 100_000
        gc.disable()  # whatever is collected from now on, somebody asked for
        assert requests.get(server.url, timeout=PATIENCE_S).status_code == 200
        (session,) = server.server.get_sessions("/")
        left = weakref.ref(session.document)
        del session
        server.server._tornado._unused_session_lifetime_milliseconds = 200
        until = time.monotonic() + PATIENCE_S
        while left() is not None and time.monotonic() < until:
            time.sleep(0.05)
        assert left() is None


def test_a_page_is_kept_until_its_websocket_came_and_given_up_soon_after_it_went(
    monkeypatch, tmp_path
):
    monkeypatch.setattr("dashboard.server.LOOK_MS", 50)
    monkeypatch.setattr(pauses, "LINGER_MS", 0)
    with running(bare_output(tmp_path / "outputs"), sign_in=False) as server:
        page = requests.get(server.url, timeout=PATIENCE_S).text
        (session,) = server.server.get_sessions("/")
        opened: WeakSet[ServerSession] = WeakSet()

        def looked() -> bool:
            server.on_loop(lambda: let_go(server.server, opened))
            return session in opened

        assert not looked()
        assert not session.expiration_requested

        async def opened_once() -> None:
            look = await Visitor(server.url.rstrip("/")).join("/", page)
            assert await asyncio.to_thread(looked)
            look.close()

        asyncio.run(opened_once())
        until = time.monotonic() + COME_MS / 2000  # by itself it would go later
        while server.server.get_sessions("/"):
            assert time.monotonic() < until
            time.sleep(0.02)


def test_a_server_without_results_starts_all_the_same(tmp_path):
    with running(bare_output(tmp_path / "outputs"), sign_in=False) as server:
        assert requests.get(server.url, timeout=PATIENCE_S).status_code == 200


def test_between_two_pages_asked_for_at_once_others_have_their_turn():
    done: list[str] = []

    async def page(turn: OneAtATime, name: str) -> None:
        await turn.on_session_created(None)  # whose it is makes no difference
        done.append(name)

    async def others() -> None:
        while "second" not in done:
            if done == ["first"]:
                done.append("other")
            await asyncio.sleep(0)

    async def asked_at_once() -> None:
        turn = OneAtATime(asyncio.Lock())
        await asyncio.gather(page(turn, "first"), page(turn, "second"), others())

    asyncio.run(asked_at_once())
    assert done == ["first", "other", "second"]
