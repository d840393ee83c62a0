"""`OUTPUT/law/`: every law a run judged by, kept as it was read, and since when the run knew it.

Valid time (`valid_from`, `valid_to`) says when a law was in force; this says what was known of it
when. `versions.jsonl` has a line for every change of a layer and none is ever changed again; the
tables lie beside it under the hash of the file they were read from.
"""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import yaml

from analysis.rules import LawRules
from cube.contract import CubeError
from cube.law import read_leases, read_zones
from pipelines.config import RunConfig, settings_of
from pipelines.law import SYNTHETIC_ZONES, no_leases, no_zones, stored_law
from pipelines.rules import INDIA, law_rules, read_rules
from pipelines.run_record import file_hash, whole_path

FOLDER = Path("law")
VERSIONS = FOLDER / "versions.jsonl"

RULES = "rules"
LAYERS = ("zones", "leases", "synthetic", RULES)
"""What a run may be given, with what it draws itself."""


class Law(NamedTuple):
    """All that ground is held against; zones with the synthetic ones among them."""

    zones: gpd.GeoDataFrame
    leases: gpd.GeoDataFrame
    rules: LawRules


@dataclass(frozen=True)
class LawVersion:
    """One line of versions.jsonl: from `since` on, runs over this output judged by this file.

    since : str
        UTC, when a run first entered alerts by it.
    layer : str
        One of LAYERS.
    name : str
        The file's own; "" where the run was given none.
    sha256 : str
        Of the file, as run.json has it (of rules: of what they say); "" where there was none.
    kept, kept_sha256 : str
        The table or the rules as they were read, below the output folder; the hash of that.
    features : int
    run : str
        The software that used it.
    results : str
        The snapshot of the results that it judged by it.
    """

    since: str
    layer: str
    name: str
    sha256: str
    kept: str
    kept_sha256: str
    features: int
    run: str
    results: str

    @property
    def told(self) -> str:
        """The file in words: `leases.geojson (sha256 8c64f76c41ac)`."""
        return f"{self.name} (sha256 {self.sha256[:12]})" if self.sha256 else f"no {self.layer}"


def law_versions(output: Path) -> list[LawVersion]:
    """Every change of the law that runs over this output have seen, oldest first.

    Raises
    ------
    CubeError
        If a line is not one that `keep_law` wrote. What an interrupted write left is no line.
    """
    path = output / VERSIONS
    if not path.exists():
        return []
    *lines, _ = path.read_bytes().split(b"\n")
    found = []
    for number, line in enumerate(lines, 1):
        try:
            one = LawVersion(**json.loads(line.decode("utf-8")))
            texts = [value for name, value in asdict(one).items() if name != "features"]
            if not all(isinstance(text, str) for text in texts) or one.layer not in LAYERS:
                raise ValueError("a value that keep_law never writes")
            operator.index(one.features)
            datetime.strptime(one.since, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            found.append(one)
        except (ValueError, TypeError) as error:
            raise CubeError(
                f"{path} is damaged at line {number}. Bring it back from a copy; or move the "
                "folder away, and what was known of the law before is forgotten."
            ) from error
    return found


def law_known(output: Path, day: str = "") -> dict[str, LawVersion]:
    """By layer, the version in use at the end of `day` (as 2023-11-08, UTC), or now.

    Raises
    ------
    CubeError
        If no run had judged by any law yet, or `day` is none.
    """
    versions = law_versions(output)
    if day:
        try:
            datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError as error:
            raise CubeError(f"{day!r} is no date; expected one like 2023-11-08.") from error
        known = [one for one in versions if one.since[:10] <= day]
        if not known:
            first = f"the first law is known since {versions[0].since}" if versions else "none is"
            raise CubeError(f"no law was known to {output} on {day}: {first}.")
        versions = known
    return {one.layer: one for one in versions}


def keep_law(output: Path, config: RunConfig, results: str) -> None:
    """Keep the law that a run judged by, where it is not that of the run before.

    results : snapshot that was judged

    Called once its alerts are entered: a run that is killed before is repeated and sees the
    change again.
    """
    now = law_in_use(config)
    before = {layer: one.sha256 for layer, one in law_known(output).items()}
    changed = [layer for layer in LAYERS if now[layer][1] != before.get(layer, "")]
    if not before:  # the first run: what it was given, and what it was not
        changed = [layer for layer in LAYERS if now[layer][1] or layer != "synthetic"]
    lines = [_kept(output, results, layer, *now[layer]) for layer in changed]
    if lines:
        _append(output / VERSIONS, lines)


def law_in_use(config: RunConfig) -> dict[str, tuple[str, str]]:
    """By layer, the path and the hash of the file a run is given; "" and "" where none."""
    drawn = str(Path(config.output) / SYNTHETIC_ZONES) if config.synthetic_zones else ""
    paths = {"zones": config.zones, "leases": config.leases, "synthetic": drawn}
    found = {layer: (path, file_hash(path) if path else "") for layer, path in paths.items()}
    return found | {RULES: (str(config.rules or INDIA), law_rules(config).sha256)}


def kept_law(output: Path, versions: Mapping[str, LawVersion]) -> Law:
    """The law of kept versions; without rules, those of a run that is told none.

    Raises
    ------
    CubeError
        If a table is gone or was changed.
    """
    known = [layer for layer in LAYERS if layer in versions and layer != RULES]
    tables = {layer: _table(output, versions[layer]) for layer in known}
    rules = _kept_rules(output, versions[RULES]) if RULES in versions else read_rules(INDIA)
    zones = [tables[layer] for layer in ("zones", "synthetic") if layer in tables]
    filled = [table for table in zones if len(table)]
    every = gpd.GeoDataFrame(pd.concat(filled, ignore_index=True)) if filled else no_zones()
    return Law(every, tables.get("leases", no_leases()), rules)


def _kept(output: Path, results: str, layer: str, path: str, sha256: str) -> LawVersion:
    """Keep one layer's table; its line."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    software = f"run of minecube {version('minecube')}"
    if not sha256:
        return LawVersion(now, layer, "", "", "", "", 0, software, results)
    kept = FOLDER / f"{sha256}.{'yaml' if layer == RULES else 'parquet'}"
    with whole_path(output / kept) as part:
        if layer == RULES:
            rules = read_rules(path)
            text = yaml.safe_dump(settings_of(rules), sort_keys=False, allow_unicode=True)
            part.write_text(text, encoding="utf-8")
            count = len(rules.rules)
        else:
            table = READERS[layer](path)
            table.to_parquet(part, index=False)
            count = len(table)
    name, hashed = Path(path).name, file_hash(output / kept)
    return LawVersion(now, layer, name, sha256, str(kept), hashed, count, software, results)


def _table(output: Path, known: LawVersion) -> gpd.GeoDataFrame:
    """A kept table, whole and unchanged."""
    if not known.sha256:
        return no_leases() if known.layer == "leases" else no_zones()
    return stored_law(_whole(output, known))


def _kept_rules(output: Path, known: LawVersion) -> LawRules:
    return read_rules(_whole(output, known))


def _whole(output: Path, known: LawVersion) -> Path:
    """Where a version lies, if it is what was kept."""
    path = output / known.kept
    if file_hash(path) != known.kept_sha256:
        raise CubeError(
            f"{path}, the {known.layer} in use since {known.since}, is gone or was changed. Bring "
            f"it back: it was read from {known.name}, sha256 {known.sha256}."
        )
    return path


def _append(path: Path, lines: list[LawVersion]) -> None:
    """Add whole lines; those before stay as they are, what a killed writer left is ended."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(asdict(line), ensure_ascii=False) + "\n" for line in lines)
    with path.open("ab+") as stream:
        if stream.tell():
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                whole = path.read_bytes().rpartition(b"\n")[0]
                stream.truncate(len(whole) + 1 if whole else 0)
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())


READERS: dict[str, Any] = {"zones": read_zones, "leases": read_leases, "synthetic": stored_law}
