"""Settings classes in, flags of a network's command out, and the settings back from them."""

from __future__ import annotations

import argparse
import dataclasses
import typing
from typing import Any, TypeVar

from pipelines.config import checked
from pipelines.flags import add_group
from pipelines.plain_yaml import yaml_value
from pipelines.setting_words import field_words

Settings = TypeVar("Settings")


def add_settings(parser: argparse.ArgumentParser, kind: type[Any]) -> None:
    """One flag per field: `--batch-size`, and `--loss.name` for a field of a field; unset."""
    hints, words = typing.get_type_hints(kind), field_words(kind)
    for item in dataclasses.fields(kind):
        if dataclasses.is_dataclass(hints[item.name]):
            add_group(parser, item.name, hints[item.name])
            continue
        choices = typing.get_args(hints[item.name])
        parser.add_argument(
            f"--{item.name.replace('_', '-')}",
            dest=item.name,
            metavar="|".join(choices) if choices else "VALUE",
            help=f"{words.get(item.name, '')} (default: {_default(item)})".replace("%", "%%"),
        )


def settings_from(told: argparse.Namespace, kind: type[Settings], prefix: str = "") -> Settings:
    """The settings that flags ask for; what was not given has its default.

    prefix : "data." for flags such as `--data.size`

    Raises
    ------
    CubeError
        If a value is of the wrong type or out of range.
    """
    names = [item.name for item in dataclasses.fields(kind)]  # type: ignore[arg-type]
    given = {
        key.removeprefix(prefix): yaml_value(value, f"--{key} {value}")
        for key, value in vars(told).items()
        if value is not None
        and key.startswith(prefix)
        and key.removeprefix(prefix).split(".")[0] in names
    }
    return checked(kind, {}, {key: _text(value) for key, value in given.items()})


def _text(value: Any) -> Any:
    """Nothing as an empty text: `--data.label_file ""`; years in a list as text: `[2020, 2021]`."""
    if isinstance(value, list):
        return [str(one) if type(one) is int else one for one in value]
    return "" if value is None else value


def _default(item: dataclasses.Field[Any]) -> str:
    return "none" if item.default == "" else str(item.default).lower()
