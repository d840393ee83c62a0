"""`OUTPUT/access/drafts/`: files of law that were uploaded and are not in force."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cube.contract import CubeError
from dashboard.access.private_file import private_folder, write_private_json
from dashboard.law.kinds import LAYERS, SECONDS, clear, suffix_of
from pipelines.run_record import file_hash

MOST = 10
"""Drafts that wait at a time."""

GIVEN = Path("law/given")
"""Below the output: files that were put into force, kept as they came."""


@dataclass(frozen=True)
class Draft:
    """A file of law that was read and found sound.

    id : its folder's name
    layer : zones, leases or rules
    name : what its owner called it, without path and odd letters
    who, when : of the upload, UTC
    read : the file that is read, below its folder
    features : areas, or rules
    size : bytes of the upload
    preview : the run that tries it, "" until there is one
    """

    id: str
    layer: str
    name: str
    who: str
    when: str
    read: str
    features: int
    size: int
    preview: str = ""


class Drafts:
    """The drafts of one output."""

    def __init__(self, output: Path, access: Path) -> None:
        self.output = output
        self.folder = private_folder(access / "drafts")

    def begin(self, layer: str) -> Path:
        """An empty folder to receive an upload into.

        Raises
        ------
        CubeError
            For a layer there is not, and where too many drafts wait.
        """
        if layer not in LAYERS:
            raise CubeError(f"layer is {layer[:40]!r}, expected one of {', '.join(LAYERS)}.")
        if len(self.all()) >= MOST:
            raise CubeError(f"{MOST} drafts of law wait already. Discard some first.")
        folder = self.folder / f".{secrets.token_hex(8)}"
        folder.mkdir(mode=0o700)
        return folder

    def finish(self, folder: Path, layer: str, name: str, who: str) -> Draft:
        """What was received into `folder` as `upload`, read and kept; it is gone if it is no law.

        Takes seconds: not for the event loop.

        Raises
        ------
        CubeError
            If it is no law of that layer, in words.
        """
        try:
            upload = folder / "upload"
            with upload.open("rb") as stream:
                head = stream.read(4096)
            file = upload.rename(folder / f"law{suffix_of(head, layer)}")
            told = _checked(layer, file, folder)
            safe = safe_name(name, file.suffix)
            when = datetime.now(UTC).isoformat(timespec="seconds")
            size, id_ = file.stat().st_size, folder.name[1:]
            draft = Draft(id_, layer, safe, who, when, told["read"], told["features"], size)
            write_private_json(folder / "draft.json", asdict(draft))
            folder.rename(self.folder / id_)
        except BaseException:
            clear(folder)
            raise
        return draft

    def all(self) -> list[Draft]:
        """Oldest first."""
        found = []
        for path in self.folder.glob("[0-9a-f]*/draft.json"):
            found.append(Draft(**json.loads(path.read_text(encoding="utf-8"))))
        return sorted(found, key=lambda draft: draft.when)

    def get(self, id_: str) -> Draft:
        """A draft by its id.

        Raises
        ------
        CubeError
            If there is none.
        """
        for draft in self.all():
            if draft.id == id_:
                return draft
        raise CubeError("that draft of law is not there any more. Load the page again.")

    def path(self, draft: Draft) -> Path:
        """The file that the main job reads."""
        return self.folder / draft.id / draft.read

    def tried(self, draft: Draft, run: str) -> None:
        """Remember which run previews it."""
        told = asdict(replace(draft, preview=run))
        write_private_json(self.folder / draft.id / "draft.json", told)

    def discard(self, id_: str) -> Draft:
        """Take a draft away."""
        draft = self.get(id_)
        clear(self.folder / draft.id)
        return draft

    def given(self, draft: Draft) -> Path:
        """The file in the place where law in force is kept, under its own name."""
        source = self.path(draft)
        folder = self.output.absolute() / GIVEN / f"{draft.layer}-{file_hash(source)[:12]}"
        stem = Path(draft.name).stem
        folder.mkdir(parents=True, exist_ok=True)
        for part in source.parent.glob("law.*"):
            if source.suffix == ".shp" or part == source:
                shutil.copy2(part, folder / f"{stem}{part.suffix}")
        return folder / f"{stem}{source.suffix}"

    def clear_halves(self) -> None:
        """Take away what uploads left that a killed server did not end."""
        for left in self.folder.glob(".*"):
            clear(left)


def safe_name(name: str, suffix: str) -> str:
    """A file's name without path and odd letters, its suffix that of its content."""
    stem = Path(name.replace("\\", "/")).name.rsplit(".", 1)[0]
    plain = re.sub(r"[^A-Za-z0-9 _-]+", "_", stem).strip(" _")[:60]
    return f"{plain or 'law'}{suffix}"


def _checked(layer: str, file: Path, folder: Path) -> dict[str, Any]:
    """What the process that reads it says."""
    command = [sys.executable, "-m", "dashboard.law.check", layer, str(file), str(folder)]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=2 * SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise CubeError("that file takes too long to read. Is it what you meant?") from None
    try:
        told = json.loads(ended.stdout.decode().strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise CubeError("that file cannot be read: its reader gave up on it.") from None
    if "error" in told:
        raise CubeError(told["error"])
    return told
