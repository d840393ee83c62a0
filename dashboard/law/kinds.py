"""The bytes of an uploaded file in, what they are out; never by its name."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path, PurePosixPath

import yaml

from cube.contract import CubeError

RULES = "rules"
ZONES, LEASES = "zones", "leases"
LAYERS = (ZONES, LEASES, RULES)

LARGEST = 50_000_000
"""Bytes of an uploaded file: all leases of India as GeoJSON are some 20 MB."""
LARGEST_RULES = 200_000
"""Bytes of a file of rules; India's are 3,000."""
LARGEST_UNPACKED = 300_000_000
"""Bytes of what a zip may unpack to."""
SECONDS = 120
"""A reader's time for one file."""
MOST_ENTRIES = 100
"""Files in a zip; a Shapefile has four to nine."""

SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
EXPECTED = "Expected GeoJSON, GeoPackage, GeoParquet, or a zip with one Shapefile or one of those"

_MAGIC = {b"PK\x03\x04": ".zip", b"SQLite format 3\x00": ".gpkg", b"PAR1": ".parquet"}


def suffix_of(head: bytes, layer: str) -> str:
    """The suffix that fits what a file begins with.

    head : its first bytes, 64 or more

    Raises
    ------
    CubeError
        If it is nothing that law comes in.
    """
    if layer == RULES:
        if b"\x00" in head or any(head.startswith(magic) for magic in _MAGIC):
            raise CubeError("that is no text, but rules are a YAML file.")
        return ".yaml"
    for magic, suffix in _MAGIC.items():
        if head.startswith(magic):
            return suffix
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return ".geojson"
    raise CubeError(f"that is no geodata. {EXPECTED}.")


def unpacked(path: Path, folder: Path) -> Path:
    """The one file of law in a zip, unpacked into `folder`, its names thrown away.

    Raises
    ------
    CubeError
        If it is no whole zip, unpacks to too much, is locked, or holds none or several.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _refuse_bomb(entries)
            chosen = _chosen(entries)
            left = LARGEST_UNPACKED
            for entry, name in chosen:
                left -= _copied(archive, entry, folder / name, left)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        said = "it is locked with a password" if "password" in str(error) else str(error)
        raise CubeError(f"that zip cannot be unpacked: {said or 'it is damaged'}.") from error
    return folder / chosen[0][1]


def refuse_alias(path: Path) -> None:
    """Refuse YAML that repeats itself by reference: ten lines of it can stand for a billion.

    Raises
    ------
    CubeError
        If it does so, or is no YAML.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for event in yaml.parse(stream, yaml.SafeLoader):
                if isinstance(event, yaml.AliasEvent):
                    raise CubeError("rules have no references (* and &): write every value out.")
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise CubeError("that is no YAML, but rules are a YAML file.") from error


def _refuse_bomb(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise CubeError(f"that zip holds {len(entries):,} files, {MOST_ENTRIES} are the most.")
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_UNPACKED:
        raise CubeError(
            f"that zip unpacks to {total / 1e6:,.0f} MB, {LARGEST_UNPACKED / 1e6:,.0f} MB are the "
            "most."
        )


def _chosen(entries: list[zipfile.ZipInfo]) -> list[tuple[zipfile.ZipInfo, str]]:
    """What is unpacked, and under which name; first the file that is read."""
    by_suffix: dict[str, list[tuple[str, zipfile.ZipInfo]]] = {}
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        if not name.name.startswith(".") and "__MACOSX" not in name.parts:
            by_suffix.setdefault(name.suffix.lower(), []).append((str(name.with_suffix("")), entry))
    read = (".shp", ".geojson", ".json", ".gpkg", ".parquet")
    found = [(suffix, stem, entry) for suffix in read for stem, entry in by_suffix.get(suffix, ())]
    if len(found) != 1:
        raise CubeError(f"that zip holds {len(found)} layers, but one is needed. {EXPECTED}.")
    suffix, stem, entry = found[0]
    if suffix != ".shp":
        return [(entry, "law.geojson" if suffix == ".json" else f"law{suffix}")]
    beside = [
        (other, f"law{part}")
        for part in SHAPEFILE[1:]
        for name, other in by_suffix.get(part, ())
        if name == stem
    ]
    return [(entry, "law.shp"), *beside]


def _copied(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, most: int) -> int:
    """Bytes unpacked; a zip's own word on its sizes is not believed."""
    count = 0
    with archive.open(entry) as source, target.open("wb") as copy:
        while part := source.read(1 << 20):
            count += len(part)
            if count > most:
                raise CubeError(f"that zip unpacks to more than {LARGEST_UNPACKED / 1e6:,.0f} MB.")
            copy.write(part)
    return count


def clear(folder: Path) -> None:
    """Take a folder away, whatever is in it."""
    shutil.rmtree(folder, ignore_errors=True)
