"""How soon the map of 506 mines answers in a real browser: `python -m benchmarks.map_ready`.

Chromium opens the national page of 506 published mines some times. Told are the milliseconds from
asking until the page is loaded, and from then until the map is drawn, the table has its rows and
the browser has painted: from there on a click is answered. Keeps the figures as JSON.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.dashboard_users import MINES, served
from benchmarks.many_mines import many_mines
from benchmarks.measuring import kept
from dashboard.access.users import Users

PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("outputs"), help="a published run")
    parser.add_argument("--rounds", type=int, default=10)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "outputs"
        target.mkdir()
        many_mines(told.output, target, MINES)
        password = Users(target / "access").add("looker", "admin")
        with served(target) as (address, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            _sign_in(page, address, password)
            times = np.array([_opened(page, address) for _ in range(told.rounds)]) * 1e3
    figures = {
        name: {"p50_ms": round(float(np.median(column))), "most_ms": round(float(column.max()))}
        for name, column in zip(("loaded", "interactive_after_load"), times.T, strict=True)
    }
    print(figures)
    print(f"kept in {kept('map_ready', {'mines': MINES, **figures}, 'panel', 'bokeh')}")


def _sign_in(page: Page, address: str, password: str) -> None:
    page.goto(address)
    page.fill("input[name=username]", "looker")
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_selector(".tabulator-row")


def _opened(page: Page, address: str) -> tuple[float, float]:
    """Seconds until it is loaded, and from then until it answers."""
    begun = time.perf_counter()
    page.goto(address, wait_until="load")
    loaded = time.perf_counter()
    page.wait_for_selector("canvas")
    page.wait_for_selector(".tabulator-row")
    page.evaluate(PAINTED)
    return loaded - begun, time.perf_counter() - loaded


if __name__ == "__main__":
    main()
