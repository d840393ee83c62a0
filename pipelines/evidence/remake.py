"""A run's folder in, the evidence pack of one alert made again from run.json and repository out."""

from __future__ import annotations

import dataclasses
import difflib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import geopandas as gpd
from pydantic import TypeAdapter, ValidationError

from analysis.alert_states import STANDING
from cube.contract import CubeError
from cube.store import measured_windows, open_results
from cube.store.lock import is_local
from pipelines.config import RunConfig
from pipelines.evidence.facts import run_facts
from pipelines.evidence.packs import Files, mine_packs
from pipelines.evidence.step import ALERTS, alerts_by_mine
from pipelines.law import law_of
from pipelines.mine_ground import positions_of, results_version
from pipelines.region_labels import labelled_otherwise
from pipelines.rules import law_rules
from pipelines.run_record import file_hash


def remade_pack(output: Path, alert_id: str, moved: dict[str, str] | None = None) -> Files:
    """The pack of one alert, made from what the run recorded and stored; nothing is written.

    Parameters
    ----------
    output : the run's folder
    alert_id : str
    moved : where `mines`, `leases` or `zones` lie now, if not where the run found them

    Raises
    ------
    CubeError
        If there is no such run or alert, an input changed since, or the results are of another
        run than the alerts.
    """
    data = recorded(output)
    config = recorded_config(data, output, moved or {})
    alerts = alerts_by_mine(output)
    mine_id, alert = _wanted(alerts, alert_id, output)
    mines = gpd.read_parquet(output / "validation" / "validated_mines.parquet")
    repository = config.cube or str(output / "cube")
    if is_local(repository):
        repository = str(Path(repository).absolute())
    snapshot = results_version(repository)
    known = set(mines["mine_id"])
    windows = measured_windows(open_results(repository, snapshot=snapshot, chunks=None))
    zones, leases = law_of(config, output)
    simulated = Path(config.mines).absolute().parent == output.absolute() / "archive"
    positions = positions_of(repository, snapshot)
    if mine_id not in positions:
        raise CubeError(
            f"alert {alert_id} is of mine {mine_id}, of which {repository} holds no results. Run "
            "the step detect again."
        )
    made = mine_packs(
        repository,
        snapshot,
        positions[mine_id],
        mine_id,
        [alert],
        mines,
        [window for window in windows if window.mine_id in known],
        zones,
        leases,
        config.regions,
        config.compliance,
        config.detection,
        run_facts(data, config, simulated),
        law_rules(config),
        labelled_otherwise(output).get(mine_id, ()),
    )
    return made[alert_id]


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


def _wanted(
    alerts: dict[str, list[dict[str, Any]]], alert_id: str, output: Path
) -> tuple[str, dict[str, Any]]:
    """The alert and its mine; refused with the nearest id where there is none that stands."""
    by_id = {row["alert_id"]: (mine, row) for mine, rows in alerts.items() for row in rows}
    if alert_id in by_id:
        return by_id[alert_id]
    table = gpd.read_parquet(output / ALERTS)
    known = table.set_index("alert_id")["state"].to_dict()
    if alert_id in known:
        raise CubeError(
            f"alert {alert_id} is {known[alert_id]}; only alerts that are "
            f"{' or '.join(STANDING)} have evidence packs."
        )
    near = difflib.get_close_matches(alert_id, by_id, n=3) or sorted(by_id)[:3]
    hint = f" Near it: {', '.join(near)}." if near else " No alert stands in this run."
    raise CubeError(f"there is no alert {alert_id!r} in {output}.{hint}")
