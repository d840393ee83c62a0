"""A settings class in, what each of its fields means out: its docstring's own words."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import Any

LONGEST = 160
"""Letters of one setting's words in `--help`; the source has the whole reason."""


def field_words(settings: type[Any]) -> dict[str, str]:
    """The first sentence on each field, by name; from the class docstring or the field's own.

    Understands `name : meaning`, `name : type` with the meaning beneath, several names before
    one colon, and a string below the field.
    """
    words = _described(inspect.getdoc(settings) or "") | _annotated(settings)
    return {name: _first_sentence(text) for name, text in words.items()}


def _described(docstring: str) -> dict[str, str]:
    words: dict[str, str] = {}
    found = re.findall(r"^(\w+(?:, \w+)*) : (.*(?:\n[ ]+\S.*)*)", docstring, flags=re.M)
    for names, text in found:
        kind, _, beneath = text.partition("\n")
        typed = re.fullmatch(r"(?:float|int|str|bool|dict|tuple|list)\b[^.]*", kind.strip())
        meaning = beneath if typed and beneath else text
        unit = re.search(r"\[[^\]]+\]", kind) if typed else None
        for name in names.split(", "):
            words[name] = f"{' '.join(meaning.split())} {unit[0] if unit else ''}".strip()
    return words


def _annotated(settings: type[Any]) -> dict[str, str]:
    """A string standing right below a field."""
    body = ast.parse(textwrap.dedent(inspect.getsource(settings))).body[0]
    assert isinstance(body, ast.ClassDef)
    words = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                words[name] = " ".join(text.split())
    return words


def _first_sentence(text: str) -> str:
    unit = re.search(r"\[[^\]]+\]$", text)
    ends = (end.start() for end in re.finditer(r"[.;:]\s|[.;:]$", text))
    sentence = text[: next((end for end in ends if _balanced(text[:end])), len(text))]
    if unit and unit[0] not in (*sentence.split(), "[1]"):
        sentence = f"{sentence} {unit[0]}"
    if len(sentence) > LONGEST:
        sentence = sentence[:LONGEST].rsplit(" ", 1)[0] + " ..."
    return sentence.removesuffix(" [1]")


def _balanced(text: str) -> bool:
    return text.count("(") == text.count(")")
