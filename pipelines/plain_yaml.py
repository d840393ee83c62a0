"""A YAML file or the value of a flag in, plain values out; what is wrong is said in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from cube.contract import CubeError


def yaml_file(path: str | Path) -> Any:
    """What a YAML file holds; None where it is empty.

    Raises
    ------
    CubeError
        If it is missing, unreadable, no text, no YAML, or names a key twice.
    """
    path = Path(path)
    try:
        return yaml_value(path.read_text(encoding="utf-8-sig"), str(path))
    except FileNotFoundError:
        raise CubeError(f"there is no file {path}. Check the path.") from None
    except OSError as error:
        raise CubeError(f"{path} cannot be read: {error.strerror}. Give a YAML file.") from error
    except UnicodeDecodeError as error:
        raise CubeError(
            f"{path} is not YAML: it is not UTF-8 text (byte {error.start}). Save it as UTF-8."
        ) from error


def yaml_value(text: str, where: str) -> Any:
    """What a YAML text holds. Dates stay text, and a key given twice is refused, not overruled.

    where : what the text is, for the message.

    Raises
    ------
    CubeError
        If it is no YAML, or names a key twice.
    """
    try:
        return yaml.load(text, _PlainLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f", line {mark.line + 1}" if mark else ""
        tab = " YAML indents with spaces, not with tabs." if "'\\t'" in str(error.problem) else ""
        raise CubeError(f"{where} is not YAML{line}: {error.problem}.{tab}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CubeError(f"{where} is not YAML: {' '.join(str(error).split())}.") from error


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without dates (a period is text here) and without silent duplicates."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the parent has it
        first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if isinstance(name, str) and name != "<<" and name in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {name!r} is given twice", problem_mark=key.start_mark
                )
            if isinstance(name, str):
                seen.add(name)
        return super().construct_mapping(node, deep)
