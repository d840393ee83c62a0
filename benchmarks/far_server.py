"""A folder in, its files on an HTTP server as far away as asked out: ranges, delays, a count.

`with far_server(folder, 0.05) as server:` starts a process on a free port of 127.0.0.1 that
answers every request, and the first of every connection once more, so many seconds late, as a
network with that round trip would. Any path below `/ANY/` is the same folder, so that a reader
that remembers addresses can be given new ones. It ends with the block.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from urllib.request import urlopen

COUNT = "/count-and-forget"


@dataclass(frozen=True)
class FarServer:
    """Where it is, and what it was asked."""

    url: str

    def counts(self) -> dict[str, int]:
        """Requests by method, connections and bytes sent since the last time this was asked."""
        with urlopen(f"{self.url}{COUNT}", timeout=10) as answer:
            return dict(json.load(answer))


@contextmanager
def far_server(folder: Path, delay_s: float) -> Iterator[FarServer]:
    """The server, for as long as the block lasts."""
    command = [sys.executable, "-m", __name__, str(folder), str(delay_s)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield FarServer(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.communicate()


class _Connection(asyncio.Protocol):
    """HTTP/1.1 of GET and HEAD, one request after the other; files are held in memory."""

    def __init__(self, folder: Path, delay_s: float, files: dict[str, memoryview],
                 counted: dict[str, int]) -> None:  # fmt: skip
        self.folder, self.delay_s, self.files, self.counted = folder, delay_s, files, counted
        self.heard = b""
        self.greeting_s = delay_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        _count(self.counted, "connections")

    def data_received(self, data: bytes) -> None:
        self.heard += data
        while b"\r\n\r\n" in self.heard:
            head, _, self.heard = self.heard.partition(b"\r\n\r\n")
            line, *rest = head.decode("latin-1").split("\r\n")
            method, path, _ = line.split(" ", 2)
            told = {name.lower(): value for name, _, value in (r.partition(": ") for r in rest)}
            if path == COUNT:
                self._send(method, "200 OK", "", memoryview(json.dumps(self.counted).encode()))
                self.counted.clear()
                continue
            _count(self.counted, method)
            wait = self.delay_s + self.greeting_s
            self.greeting_s = 0.0
            loop = asyncio.get_running_loop()
            loop.call_later(wait, self._answer, method, path, told.get("range"))

    def _answer(self, method: str, path: str, part: str | None) -> None:
        content = self._content(unquote(path.split("?")[0]))
        if content is None:
            self._send(method, "404 Not Found", "", memoryview(b""))
        elif part is None:
            self._send(method, "200 OK", "Accept-Ranges: bytes\r\n", content)
        else:
            first, last = part.removeprefix("bytes=").split("-")
            stop = min(int(last or len(content)), len(content) - 1) + 1
            told = f"Content-Range: bytes {first}-{stop - 1}/{len(content)}\r\n"
            self._send(method, "206 Partial Content", told, content[int(first) : stop])

    def _content(self, path: str) -> memoryview | None:
        name = path.lstrip("/").partition("/")[2]
        if name not in self.files:
            file = (self.folder / name).resolve()
            if not file.is_file() or not file.is_relative_to(self.folder.resolve()):
                return None
            self.files[name] = memoryview(file.read_bytes())
        return self.files[name]

    def _send(self, method: str, status: str, told: str, content: memoryview) -> None:
        if self.transport.is_closing():
            return
        _count(self.counted, "bytes", len(content))
        head = f"HTTP/1.1 {status}\r\n{told}Content-Length: {len(content)}\r\n\r\n"
        self.transport.write(head.encode())
        if method != "HEAD":
            self.transport.write(content)


def _count(counted: dict[str, int], what: str, by: int = 1) -> None:
    counted[what] = counted.get(what, 0) + by


async def _serve(folder: Path, delay_s: float) -> None:
    """Until the one who started it is gone, which ends its standard input."""
    files: dict[str, memoryview] = {}
    counted: dict[str, int] = {}
    loop = asyncio.get_running_loop()
    made = lambda: _Connection(folder, delay_s, files, counted)  # noqa: E731
    server = await loop.create_server(made, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2])))
