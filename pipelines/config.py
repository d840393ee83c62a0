"""A run's whole configuration: a YAML file and the command line in, one frozen `RunConfig` out.

Every key of the YAML is a flag of the command line under the same name, groups with a dot:
`slots: {cadence_days: 5}` is `--slots.cadence_days 5`. The command line wins. Each group is the
settings class of the step that owns it, which checks itself.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from analysis.compliance import ComplianceRule
from analysis.detectors import TRAINED, settings_class
from analysis.excavation import DetectionSettings
from analysis.regions import RegionSettings
from cube.contract import CubeError
from cube.mines import MineSettings
from cube.quality import QualitySettings
from cube.simulate import ArchiveSettings
from cube.slots import SlotSettings
from cube.sources import SourceSettings
from cube.windows import WindowSettings
from pipelines.database.address import DatabaseSettings
from pipelines.network_detector import with_network
from pipelines.plain_yaml import yaml_file

Settings = TypeVar("Settings")

STEPS = (
    "validate", "ingest", "synthetic", "zones", "detect", "regions", "enforce",
    "report", "evidence", "export", "database", "publish",
)  # fmt: skip
"""In this order."""


@dataclass(frozen=True)
class IngestSettings:
    """How the cube is filled.

    bands : which bands are stored, core bands first ("core" for six, "all" for ten, "twelve" with
        the two of 60 m, which networks may be shown).
    loader : "stackstac" or "odc-stac"; the pixels are the same.
    batch_slots : slots of one window read by one job: about a year, so that one search of the
        catalogue serves many slots while a job's memory stays near 120 MB with six bands, 230 MB
        with ten.
    batch_windows : windows committed at once: a killed run repeats at most this much.
    retry_failed : read slots again in which a read failed in an earlier run.
    """

    bands: typing.Literal["core", "all", "twelve"] = "all"
    loader: typing.Literal["stackstac", "odc-stac"] = "stackstac"
    batch_slots: int = 36
    batch_windows: int = 16
    retry_failed: bool = False

    def __post_init__(self) -> None:
        if self.batch_slots < 1 or self.batch_windows < 1:
            raise CubeError(
                f"batch_slots={self.batch_slots}, batch_windows={self.batch_windows}: "
                "both must be at least 1."
            )


@dataclass(frozen=True)
class ReportSettings:
    """quicklooks : at most this many mines get a before/after picture, the worst first."""

    quicklooks: int = 24

    def __post_init__(self) -> None:
        if self.quicklooks < 0:
            raise CubeError(f"quicklooks is {self.quicklooks}; give 0 (none) or more.")


@dataclass(frozen=True)
class RunConfig:
    """Everything a run was told. `mines` and `catalog` both empty: the embedded archive."""

    mines: str = ""
    catalog: str = ""
    period: str = ""
    leases: str = ""
    zones: str = ""
    rules: str = ""
    synthetic_zones: bool = False
    detector: str = "confirmation"
    network: str = ""
    output: str = "outputs"
    cube: str = ""
    cluster: str = ""
    validation: MineSettings = field(default_factory=MineSettings)
    windows: WindowSettings = field(default_factory=WindowSettings)
    source: SourceSettings = field(default_factory=SourceSettings)
    slots: SlotSettings = field(default_factory=SlotSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    ingest: IngestSettings = field(default_factory=IngestSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    regions: RegionSettings = field(default_factory=RegionSettings)
    compliance: ComplianceRule = field(default_factory=ComplianceRule)
    report: ReportSettings = field(default_factory=ReportSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    archive: ArchiveSettings = field(default_factory=ArchiveSettings)

    def __post_init__(self) -> None:
        settings_class(self.detector)
        if self.detector in TRAINED and not self.network:
            raise CubeError(f"--detector {self.detector} needs its network: --network FILE.onnx.")

    @property
    def detector_settings(self) -> Any:
        """The settings of the detector chosen: `detection` for the core, defaults for others."""
        if isinstance(self.detection, kind := settings_class(self.detector)):
            return with_network(self.detection, self.network)
        return with_network(kind(), self.network)

    @property
    def embedded(self) -> bool:
        """True where nothing was configured and the run makes its own archive."""
        return not self.mines and not self.catalog


def run_config(file: str | Path | None, overrides: dict[str, Any]) -> RunConfig:
    """The configuration of a YAML file with dotted `overrides` laid over it.

    Raises
    ------
    CubeError
        For a missing or malformed file, an unknown key (the nearest known one is named), a value
        of the wrong type or out of range.
    """
    told = _told(Path(file)) if file is not None else {}
    return checked(RunConfig, told, overrides)


def checked(kind: type[Settings], told: dict[str, Any], overrides: dict[str, Any]) -> Settings:
    """Settings of a kind from plain values, with dotted `overrides` laid over them.

    Raises
    ------
    CubeError
        For an unknown key (the nearest known one is named), a value of the wrong type or out of
        range.
    """
    _refuse_unknown(told, kind, "")
    for key, value in overrides.items():
        _put(told, key.split("."), value)
    _refuse_unknown(told, kind, "")
    _refuse_odd_numbers(told, kind, "")
    try:
        return TypeAdapter(kind).validate_python(told)
    except ValidationError as error:
        raise CubeError(f"configuration: {_first_of(error)}") from error


def settings_of(config: Any) -> dict[str, Any]:
    """A settings class as plain JSON-ready values, tuples as lists."""
    return TypeAdapter(type(config)).dump_python(config, mode="json")


def _told(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise CubeError(f"there is no configuration file {path}. Check the path.")
    found = yaml_file(path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise CubeError(f"{path} holds a {type(found).__name__}; expected keys such as `mines:`.")
    return found


def _first_of(error: ValidationError) -> str:
    """What is wrong, where; our own settings' words as they are, pydantic's with the value."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "run"
    if first["type"] == "value_error":
        return f"{where}: {first['ctx']['error']}"
    return f"{where} is {_short(first['input'])}: {first['msg'][:1].lower()}{first['msg'][1:]}."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _refuse_unknown(told: dict[str, Any], group: Any, prefix: str) -> None:
    hints = typing.get_type_hints(group)
    known = [item.name for item in dataclasses.fields(group)]
    for key, value in told.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            advice = f"Did you mean {prefix}{near[0]}?" if near else f"Known: {', '.join(known)}."
            raise CubeError(f"unknown configuration key {prefix}{key!s}. {advice}")
        if dataclasses.is_dataclass(hints[key]):
            if not isinstance(value, dict):
                raise CubeError(
                    f"configuration: {prefix}{key} is a group of settings, not {value!r}."
                )
            _refuse_unknown(value, hints[key], f"{prefix}{key}.")


def _refuse_odd_numbers(told: dict[str, Any], group: Any, prefix: str) -> None:
    """Refuse yes/no, not-a-number and infinity wherever a number is meant."""
    hints = typing.get_type_hints(group)
    for key, value in told.items():
        if dataclasses.is_dataclass(hints[key]):
            _refuse_odd_numbers(value, hints[key], f"{prefix}{key}.")
            continue
        for one in value if isinstance(value, list) else [value]:
            odd = isinstance(one, bool) and hints[key] is not bool
            if odd or (isinstance(one, float) and not math.isfinite(one)):
                raise CubeError(
                    f"configuration: {prefix}{key} is {str(one).lower()}, which is no number."
                )


def _put(told: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        told = told.setdefault(part, {})
    told[path[-1]] = value
