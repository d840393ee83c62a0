"""`run.json`: what a run was told, what it read, what it wrote; and what of it is already done.

A step is done when its key (a hash of everything its result depends on) is recorded and every
file it wrote is still there, unchanged. Nothing else decides what a rerun repeats.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

from cube.contract import CubeError

PACKAGES = ("xarray", "dask", "zarr", "icechunk", "numpy", "numba", "stackstac", "odc-stac",
            "rasterio", "geopandas", "scikit-image")  # fmt: skip

FREE = ("output", "cluster", "report", "ingest.loader", "ingest.batch_slots",
        "ingest.batch_windows", "ingest.retry_failed", "period", "mines", "leases", "zones",
        "source.retries", "source.backoff_s", "source.timeout_s", "source.page_size",
        "slots.slots_at_once", "archive.workers")  # fmt: skip
"""Settings that may differ between two runs over one output: they change where and how fast,
or are followed by content (a file's hash, a period that grew)."""


def file_hash(path: str | Path) -> str:
    """SHA-256 of a file's bytes, or of the names and bytes below a folder; "" where none is."""
    path = Path(path)
    if not path.exists():
        return ""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        digest.update(file.name.encode())
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def key_of(*parts: Any) -> str:
    """A short hash of JSON-ready values: equal values, equal key."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@contextmanager
def whole_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """A file that appears under its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_path(path) as part, part.open(mode) as stream:
        yield stream


@contextmanager
def whole_path(path: Path) -> Iterator[Path]:
    """A name to write to beside `path`; moved over `path` when the block ends without error.

    Always the same name: what a killed run left half-written, its rerun writes over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{path.name}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class RunRecord:
    """The run.json of one output folder.

    Raises
    ------
    CubeError
        If run.json is there but cannot be read, or the folder cannot be written.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self.path = output / "run.json"
        try:
            output.mkdir(parents=True, exist_ok=True)
            with whole_file(output / ".writable"):
                pass
            (output / ".writable").unlink()
        except OSError as error:
            raise CubeError(
                f"cannot write to the output folder {output}: {error.strerror or error}. "
                "Give another with --output."
            ) from error
        self.data: dict[str, Any] = {"steps": {}}
        if self.path.exists():
            try:
                self.data = json.loads(self.path.read_text())
            except (json.JSONDecodeError, UnicodeDecodeError) as error:
                raise CubeError(
                    f"{self.path} is damaged ({error}). Move it away and run again: "
                    "the cube is kept, the steps after it are repeated."
                ) from error

    def refuse_other(self, settings: dict[str, Any], accept: bool = False) -> None:
        """Refuse to go on in an output made with other settings, naming the first difference."""
        before = _flat(self.data.get("settings", {}))
        now = _flat(settings)
        for key in sorted(before.keys() & now.keys()):
            if any(key == free or key.startswith(free + ".") for free in FREE):
                continue
            if before[key] == now[key] or accept:
                continue
            raise CubeError(
                f"{self.output} was made with {key}={before[key]!r}, now it is {now[key]!r}. "
                "Give another --output, or --accept-changes to redo what depends on it."
            )

    def begin(self, settings: dict[str, Any], inputs: dict[str, Any]) -> None:
        """Record what this run was told and what it reads."""
        self.data["minecube"] = _version("minecube")
        self.data["versions"] = {"python": platform.python_version()} | {
            name: _version(name) for name in PACKAGES
        }
        self.data["settings"] = settings
        self.data["inputs"] = inputs
        self.write()

    def done(self, step: str, key: str) -> bool:
        """Whether `step` was finished with this key and its files are as it left them."""
        told = self.data["steps"].get(step)
        if told is None or told["key"] != key:
            return False
        return all(file_hash(self.output / name) == sha for name, sha in told["files"].items())

    def finish(self, step: str, key: str, seconds: float, files: list[Path], **facts: Any) -> None:
        """Record `step` as finished: its key, its time, its files with their hashes, its facts.

        Files that the step left before and did not write again are deleted: they are of mines
        that are no longer there.
        """
        names = {str(p.relative_to(self.output)) for p in files}
        for stale in self.fact(step, "files", {}).keys() - names:
            (self.output / stale).unlink(missing_ok=True)
        self.data["steps"][step] = {
            "key": key,
            "seconds": round(seconds, 2),
            "files": {str(p.relative_to(self.output)): file_hash(p) for p in sorted(files)},
            **facts,
        }
        self.write()

    def fact(self, step: str, name: str, default: Any = None) -> Any:
        """A fact that `step` left, or the default."""
        return self.data["steps"].get(step, {}).get(name, default)

    def write(self) -> None:
        """Write run.json whole."""
        with whole_file(self.path) as stream:
            json.dump(self.data, stream, indent=1, sort_keys=True, default=str)
            stream.write("\n")


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
