"""A browser's page under watch: what went wrong on it, and whom it asked."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import TimeoutError as Overdue

ROOT = Path(__file__).parents[2]

PATIENCE_S = 180.0
"""How long a page or an answer may take: it bounds what hangs, however busy the machine is."""

PATIENCE_MS = 1000 * PATIENCE_S

expect.set_options(timeout=PATIENCE_MS)

INSIDE = ("data", "blob", "about")


@dataclass(eq=False)
class Watched:
    """A signed-in visitor's browser, and what it ran into.

    Parameters
    ----------
    context : BrowserContext
    address : str
        The server's, `http://127.0.0.1:PORT`.
    forgiven : list of str
        Patterns of console errors that the test provokes itself.
    """

    context: BrowserContext
    address: str
    forgiven: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.errors.append(f"script: {error.error}"))

    def _hear(self, message) -> None:
        if message.type == "error":
            where = (message.location or {}).get("url", "")
            self.errors.append(f"console: {message.text} {where}")

    def open(self, path: str = "/", width: int = 1280, height: int = 900) -> Page:
        """A new page at `path` below the server's address."""
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.goto(self.address + path)
        return page

    def close_pages(self) -> None:
        for page in self.context.pages:
            page.close()

    def begin_again(self) -> None:
        """Forget what was met so far."""
        for kept in (self.errors, self.asked, self.forgiven):
            kept.clear()

    def forgive(self, *patterns: str) -> None:
        self.forgiven.extend(patterns)

    @property
    def faults(self) -> list[str]:
        """Errors that no test asked for, and requests that left this machine."""
        wrong = [e for e in self.errors if not any(re.search(p, e) for p in self.forgiven)]
        outside = [url for url in self.asked if not self._is_inside(url)]
        return wrong + [f"asked outside: {url}" for url in outside]

    def _is_inside(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in INSIDE or parts.netloc == urlsplit(self.address).netloc


def watched(browser: Browser, address: str, cookies: list[dict] | None = None) -> Watched:
    """A fresh visitor with those cookies; wall-clock motion off, downloads kept."""
    context = browser.new_context(accept_downloads=True, reduced_motion="reduce")
    if cookies:
        context.add_cookies(cookies)
    return Watched(context, address)


def keep_picture(page: Page, name: str, whole: bool = True) -> Path:
    """A screenshot among the artefacts: `runs/screenshots`, or where MINECUBE_SCREENSHOTS says."""
    folder = Path(os.environ.get("MINECUBE_SCREENSHOTS", ROOT / "runs" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=whole)
    return path


DRAWN = "() => !window.Bokeh || (Bokeh.documents.length && Bokeh.documents.every(d => d.is_idle))"

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def drawn(page: Page) -> Page:
    """Wait until all that a page came with is drawn and laid out."""
    page.wait_for_function(DRAWN)
    return page


def overflow_px(page: Page, name: str, widths: Sequence[int] = (400, 1600)) -> int:
    """By how many pixels a page is at most wider than a window: what it would scroll sideways.

    It was opened in the first of the widths; a picture of each is kept.
    """
    drawn(page)
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)  # what does not fit may come now; what is laid out anew goes
        with suppress(Overdue):
            page.wait_for_function(f"{WIDER} <= 0", timeout=PATIENCE_MS / 20)
        keep_picture(page, f"{name}_{width}")
        found.append(page.evaluate(WIDER))
    return max(found)
