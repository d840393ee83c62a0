"""The folder of a finished run in, what questions about it need out: settings, mines, snapshots."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import geopandas as gpd
from pydantic import TypeAdapter, ValidationError

from cube.contract import CubeError
from pipelines.config import RunConfig
from pipelines.run_record import file_hash
from pipelines.stored_ground import StoredGround, stored_ground


@dataclass(frozen=True, eq=False)
class FinishedRun(StoredGround):
    """A run that came to its alerts; `config` names its input files as they are found now.

    Attributes
    ----------
    data : dict
        Its run.json.
    """

    data: dict[str, Any]

    def chosen(self, wanted: Sequence[str]) -> list[str]:
        """The mines named, or all that have results.

        Raises
        ------
        CubeError
            For a mine that the run does not know or could not analyse.
        """
        known = list(self.positions)
        for mine in wanted:
            if mine not in known:
                some = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
                raise CubeError(f"there are no results of mine {mine!r}; there are of {some}.")
        return list(wanted) or known


def finished_run(output: Path, moved: dict[str, str] | None = None) -> FinishedRun:
    """A run read back from its folder; nothing is written.

    Parameters
    ----------
    output : the run's folder
    moved : where `mines`, `leases`, `zones` or `rules` lie now, if not where the run found them

    Raises
    ------
    CubeError
        If there is no such run, or a file it read is gone or was changed since.
    """
    data = recorded(output)
    config = recorded_config(data, output, moved or {})
    ground = stored_ground(config, output, stored_mines(output))
    return FinishedRun(**vars(ground), data=data)


def stored_mines(output: Path) -> gpd.GeoDataFrame:
    """The mines that a run took."""
    return gpd.read_parquet(output / "validation" / "validated_mines.parquet")


def recorded(output: Path) -> dict[str, Any]:
    """run.json, read only: the run may lie where nothing can be written."""
    path = output / "run.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not (data["minecube"] and data["settings"] and data["inputs"] and data["versions"]):
            raise ValueError("it records no run")
        data["steps"]["enforce"]["key"]
    except FileNotFoundError as error:
        raise CubeError(f"there is no run in {output}: it has no run.json.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CubeError(
            f"{path} is no record of a run that came to its alerts ({error}). Run the step "
            "enforce first, or bring the file back."
        ) from error
    return data


def recorded_config(data: dict[str, Any], output: Path, moved: dict[str, str]) -> RunConfig:
    """What the run was told, its files found again and compared with their recorded hashes.

    Raises
    ------
    CubeError
        If the settings are not of this version, or a file is gone or was changed.
    """
    try:
        config = TypeAdapter(RunConfig).validate_python(data["settings"])
    except ValidationError as error:
        raise CubeError(
            f"the settings in {output / 'run.json'} are not those of minecube "
            f"{_installed('minecube')}. Use the version that made them, {data['minecube']}."
        ) from error
    found: dict[str, Any] = {}
    for name in ("mines", "leases", "zones", "rules"):
        told = getattr(config, name)
        if not told:
            continue
        path = Path(moved.get(name) or _located(told, config.output, output))
        if not path.exists():
            raise CubeError(
                f"run.json read the {name} from {told}, which is not there. Give the file with "
                f"--{name}."
            )
        if file_hash(path) != data["inputs"][name]["sha256"]:
            raise CubeError(
                f"{path} is not the file that the run read: its hash differs. Bring back the "
                f"{name} of then, or run again with those of now."
            )
        found[name] = str(path)
    return dataclasses.replace(config, **found)


def other_software(data: dict[str, Any]) -> list[str]:
    """What is installed in another version than the run used; it may be why bytes differ."""
    then = data["versions"] | {"minecube": data["minecube"]}
    now = {name: _installed(name) for name in then} | {"python": platform.python_version()}
    return [
        f"{name} is {now[name]} here, the run used {then[name]}"
        for name in sorted(then)
        if now[name] != then[name]
    ]


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _located(told: str, folder: str, output: Path) -> Path:
    """A path of run.json; one below the run's own folder is sought where that folder lies now."""
    try:
        return output / Path(told).relative_to(folder)
    except ValueError:
        return Path(told)
