"""What a websocket may bring that no browser of ours sends: it harms nobody, not even its page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from benchmarks.web_session import Visitor, mapped
from tests.browser.signing_in import signed_in
from tests.browser.site import PLAIN, Served
from tests.browser.watching import PATIENCE_S


def done(served: Served, work: Callable[[Visitor], Awaitable[Any]]) -> Any:
    """What a signed-in visitor's work comes to, on an event loop of its own."""
    visitor = Visitor(served.address)
    visitor.cookies = signed_in(served, "looker").cookies.get_dict()

    async def bounded() -> Any:
        return await asyncio.wait_for(work(visitor), timeout=PATIENCE_S)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, bounded()).result()


def test_another_sites_page_opens_no_websocket(server):
    async def elsewhere(visitor: Visitor) -> None:
        page = (await visitor.get("/")).body.decode()
        visitor.origin = "http://evil.example"
        await visitor.join("/", page)

    with pytest.raises(OSError, match="refused: 403"):
        done(server, elsewhere)


def test_nonsense_in_a_form_leaves_its_page_working(server):
    nonsense = [
        {"severity": 5},
        {"from": [1, 2], "to": mapped({})},
        {"confidence": "x" * 100_000},
        {"state": ["a"], "zone": mapped({"a": 1})},
    ]

    async def told(visitor: Visitor) -> list[dict[str, Any]]:
        page = await visitor.open("/")
        form = page.holder("fields", "values")
        assert form
        for values in nonsense:
            await page.change(form["id"], "values", mapped(values))
        await page.change(form["id"], "values", mapped({"severity": ["LOW"]}))
        return await page.answered("1 of 3 mines answers these filters.")

    assert done(server, told)


def test_a_pixel_that_is_none_leaves_its_page_working(server):
    nonsense = [5, "x", mapped({"x": "NaN", "y": None}), mapped({"x": 1e300, "y": -1e300, "n": 1})]

    async def told(visitor: Visitor) -> list[dict[str, Any]]:
        page = await visitor.open(f"/mine?id={PLAIN}")
        map_ = page.holder("config", "date")
        assert map_
        for point in nonsense:
            await page.change(map_["id"], "point", point)
        left, bottom, right, top = dict(map_["attributes"]["config"]["entries"])["chip_extent"]
        middle = {"x": (left + right) / 2, "y": (bottom + top) / 2, "n": 2}
        await page.change(map_["id"], "point", mapped(middle))
        return await page.answered("° E. ")

    assert done(server, told)
