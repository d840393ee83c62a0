"""Each notebook runs from top to bottom on a small run and two workers, and stays an essay."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).parents[2] / "notebooks"
FAST = "1_tour"
NAMES = (
    "1_tour",
    "2_from_pixels_to_a_violation",
    "3_all_mines",
    "4_tuning",
    "5_against_truth_and_peers",
    "6_your_own_mines",
)


def notebook(name: str) -> nbformat.NotebookNode:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def executed(name: str) -> nbformat.NotebookNode:
    """The notebook with its outputs; a cell that fails fails the test and is shown."""
    told = notebook(name)
    try:
        NotebookClient(
            told,
            timeout=600,
            startup_timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(FOLDER)}},
        ).execute()
    except CellExecutionError as error:
        pytest.fail(f"{name}: {error}")
    return told


def outputs(told: nbformat.NotebookNode, kind: str) -> list[str]:
    """All outputs of one MIME type."""
    return [
        "".join(one["data"][kind])
        for cell in told.cells
        for one in cell.get("outputs", ())
        if kind in one.get("data", {})
    ]


def functions(source: str) -> list[str]:
    """What a cell defines: functions, lambdas and classes."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
    return [type(node).__name__ for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]


def test_the_folder_holds_these_six():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_without_outputs_and_counts(name):
    raw = json.loads((FOLDER / f"{name}.ipynb").read_text())
    for cell in raw["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], "strip the outputs before committing"
            assert cell["execution_count"] is None
    assert "widgets" not in raw["metadata"]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_calls_functions_and_defines_none(name):
    for cell in notebook(name).cells:
        if cell.cell_type == "code":
            assert functions(cell.source) == [], cell.source


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_opens_with_its_question_and_tells_more_than_it_calls(name):
    cells = notebook(name).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith(f"# {name[0]} · ")
    assert "?" in cells[0].source.splitlines()[0]
    told = sum(cell.cell_type == "markdown" for cell in cells)
    assert told >= 5


def test_the_check_for_functions_sees_them():
    assert functions("def f(): pass") == ["FunctionDef"]
    assert functions("table.map(lambda one: one)") == ["Lambda"]
    assert functions("[one for one in table]") == []


def test_a_failing_cell_is_shown():
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("hectares = 1 / 0")])
    with pytest.raises(CellExecutionError, match=r"hectares = 1 / 0[\s\S]*ZeroDivisionError"):
        NotebookClient(broken, kernel_name="python3", startup_timeout=300).execute()


@pytest.mark.timeout(1800)
def test_the_tour_runs_from_top_to_bottom_and_draws_without_the_network(lab):
    told = executed(FAST)
    pages = outputs(told, "text/html")
    plots = [page for page in pages if "bk-Figure" in page or '"name":"Figure"' in page]
    assert len(plots) >= 6  # three questions, map with series, swipe, envelope
    assert str(lab) in pages[0] or any(str(lab) in page for page in pages)
    scripts = outputs(told, "application/javascript")
    assert any(len(script) > 1_000_000 for script in scripts), "BokehJS is not inlined"
    assert not any("cdn.bokeh.org/bokeh/release/bokeh-3" in script for script in scripts)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", [name for name in NAMES if name != FAST])
def test_a_notebook_runs_from_top_to_bottom(lab, name):
    told = executed(name)
    assert len(outputs(told, "text/html")) >= 3
