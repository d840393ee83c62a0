"""Where a Chromium is that Playwright can drive, and how it is started for the tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

REMEDY = (
    "no Chromium for the browser tests: install one (apt-get install chromium), or fetch "
    "Playwright's own with `make browser` (.venv/bin/playwright install chromium)"
)

ALONE = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-gpu",
    "--no-sandbox",
)
"""No name is resolved: a request to any other host fails, and is seen as an error."""

STARTS_MS = 180_000
"""How long it may take to start, on a busy machine."""


@contextmanager
def chromium() -> Iterator[Browser | None]:
    """A headless Chromium, closed when the block ends; None where there is none."""
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, NAMES)), None)
        own = playwright.chromium.executable_path
        path = found or (own if Path(own).exists() else None)
        if path is None:
            yield None
            return
        browser = playwright.chromium.launch(executable_path=path, args=[*ALONE], timeout=STARTS_MS)
        try:
            yield browser
        finally:
            browser.close()
