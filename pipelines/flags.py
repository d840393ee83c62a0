"""The command line in, what it tells a run out: one flag per key of the configuration."""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import sys
import typing
from collections.abc import Collection
from typing import Any, NoReturn

from analysis.detectors import DETECTORS
from pipelines.config import STEPS, RunConfig
from pipelines.plain_yaml import yaml_value
from pipelines.setting_words import field_words

_HELP = {
    "mines": "mine polygons: GeoJSON, GeoPackage, Shapefile or GeoParquet",
    "catalog": "STAC API URL, or path of a catalog, an ItemCollection or a stac-geoparquet file",
    "period": "first and last day, e.g. 2021-01-01/2023-12-31",
    "leases": "lease polygons with lease_id, perhaps mine_id",
    "zones": "no-go zone polygons with zone_id and zone_type",
    "rules": "YAML of the rules that ground is held against (default: India's)",
    "synthetic_zones": "draw no-go zones from the imagery, for demonstration (default: no)",
    "detector": f"what finds excavation: {', '.join(DETECTORS)} (default: confirmation)",
    "network": "ONNX file of a segmentation network, for --detector network or ensemble",
    "output": "folder of the run (default: outputs)",
    "cube": "where the cube lies: a folder or s3://bucket/prefix (default: OUTPUT/cube)",
    "cluster": "cluster.yaml, a scheduler's address, or `threads` (default: one worker per core)",
}

_HEADINGS = {
    "report": "What the report shows.",
    "archive": "The simulated archive, for runs that are told neither mines nor catalogue.",
}


def flag_parser() -> argparse.ArgumentParser:
    """The flags of `python -m pipelines.full_run`."""
    parser = Parser(
        prog="python -m pipelines.full_run",
        usage="%(prog)s [run.yaml] [--mines FILE --catalog URL|PATH --period FIRST/LAST] [options]",
        description="The main job: mine polygons and a STAC source in; the cube, what was dug, and "
        "the alerts out. Told neither mines nor catalogue, it runs on simulated mines.",
        epilog="Exit codes: 0 all mines, 2 bad input, 3 some mines failed, 130 stopped.",
        allow_abbrev=False,
    )
    parser.add_argument("config", nargs="?", help="YAML file; every key of it is a flag as well")
    parser.add_argument("--steps", help=f"only these: a,b or a..b of {', '.join(STEPS)}")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what the run would read and need; do nothing"
    )
    parser.add_argument(
        "--accept-changes",
        action="store_true",
        help="over an output made with other rules: redo what depends on them",
    )
    add_arguments(parser)
    return parser


def add_arguments(parser: argparse.ArgumentParser, only: Collection[str] = ()) -> None:
    """One flag per key of `RunConfig` (or of those keys `only`), groups with a dot, unset."""
    hints = typing.get_type_hints(RunConfig)
    for item in dataclasses.fields(RunConfig):
        if only and item.name not in only:
            continue
        if dataclasses.is_dataclass(hints[item.name]):
            add_group(parser, item.name, hints[item.name])
        elif hints[item.name] is bool:
            flags = f"--{item.name.replace('_', '-')}", f"--{item.name}"
            said = _HELP[item.name]
            parser.add_argument(*flags, nargs="?", const="true", metavar="true|false", help=said)
        else:
            parser.add_argument(f"--{item.name}", help=_HELP[item.name], metavar="TEXT")


def overrides_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Those flags that were given, by dotted key, read as YAML values where they are settings."""
    given = {k: v for k, v in vars(arguments).items() if v is not None}
    plain = {item.name for item in dataclasses.fields(RunConfig)}
    return {
        key: value if key in plain else yaml_value(value, f"--{key} {value}")
        for key, value in given.items()
        if key in plain or "." in key
    }


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the flags without the hundred there are."""

    def error(self, message: str) -> NoReturn:
        wrong = message.removeprefix("unrecognized arguments: ").split()[0].split("=")[0]
        near = difflib.get_close_matches(wrong, self._option_string_actions, n=1)
        hint = f" Did you mean {near[0]}?" if near and near[0] != wrong else ""
        print(f"error: {message}.{hint} --help lists every flag.", file=sys.stderr)
        raise SystemExit(2)


def add_group(parser: argparse.ArgumentParser, prefix: str, group: Any) -> None:
    """One flag `--prefix.name` per field of a settings class, unset."""
    hints = typing.get_type_hints(group)
    section = parser.add_argument_group(prefix, _HEADINGS.get(prefix) or _first_line(group))
    words = field_words(group)
    for item in dataclasses.fields(group):
        name = f"{prefix}.{item.name}"
        if dataclasses.is_dataclass(hints[item.name]):
            add_group(parser, name, hints[item.name])
            continue
        meaning = words.get(item.name, "")
        said = f"{meaning[:1].upper()}{meaning[1:]} (default: {_default(item)})".strip()
        section.add_argument(
            f"--{name}", metavar=_choices(hints[item.name]), help=said.replace("%", "%%")
        )


def _first_line(group: Any) -> str:
    return (group.__doc__ or "").strip().split("\n")[0]


def _choices(hint: Any) -> str:
    """What stands for the value in the help: the words to choose from, where there are few."""
    if hint is bool:
        return "true|false"
    return "|".join(typing.get_args(hint)) if typing.get_origin(hint) is typing.Literal else "VALUE"


def _default(item: dataclasses.Field[Any]) -> str:
    value = item.default
    if item.default_factory is not dataclasses.MISSING:
        value = item.default_factory()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(str(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {v}" for k, v in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None or value == "" else str(value)
