"""Data moves cube -> analysis -> pipelines -> dashboard and never back."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "cube": set(),
    "analysis": {"cube.contract"},
    "pipelines": {"cube", "analysis"},
    "dashboard": {"cube", "analysis", "pipelines"},
    "benchmarks": {"cube", "analysis", "pipelines", "dashboard"},
}
OURS = set(MAY_IMPORT)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


@cache
def imports(path: Path) -> list[tuple[str, ast.AST]]:
    """Absolute names imported by a module, `from a import b` as a.b and a."""
    found: list[tuple[str, ast.AST]] = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = node.module or ""
            if node.level:
                parents = path.relative_to(ROOT).parts[: -node.level]
                package = ".".join((*parents, *([package] if package else [])))
            found += [(f"{package}.{alias.name}", node) for alias in node.names]
    return found


def allowed(importer: str, name: str) -> bool:
    room = name.split(".")[0]
    if room not in OURS or room == importer:
        return True
    return any(name == door or name.startswith(door + ".") for door in MAY_IMPORT[importer])


def modules() -> list[Path]:
    return sorted(p for room in OURS for p in (ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_its_left(path: Path):
    room = path.relative_to(ROOT).parts[0]
    wrong = [name for name, _ in imports(path) if not allowed(room, name)]
    assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}: the arrow points back"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_import_of_ours_hides_inside_a_function(path: Path):
    top = set()
    for node in tree_of(path).body:
        top |= set(ast.walk(node)) if isinstance(node, ast.If | ast.Try) else {node}
    hidden = [n for n, node in imports(path) if n.split(".")[0] in OURS and node.lineno not in
              {t.lineno for t in top if hasattr(t, "lineno")}]  # fmt: skip
    assert not hidden, f"{path.relative_to(ROOT)} imports {hidden} inside a function"


def test_the_check_itself_sees_a_forbidden_arrow():
    assert not allowed("cube", "analysis.indices")
    assert not allowed("analysis", "cube.store")
    assert not allowed("pipelines", "dashboard.app")
    assert allowed("analysis", "cube.contract")
    assert allowed("analysis", "cube.contract.CubeError")


def test_kernels_know_numba_and_numpy_and_nothing_else():
    for path in (ROOT / "analysis" / "kernels").rglob("*.py"):
        outside = {name.split(".")[0] for name, _ in imports(path)} - {
            "__future__", "numba", "numpy", "analysis", "math", "typing"}  # fmt: skip
        assert not outside, f"{path.name} imports {outside}"
