"""Pictures of the dashboard for the README, from a finished run.

`python -m benchmarks.screenshots --output outputs` serves the run on a free port of this machine,
signs in with a throw-away account through a headless Chromium, and writes
`docs/dashboard_national.png`, `docs/dashboard_mine.png`, `docs/dashboard_phone.png` and
`docs/admin.png`. The run is served from a folder of hard links: nothing is left in it, no account
either. Without a Chromium it says how to get one.

Exit codes: 0 done, 2 bad input.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from cube.contract import CubeError

DOCS = Path(__file__).parents[1] / "docs"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LARGEST = 300_000
"""Bytes of a picture: more makes a README slow to open."""

PATIENCE_MS = 60_000
STEPS = (256, 128, 64, 32)
"""Numbers of colours tried, until a picture is small enough."""


@dataclass(frozen=True)
class Shot:
    """One picture: where it goes, the page, the size of the window, what must be seen first.

    settle_ms : how long the page is left alone after that: pictures in it are still fading in.
    """

    name: str
    address: str
    width: int
    height: int
    seen: str
    settle_ms: int = 2500


def shots(mine: str, date: str) -> tuple[Shot, ...]:
    """The pictures, the mine's page with its address."""
    page = f"/mine?id={mine}&date={date}&layer=falsecolour"
    return (
        Shot("dashboard_national.png", "/", 1280, 1640, "main canvas"),
        Shot("dashboard_mine.png", page, 1280, 1500, "svg.stage image"),
        Shot("dashboard_phone.png", page, 400, 1400, "svg.stage image"),
        Shot("admin.png", "/admin?tab=alerts", 1280, 960, "main h2"),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.screenshots", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--output", type=Path, default=Path("outputs"), help="a published run")
    parser.add_argument("--to", type=Path, default=DOCS, help="folder of the pictures")
    parser.add_argument("--mine", default="SIM_002", help="the mine whose page is shown")
    parser.add_argument("--date", default="2023-12-27", help="the day it is shown at")
    told = parser.parse_args(arguments)
    try:
        told.to.mkdir(parents=True, exist_ok=True)
        with served(told.output) as (address, password), chromium() as browser:
            for shot in shots(told.mine, told.date):
                file = told.to / shot.name
                file.write_bytes(small(taken(browser, address, password, shot)))
                print(f"{file}  {file.stat().st_size / 1000:.0f} kB")
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


@contextmanager
def served(output: Path) -> Iterator[tuple[str, str]]:
    """A server over hard links to the run; its address, and the password of its first admin.

    Raises
    ------
    CubeError
        If the run has nothing published, or the server does not start.
    """
    if not (output / "published" / "current.json").is_file():
        raise CubeError(
            f"{output} has nothing published. Run: python -m pipelines.publish --output {output}"
        )
    with tempfile.TemporaryDirectory(dir=output.absolute().parent, prefix=".shots-") as folder:
        copy = Path(folder) / "outputs"
        without = shutil.ignore_patterns("archive", "access", "runs", "*.lock")
        shutil.copytree(output, copy, copy_function=os.link, ignore=without)
        told = [sys.executable, "-m", "pipelines.serve", f"--output={copy}", "--port=0"]
        with subprocess.Popen(
            told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as p:
            try:
                yield _announced(p)
            finally:
                p.terminate()


def _announced(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Address and password, as the server says them when it starts."""
    said, password = "", ""
    for line in process.stdout or ():
        said += line
        if found := re.search(r"password: *(\S+)", line):
            password = found[1]
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0], password
    raise CubeError(f"the server did not start: {said.strip()}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium that asks no other machine.

    Raises
    ------
    CubeError
        If there is none.
    """
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        path = next(filter(None, map(shutil.which, NAMES)), None) or own
        if not Path(path).exists():
            raise CubeError(
                "there is no Chromium. Install one (apt-get install chromium), or fetch "
                "Playwright's own: playwright install chromium"
            )
        alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = playwright.chromium.launch(executable_path=path, args=[alone, "--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def taken(browser: Browser, address: str, password: str, shot: Shot) -> bytes:
    """A signed-in visitor's view of a page, as PNG."""
    context = browser.new_context(viewport={"width": shot.width, "height": shot.height})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    try:
        page.goto(f"{address}/login")
        page.fill("#username", "admin")
        page.fill("#password", password)
        page.locator("button[type=submit], input[type=submit], form button").first.click()
        page.wait_for_url(lambda url: "/login" not in url)
        return _shown(page, address, shot)
    finally:
        context.close()


def _shown(page: Page, address: str, shot: Shot) -> bytes:
    page.goto(address + shot.address)
    page.locator(shot.seen).first.wait_for(state="visible")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(shot.settle_ms)
    return page.screenshot()


def small(picture: bytes) -> bytes:
    """A PNG of at most `LARGEST` bytes: with all its colours, or as many as fit.

    Raises
    ------
    CubeError
        If it does not fit with the fewest either.
    """
    image = Image.open(BytesIO(picture)).convert("RGB")
    for colours in STEPS:
        few = image.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        for candidate in (image, few) if colours == STEPS[0] else (few,):
            stream = BytesIO()
            candidate.save(stream, format="PNG", optimize=True)
            if stream.tell() <= LARGEST:
                return stream.getvalue()
    raise CubeError(f"a picture has {stream.tell():,} bytes with {colours} colours.")


if __name__ == "__main__":
    sys.exit(main())
