"""The run's rule file in, checked rules out; without one India's, which come with minecube."""

from __future__ import annotations

import dataclasses
import difflib
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from analysis.rules import LawRule, LawRules
from cube.contract import CubeError
from pipelines.config import RunConfig
from pipelines.plain_yaml import yaml_file

INDIA = Path(__file__).parent / "rule_sets" / "india.yaml"
"""The rules of a run that is told none."""


def law_rules(config: RunConfig) -> LawRules:
    """The rules of a run.

    Raises
    ------
    CubeError
        As `read_rules`.
    """
    return read_rules(config.rules or INDIA)


def read_rules(path: str | Path) -> LawRules:
    """The rules of a YAML file, as pipelines/rule_sets/india.yaml has them.

    Raises
    ------
    CubeError
        If the file is missing, is no YAML or lacks a key; for a key that there is not, a value of
        the wrong type, or a rule that contradicts itself. The key is named.
    """
    told = yaml_file(path)
    if not isinstance(told, dict):
        raise CubeError(f"{path} holds no rules; expected the keys jurisdiction and rules.")
    _refuse_unknown(told, LawRules, f"{path}: ")
    rules = told.get("rules")
    if not isinstance(rules, list):
        raise CubeError(f"{path}: rules is {rules!r}, expected a list of rules.")
    for place, rule in enumerate(rules):
        if not isinstance(rule, dict):
            raise CubeError(f"{path}: rules.{place} is {rule!r}, expected keys and values.")
        _refuse_unknown(rule, LawRule, f"{path}: rules.{place} ({rule.get('rule', 'no name')}).")
    try:
        return TypeAdapter(LawRules).validate_python(told)
    except ValidationError as error:
        raise CubeError(f"{path}: {_first_of(error)}") from error


def rule_facts(rules: LawRules) -> dict[str, Any]:
    """For run.json: whose rules, their hash, and the version and hash of each."""
    return {
        "jurisdiction": rules.jurisdiction,
        "sha256": rules.sha256,
        "watch_ring_m": rules.watch_ring_m,
        "rules": {one.rule: {"version": one.version, "sha256": one.sha256} for one in rules.rules},
    }


def _first_of(error: ValidationError) -> str:
    """What is wrong and where, in our own words or pydantic's."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the set"
    if first["type"] == "value_error":
        return f"{where}: {first['ctx']['error']}"
    if first["type"] == "missing":
        return f"{where} is missing. Every rule needs it."
    return f"{where} is {first['input']!r}: {first['msg'][:1].lower()}{first['msg'][1:]}."


def _refuse_unknown(told: dict[str, Any], group: Any, where: str) -> None:
    known = [item.name for item in dataclasses.fields(group)]
    for key in told:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            advice = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
            raise CubeError(f"{where}{key} is no key of a rule set. {advice}")
