"""The finished files of a run in, what a publication keeps of them out, as links to the same bytes.

A run replaces its files and never writes into them, so a link keeps what was there on the day.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

PARTS = ("final", "regions", "validation", "regions.parquet")
"""What of a run's folder people may take home."""

COPIED = (".gpkg",)
"""Other programs write into these while they show them: linked, a publication would change."""

HALF_WRITTEN = ".part-"


def keep_files(output: Path, folder: Path) -> int:
    """Link (copy where that cannot be) all that a run left into `folder`; how many files.

    Raises
    ------
    OSError
        If the disk is full or `folder` cannot be written.
    """
    count = 0
    for source in _sources(output):
        target = folder / source.relative_to(output)
        target.parent.mkdir(parents=True, exist_ok=True)
        link(source, target, copy=source.suffix in COPIED)
        count += 1
    return count


def link(source: Path, target: Path, copy: bool = False) -> None:
    """Make `target` the same file as `source`, or a copy of it; one that is there is replaced."""
    target.unlink(missing_ok=True)
    if not copy:
        try:
            os.link(source, target)
            return
        except FileNotFoundError:
            raise
        except OSError:  # another disk, or a file system without links
            pass
    part = target.with_name(f"{HALF_WRITTEN}{target.name}")
    shutil.copy2(source, part)
    part.replace(target)


def link_tree(source: Path, target: Path, parts: tuple[str, ...]) -> None:
    """Link some folders of `source`, with all that is in them, into `target`."""
    for part in parts:
        for place, _, names in os.walk(source / part):
            folder = target / Path(place).relative_to(source)
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                link(Path(place) / name, folder / name, copy=name.endswith(COPIED))


def _sources(output: Path) -> Iterator[Path]:
    for part in PARTS:
        path = output / part
        if path.is_file() and not path.is_symlink():
            yield path
        elif path.is_dir() and not path.is_symlink():
            for place, folders, names in os.walk(path):
                folders.sort()
                for name in sorted(names):
                    found = Path(place) / name
                    if not name.startswith(HALF_WRITTEN) and not found.is_symlink():
                        yield found
