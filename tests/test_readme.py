"""The README's code runs as it stands, on a run's own cube, and all three ways agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def python_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)


@pytest.fixture
def beside_a_run(small_run, monkeypatch):
    """The working folder holds `outputs`, as after the README's one command."""
    monkeypatch.chdir(small_run.parent)
    assert small_run.name == "outputs"


def test_the_three_questions_have_one_answer_each_whichever_way_the_cube_was_opened(beside_a_run):
    *ways, questions, versions = python_blocks()
    assert len(ways) == 3
    answers = []
    for way in ways:
        names: dict = {}
        exec(way, names)
        exec(questions, names)
        answers.append(names)
    first = answers[0]
    assert float(first["greenness"].max()) > 0.2  # the mine stands among green ground
    assert int(first["dug_ha"].sum()) >= 1
    for other in answers[1:]:
        for answer in ("greenness", "looks", "dug_ha"):
            assert (abs(other[answer].values - first[answer].values) < 1e-5).all() or (
                other[answer].isnull() == first[answer].isnull()
            ).all()
    names = {**answers[2], **answers[0]}
    exec(versions, names)


def test_every_file_the_readme_names_is_there():
    for name in re.findall(r"\]\(((?!https?:)[^)#]+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / name).exists(), name
