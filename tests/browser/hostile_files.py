"""Files that somebody may upload as law: what is no geodata, a zip bomb, a stream without end."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

GREATEST_UPLOAD = 50_000_000


def not_geodata(folder: Path) -> Path:
    path = folder / "zones.geojson"
    path.write_bytes(b"\x7fELF" + bytes(4000))
    return path


def zip_bomb(folder: Path) -> Path:
    """400 MB of blanks in 400 kB."""
    path = folder / "zones.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bomb,
        bomb.open("law.geojson", "w") as stream,
    ):
        for _ in range(400):
            stream.write(b" " * 1_000_000)
    return path


def too_large_stream() -> Iterator[bytes]:
    """200 MB in pieces, of a length that nobody was told."""
    for _ in range(200):
        yield b"{" * 1_000_000
