"""The command line explains itself, and says what is wrong with it in one line."""

from __future__ import annotations

import dataclasses
import re

import pytest

from pipelines.config import RunConfig, run_config
from pipelines.flags import flag_parser
from pipelines.setting_words import field_words


def test_every_setting_is_explained_with_its_default():
    said = flag_parser().format_help()
    for entry in re.split(r"\n  (?=--)", said)[1:]:
        flag, words = entry.split(maxsplit=1)
        if "." in flag:
            words = " ".join(words.split())
            assert re.search(r"[a-z]{3}.* \(default: ", words), flag
            assert words.count("(") == words.count(")"), flag


def test_words_come_from_a_docstring_with_names_types_and_units():
    @dataclasses.dataclass
    class Rule:
        """A rule.

        width : float [m]
            How wide. Not how long.
        low, high : bounds of it; both count
        """

        width: float = 1.0
        low: int = 0
        high: int = 1
        share: float = 0.5
        """Share [1] of the whole: measured."""

    assert field_words(Rule) == {
        "width": "How wide [m]",
        "low": "bounds of it",
        "high": "bounds of it",
        "share": "Share [1] of the whole",
    }


def test_the_default_of_every_flag_is_that_of_the_configuration():
    assert run_config(None, {}) == RunConfig()


def test_an_unknown_flag_is_said_in_one_line_with_the_near_one(capsys):
    with pytest.raises(SystemExit) as stopped:
        flag_parser().parse_args(["--quality.dilation_pixel=3"])
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert said.count("\n") == 1
    assert "Did you mean --quality.dilation_pixels?" in said
