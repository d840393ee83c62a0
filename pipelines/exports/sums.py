"""Exported files in, the list of their hashes out, as `sha256sum -c` reads it; and the check of it.

A run of 506 mines exports some 25,000 files: listed here, not in run.json.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipelines.run_record import file_hash, whole_file

OURS = ("gis/cogs/*/*.tif", "stac/**/*.json", "gis/**/.part-*", "stac/**/.part-*")
"""Below `final`: what only the export writes. Whatever else lies there is somebody's, and stays:
QGIS leaves statistics beside a raster, and people their projects."""


def write_sums(files: Iterable[Path], sums: Path) -> None:
    """Write hash and path, relative to the list itself, of every file."""
    names = sorted(file.absolute().relative_to(sums.parent.absolute()) for file in files)
    with whole_file(sums) as stream:
        for name in names:
            stream.write(f"{file_hash(sums.parent / name)}  {name.as_posix()}\n")


def intact(sums: Path) -> bool:
    """Whether every file listed is there, unchanged."""
    if not sums.exists():
        return False
    listed = (line.split("  ", 1) for line in sums.read_text(encoding="utf-8").splitlines())
    return all(file_hash(sums.parent / name) == known for known, name in listed)


def delete_others(files: Iterable[Path], final: Path) -> None:
    """Delete what earlier exports left: months, mines and halves of files not among `files`."""
    wanted = {file.absolute() for file in files}
    for pattern in OURS:
        for path in sorted(final.absolute().glob(pattern)):
            if path not in wanted:
                path.unlink()
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()
