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

FREE = ("output", "cluster", "report", "database", "ingest.loader", "ingest.batch_slots",
        "ingest.batch_windows", "ingest.retry_failed", "period", "mines", "leases", "zones",
        "rules", "synthetic_zones", "source.retries", "source.backoff_s", "source.timeout_s",
        "source.page_size", "slots.slots_at_once", "archive.workers")  # fmt: skip
"""Settings that may differ between two runs over one output: they change where and how fast,
or are followed by content (a file's hash, a period that grew)."""

FIXED = ("windows", "slots", "quality", "ingest.bands", "source.max_cloud_cover")
"""Settings that decided pixels already stored: no run over the same output may change them."""


def file_hash(path: str | Path) -> str:
    """SHA-256 of a file, as sha256sum says it; a hash over all files of a folder or shapefile.

    "" where there is nothing.
    """
    path = Path(path)
    if path.is_dir():
        parts = [part for part in path.rglob("*") if part.is_file()]
    elif path.suffix.lower() == ".shp":  # its attributes and its CRS lie in the files beside it
        parts = list(path.parent.glob(f"{path.stem}.*"))
    else:
        return _sha256(path) if path.exists() else ""
    return key_of([(str(part.relative_to(path.parent)), _sha256(part)) for part in sorted(parts)])


def key_of(*parts: Any) -> str:
    """A short hash of JSON-ready values: equal values, equal key."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@contextmanager
def whole_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """A file that appears under its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    encoding = None if "b" in mode else "utf-8"
    with whole_path(path) as part, part.open(mode, encoding=encoding) as stream:
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
        self.data: dict[str, Any] = _recorded(self.path) or {"steps": {}}

    def refuse_other(
        self,
        settings: dict[str, Any],
        inputs: dict[str, dict[str, str]] | None = None,
        accept: bool = False,
    ) -> None:
        """Refuse to go on in an output made with other settings, naming the first difference.

        inputs : as for `begin`; a catalogue file with the same content may lie elsewhere now.
        accept : what was computed with other rules is to be redone; what decided pixels is refused
            all the same.
        """
        before = _flat(self.data.get("settings", {}))
        now = _flat(settings)
        if inputs and self._same_catalog(inputs):
            before["catalog"] = now["catalog"]
        for key in sorted(before.keys() & now.keys()):
            fixed = _is_one_of(key, FIXED)
            if before[key] == now[key] or _is_one_of(key, FREE) or (accept and not fixed):
                continue
            advice = "--accept-changes to redo what depends on it"
            raise CubeError(
                f"{self.output} was made with {key}={before[key]!r}, now it is {now[key]!r}. "
                f"Give another --output, or {'the same value' if fixed else advice}."
            )

    def _same_catalog(self, inputs: dict[str, dict[str, str]]) -> bool:
        try:
            known = self.data["inputs"]["catalog"]["sha256"]
        except (KeyError, TypeError):
            return False
        return bool(known) and known == inputs["catalog"]["sha256"]

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
            if self.output.resolve() in (self.output / stale).resolve().parents:
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


def _recorded(path: Path) -> dict[str, Any] | None:
    """What run.json says; None where there is none."""
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it holds no run")
        for name in ("steps", "settings"):
            if not isinstance(found.setdefault(name, {}), dict):
                raise ValueError(f"its {name} are not keys and values")
        for step, told in found["steps"].items():
            if not (isinstance(told, dict) and isinstance(told.get("key"), str)):
                raise ValueError(f"its step {step} has no key")
            if not isinstance(told.get("files"), dict):
                raise ValueError(f"its step {step} has no files")
    except (OSError, ValueError, RecursionError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise CubeError(
            f"{path} is no record of a run, or a damaged one ({said}). Move it away and run "
            "again: the cube is kept, the steps after it are repeated."
        ) from error
    return found


def _is_one_of(key: str, names: tuple[str, ...]) -> bool:
    return any(key == name or key.startswith(name + ".") for name in names)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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
