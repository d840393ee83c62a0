"""What an admin asks for in, the command of a run out; refused in words where no run would."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import yaml

from cube.contract import CubeError
from cube.slots import slot_axis
from pipelines.config import RunConfig, run_config, settings_of
from pipelines.plain_yaml import yaml_value
from pipelines.run_record import RunRecord

MODULES = ("pipelines.full_run", "pipelines.retrain", "pipelines.publish", "pipelines.replay")
"""What may be run from the web."""

FILES = ("mines", "catalog", "leases", "zones", "rules")
"""Settings that name files of the machine the server is on."""

NOT_HERE = (*FILES, "output", "cube", "cluster", "database", "archive")
"""Settings that only who runs the server may change; law has a way of its own."""

TRIALS = "trials"
"""Folder of the outputs of runs of one mine, below the output."""

ANSWER = "answer.json"

ON_THE_LINE = "Give another --output, or --accept-changes to redo what depends on it."
ON_THE_PAGE = "Start a run on the tab Runs with “do again what was computed with other ones”."

LONGEST = 20_000
"""Letters of settings typed into a form."""


@dataclass(frozen=True)
class Order:
    """A command to run.

    kind : "run", "trial", "law", "retrain", "preview"
    title : in words, for the history
    module, arguments : as on the command line; `{folder}` in an argument is the run's own
    files : by name, text to write into the run's own folder first
    exclusive : whether no other may run over the output meanwhile
    output : where it writes; "" for the output that it is started in
    answer : file of its folder that what it prints goes to, apart from the log; "" for none
    """

    kind: str
    title: str
    module: str
    arguments: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    exclusive: bool = True
    output: str = ""
    answer: str = ""

    def __post_init__(self) -> None:
        if self.module not in MODULES:
            raise CubeError(f"{self.module} is nothing to run from the web.")


def run_order(
    output: Path,
    changes: Mapping[str, Any] | None = None,
    accept: bool = False,
    title: str = "Run",
    kind: str = "run",
) -> Order:
    """The main job over an output again, with what it was told before and these changes.

    changes : dotted settings; as `typed_settings` gives them, or files of law that were checked
    accept : what was computed with other rules is done again

    Raises
    ------
    CubeError
        As the main job would: an unknown setting, a value out of range, one that decided pixels
        already stored, a file that is gone.
    """
    config = present_config(output)
    other = run_config(None, {**settings_of(config), **(changes or {})})
    slot_axis(other.period, other.slots.cadence_days)
    record = RunRecord(output)
    try:
        inputs = {"catalog": record.data["inputs"]["catalog"]}
        record.refuse_other(settings_of(other), inputs, accept)
    except CubeError as error:
        raise CubeError(str(error).replace(ON_THE_LINE, ON_THE_PAGE)) from error
    flags = ("--accept-changes",) if accept else ()
    return Order(kind, title, MODULES[0], ("{folder}/run.yaml", *flags), _yaml(other))


def trial_order(output: Path, mine_id: str, changes: Mapping[str, Any] | None = None) -> Order:
    """The main job on one mine, into an output of its own: OUTPUT/trials/<mine>.

    The output itself is left alone: a run over it with one mine would take the others for gone.

    Raises
    ------
    CubeError
        For a mine that there is not; as `run_order` for the changes.
    """
    mines = gpd.read_parquet(output / "validation" / "validated_mines.parquet")
    one = mines[mines["mine_id"] == mine_id]
    if one.empty:
        raise CubeError(f"there is no mine {mine_id[:80]!r}; there are {len(mines)} mines.")
    config = present_config(output)
    told = {**settings_of(config), **(changes or {})}
    told |= {"output": str(trial_folder(output, mine_id)), "cube": "", "database": {"url": ""}}
    told["mines"] = "mines.geojson"
    other = run_config(None, told)
    slot_axis(other.period, other.slots.cadence_days)
    files = {"mines.geojson": str(one.to_crs(4326).to_json(drop_id=True))}
    title = f"Trial of mine {mine_id}"
    arguments = ("{folder}/run.yaml", "--accept-changes", "--mines={folder}/mines.geojson")
    where = other.output
    return Order("trial", title, MODULES[0], arguments, files | _yaml(other), output=where)


def trial_folder(output: Path, mine_id: str) -> Path:
    """Where the trial of a mine lies: its id, without what is no letter of a file's name."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", mine_id)[:60]
    if plain != mine_id:
        plain += "-" + hashlib.sha256(mine_id.encode()).hexdigest()[:8]
    return output.absolute() / TRIALS / plain


def retrain_order(output: Path) -> Order:
    """Every mine's Isolation Forest grown anew from what is published."""
    told = ("--output", str(output.absolute()))
    return Order("retrain", "Forests grown anew", "pipelines.retrain", told)


def preview_order(output: Path, law: Mapping[str, Path]) -> Order:
    """What other files of law would change; nothing is written, any number at once."""
    files = [flag for layer, path in law.items() for flag in (f"--{layer}", str(path))]
    told = ("--output", str(output.absolute()), *files, "--json")
    return Order("preview", "Preview of other law", "pipelines.replay", told, exclusive=False,
                 answer=ANSWER)  # fmt: skip


def present_config(output: Path) -> RunConfig:
    """What the last run over an output was told, its files as they are found now, absolute.

    A setting that this version takes no more is left at this version's own.

    Raises
    ------
    CubeError
        If there was none, or a file is gone.
    """
    told = dict(RunRecord(output).data["settings"])
    if not told:
        raise CubeError(f"there was no run in {output} yet: python -m pipelines.full_run first.")
    folder = str(told.get("output", ""))
    for name in FILES:
        if told.get(name) and "://" not in told[name]:
            told[name] = _found(name, Path(told[name]), Path(folder), output)
    if told.get("cluster") not in ("", "threads") and "://" not in str(told["cluster"]):
        told["cluster"] = _found("cluster", Path(told["cluster"]), Path(folder), output)
    if told.get("cube") and "://" not in told["cube"]:
        told["cube"] = str(Path(told["cube"]).absolute())
    told["output"] = str(output.absolute())
    return _fitting(told)[0]


def outgrown_settings(output: Path) -> list[str]:
    """Settings of the last run that this version takes no more: its own stand in their place."""
    return _fitting(RunRecord(output).data["settings"])[1]


def typed_settings(text: str) -> dict[str, Any]:
    """Settings as typed into a form, a line each: `detection.confirmation.strong: 12`.

    Raises
    ------
    CubeError
        If they are no keys and values, or of those that are not changed from the web.
    """
    if len(text) > LONGEST:
        raise CubeError(f"settings of {len(text):,} letters; {LONGEST:,} are the most.")
    if "&" in text or "*" in text:
        raise CubeError("settings have no & and *: give each line as `name: value`.")
    told = yaml_value(text, "the settings")
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise CubeError("settings are lines such as `detection.confirmation.strong: 12`.")
    flat = dict(_flat(told))
    for name in flat:
        if name.split(".")[0] in NOT_HERE:
            raise CubeError(
                f"{name} is not changed from here: it is set by who runs the server"
                + (", law on the tab Law." if name in FILES else ".")
            )
    return flat


def _fitting(told: Mapping[str, Any]) -> tuple[RunConfig, list[str]]:
    """A configuration of all that this version takes, and the names of the rest."""
    return _fitted(json.dumps(told))


@lru_cache(16)
def _fitted(text: str) -> tuple[RunConfig, list[str]]:
    """A setting at a time takes a second, which a page is not to wait for every time."""
    told = json.loads(text)
    try:
        return run_config(None, told), []
    except CubeError:
        kept: dict[str, Any] = {}
        outgrown = []
        for name, value in _flat(told):
            try:
                run_config(None, {**kept, name: value})
                kept[name] = value
            except CubeError:
                outgrown.append(name)
        return run_config(None, kept), outgrown


def _flat(told: Mapping[Any, Any], before: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in told.items():
        name = f"{before}{key}"
        rows += _flat(value, f"{name}.") if isinstance(value, dict) else [(name, value)]
    return rows


def _found(name: str, told: Path, folder: Path, output: Path) -> str:
    """A path that a run was told; what lay below its folder is sought where that lies now."""
    inside = output / told.relative_to(folder) if told.is_relative_to(folder) else told
    for path in (inside, told):
        if path.exists():
            return str(path.absolute())
    raise CubeError(
        f"the {name} of the last run, {told}, is not there any more. Bring it back, or run the "
        f"main job by hand once with --{name}."
    )


def _yaml(config: RunConfig) -> dict[str, str]:
    text = yaml.safe_dump(settings_of(config), sort_keys=False, allow_unicode=True)
    return {"run.yaml": text}
