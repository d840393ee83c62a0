"""environment.yml and pyproject.toml ask for the same packages within the same bounds."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
CONDA_NAME = {"stac-geoparquet": "stac-geoparquet", "matplotlib": "matplotlib-base"}
"""conda-forge's name where it differs from PyPI's."""


def bounds(text: str) -> set[str]:
    return {part for part in re.split(r",", text.replace(" ", "")) if part}


def test_environment_yml_agrees_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    plain = [item for item in conda if isinstance(item, str)]
    found = {}
    for item in plain:
        name, rest = re.match(r"([A-Za-z0-9._-]+)\s*(.*)", item).groups()
        found[name] = bounds(rest)
    wanted = {"python": bounds(project["requires-python"])}
    for line in project["dependencies"]:
        need = Requirement(line)
        wanted[CONDA_NAME.get(need.name, need.name)] = bounds(str(need.specifier))
    assert {k: v for k, v in found.items() if k in wanted} == wanted
    assert set(found) - set(wanted) <= {"pip", "pytest", "hypothesis"}


IMPORTED_AS = {
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "odc": "odc-geo",
    "fpdf": "fpdf2",
    "fontTools": "fonttools",
}


def test_every_package_that_is_imported_is_asked_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {Requirement(line).name for line in project["dependencies"]}
    extras = {
        extra: {Requirement(line).name for line in lines}
        for extra, lines in project["optional-dependencies"].items()
    }
    # of extras, missed in words where not installed
    asked |= extras["kubernetes"] | {"jupyterlab"} | extras["earthengine"]
    for room in ("cube", "analysis", "pipelines", "dashboard"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                else:
                    continue
                tops = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)
                for top in tops - {"cube", "analysis", "pipelines", "dashboard"}:
                    found = IMPORTED_AS.get(top, top).replace("_", "-")
                    networks = "networks" in path.parts and found in extras["networks"]
                    assert found in asked or networks, f"{path}: {top}"


def test_networks_are_locked_apart_and_share_the_cores_versions():
    core, networks = (
        set(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), flags=re.MULTILINE))
        for name in ("requirements.lock", "requirements-networks.lock")
    )
    own = dict(networks - core)  # the core's lock holds some twice, for other versions of Python
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for line in project["optional-dependencies"]["networks"]:
        assert Requirement(line).name in own
    assert own["torch"] == "2.13.0+cpu"
    assert not own.keys() & dict(core).keys()
    lock = (ROOT / "requirements-networks.lock").read_text()
    assert lock.count("--hash=sha256:") >= len(networks)
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", lock)


def test_the_lock_pins_every_package_with_hashes_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^([a-z0-9._-]+)==\S+", lock, flags=re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for line in project["dependencies"] + project["optional-dependencies"]["dev"]:
        assert Requirement(line).name.lower() in pins
    assert lock.count("--hash=sha256:") >= len(pins)
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", lock)


WITHOUT_TORCH = """
import sys
from importlib.machinery import PathFinder
import pytest
found = PathFinder.find_spec
PathFinder.find_spec = lambda name, *more: None if name == "torch" else found(name, *more)
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "tests"]))
"""


@pytest.mark.slow
def test_without_torch_all_other_tests_are_collected():
    told = [sys.executable, "-c", WITHOUT_TORCH]
    done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "networks were not tested" in done.stdout
