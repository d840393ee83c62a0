"""A real server of an output in a thread, on a free port of this machine, and who signs in."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from tornado.ioloop import IOLoop

from dashboard.access import Access
from dashboard.server import built_server
from dashboard.settings import ServeSettings

PATIENCE_S = 120.0
"""How long an answer may take: it bounds what hangs, however busy the machine is."""


@dataclass
class Running:
    """A server that answers at `url`; `said` is what it printed."""

    url: str
    said: list[str]
    server: Any
    access: Access

    def signed_in(self, name: str, password: str) -> requests.Session:
        """A browser's session, cookies and all."""
        browser = requests.Session()
        answer = self.posted(browser, name, password)
        assert answer.status_code == 302, answer.text
        return browser

    def posted(
        self, browser: requests.Session, name: str, password: str, onward: str = "/"
    ) -> requests.Response:
        """The answer to the form, not followed."""
        form = browser.get(f"{self.url}login", timeout=PATIENCE_S).text
        token = re.search(r'name="_xsrf" value="([^"]+)"', form)
        told = {"username": name, "password": password, "next": onward}
        told |= {"_xsrf": token[1] if token else ""}
        return browser.post(
            f"{self.url}login", data=told, allow_redirects=False, timeout=PATIENCE_S
        )

    def newest_page(self, path: str) -> str:
        """What the page that was opened last shows, as it is sent over its websocket."""
        told: list[str] = []

        def read() -> None:
            newest = list(self.server.get_sessions(path))[-1]
            told.append(json.dumps(newest.document.to_json(), default=str, ensure_ascii=False))

        self.on_loop(read)
        return told[0]

    def on_loop(self, work: Any) -> None:
        """Do something where the server does its own work."""
        done = threading.Event()
        self.server.io_loop.add_callback(lambda: (work(), done.set()))
        assert done.wait(PATIENCE_S)


@contextmanager
def running(output: Path, **told: Any) -> Iterator[Running]:
    """Serve while the block runs."""
    ready, box = threading.Event(), {}

    def work() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        said: list[str] = []
        try:
            settings = ServeSettings(output, port=0, **told)
            box["server"] = server = built_server(settings, said.append)
            box["said"] = said
            server.start()
            ready.set()
            IOLoop.current().start()
        except BaseException as error:
            box["error"] = error
            ready.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S)
    if "error" in box:
        raise box["error"]
    server: Any = box["server"]
    access = Access(output) if told.get("sign_in", True) else None
    url = f"http://127.0.0.1:{server.port}/"
    try:
        yield Running(url, box["said"], server, access)  # type: ignore[arg-type]
    finally:
        server.io_loop.add_callback(server.io_loop.stop)
        thread.join(PATIENCE_S)
        server._http.stop()


def bare_output(folder: Path) -> Path:
    """An output of a run that found nothing yet: enough to be served."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps({"steps": {}, "settings": {}}))
    return folder
