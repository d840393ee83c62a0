"""Local servers for the tests of the sources; each stops with its test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cube.sources.serving import Service


@pytest.fixture
def serve() -> Iterator[Callable[[Service], Service]]:
    """Starts services on 127.0.0.1 and stops them all at the end of the test."""
    running = []

    def start(service: Service) -> Service:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.requests.append(f"{self.command} {self.path}")
                status, headers, content = 200, {}, b""
                fault = service.faults.pop(0) if service.faults else None
                if isinstance(fault, int):
                    status, content = fault, b"<h1>out of order</h1>"
                elif fault == "html":
                    headers, content = {"Content-Type": "text/html"}, b"<html>Sign in</html>"
                else:
                    if isinstance(fault, float):
                        time.sleep(fault)
                    parts = urlsplit(self.path)
                    status, headers, content = service.answer(
                        self.command, parts.path, parse_qs(parts.query), self.headers, body
                    )
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(content)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client has given up: that is what a time-out is

            do_POST = do_HEAD = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        service.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return service

    yield start
    for server in running:
        server.shutdown()
        server.server_close()
