"""deploy/: the DaskCluster resource against the operator's own schema, and the image's recipe."""

from __future__ import annotations

import json
import re
from importlib.metadata import entry_points
from pathlib import Path

import dask_kubernetes
import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement

from cube.contract import CubeError
from pipelines.kubernetes import dask_autoscaler, dask_cluster, main

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RECIPE = (DEPLOY / "Dockerfile").read_text()
DEFINITIONS = Path(dask_kubernetes.__file__).parent / (
    "operator/deployment/helm/dask-kubernetes-operator/crds"
)


def schema(kind: str) -> dict:
    """The operator's openAPI schema of a kind, unknown fields refused as kubectl refuses them."""
    definition = yaml.safe_load((DEFINITIONS / f"{kind.lower()}.yaml").read_text())
    assert definition["spec"]["names"]["kind"] == kind
    return closed(
        definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    )


def closed(part):
    if isinstance(part, list):
        return [closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    part = {key: closed(value) for key, value in part.items()}
    if "properties" in part and not part.get("x-kubernetes-preserve-unknown-fields"):
        part.setdefault("additionalProperties", False)
    if part.get("x-kubernetes-int-or-string"):
        part.pop("type", None)
    return part


def test_the_cluster_is_what_the_operator_takes():
    spec = dask_cluster("ghcr.io/example/minecube:0.1.0", workers=16, memory="2Gi")["spec"]
    jsonschema.validate(spec, schema("DaskCluster"))
    worker = spec["worker"]["spec"]["containers"][0]
    assert spec["worker"]["replicas"] == 16
    assert worker["args"][:6] == ["dask", "worker", "--nthreads", "1", "--memory-limit", "auto"]
    assert worker["resources"]["limits"] == {"cpu": "1", "memory": "2Gi"}
    assert worker["envFrom"][0]["secretRef"]["name"] == "minecube-object-store"


def test_the_schema_refuses_what_the_operator_would_not_know():
    spec = dask_cluster("image", workers=1, memory="2Gi")["spec"]
    spec["worker"]["spec"]["containers"][0]["memory"] = "2Gi"
    with pytest.raises(jsonschema.ValidationError, match="memory"):
        jsonschema.validate(spec, schema("DaskCluster"))


def test_the_autoscaler_is_what_the_operator_takes():
    jsonschema.validate(dask_autoscaler(0, 16)["spec"], schema("DaskAutoscaler"))
    with pytest.raises(CubeError, match="workers from 4 to 2: expected 0 <= minimum <= maximum"):
        dask_autoscaler(4, 2)


@pytest.mark.parametrize("name", ["daskcluster.yaml", "daskautoscaler.yaml"])
def test_a_file_in_deploy_is_one_resource_as_its_own_command_prints_it(name, capsys):
    text = (DEPLOY / name).read_text()
    command = re.match(r"# python -m pipelines\.kubernetes (.*)\n", text)
    assert main(command[1].split()) == 0
    assert yaml.safe_load(text) == yaml.safe_load(capsys.readouterr().out)


def test_scheduler_and_workers_are_started_by_commands_that_this_dask_has():
    spec = yaml.safe_load((DEPLOY / "daskcluster.yaml").read_text())["spec"]
    known = {found.name for found in entry_points(group="dask_cli")}
    for role, command in (("scheduler", "scheduler"), ("worker", "worker")):
        program, said, *_ = spec[role]["spec"]["containers"][0]["args"]
        assert (program, said) == ("dask", command)
        assert said in known


def test_an_adapting_cluster_in_cluster_yaml_takes_the_file_in_deploy():
    text = (ROOT / "cluster.yaml").read_text()
    (named,) = re.findall(r"custom_cluster_spec: (\S+)", text)
    assert yaml.safe_load((ROOT / named).read_text())["kind"] == "DaskCluster"


def test_neither_image_nor_numbers_is_refused(capsys):
    with pytest.raises(SystemExit):
        main([])
    assert "give --image" in capsys.readouterr().err


def copied() -> list[str]:
    """What the image's recipe takes from the project."""
    lines = [line.split() for line in RECIPE.splitlines() if re.match(r"COPY [^-]", line)]
    return [name for _, *names, _ in lines for name in names]


def test_the_image_is_built_from_files_that_there_are():
    assert copied()
    assert [name for name in copied() if not (ROOT / name).exists()] == []


def test_the_builder_is_sent_what_the_recipe_copies_and_nothing_else():
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert kept[0] == "*"
    assert sorted(name.removeprefix("!") for name in kept if name.startswith("!")) == sorted(
        copied()
    )


def test_the_image_runs_as_nobody_in_particular_and_says_every_instruction_docker_knows():
    joined = re.sub(r"\\\n", " ", RECIPE)
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    known = {"FROM", "COPY", "RUN", "WORKDIR", "ENV", "USER", "EXPOSE", "CMD"}
    assert {line.split()[0] for line in lines} <= known
    first, *_, last = lines
    assert first.startswith("FROM")
    assert isinstance(json.loads(last.removeprefix("CMD")), list)
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM")]
    users = [line.split()[1] for line in lines[stages[-1] :] if line.startswith("USER")]
    assert users
    assert users[-1] != "root"


def test_what_the_recipe_compiles_the_kernels_with_runs():
    (told,) = re.findall(r"^RUN (\[.*\])$", RECIPE, re.M)
    python, option, code = json.loads(told)
    assert (python, option) == ("python", "-c")
    exec(code, {})


def test_the_image_holds_the_versions_that_are_tested():
    pinned = re.compile(r"^([\w.-]+)==(\S+)", re.M)
    image = dict(pinned.findall((DEPLOY / "requirements.lock").read_text()))
    tested = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if found := re.match(r"([\w.-]+)==\S+[^\\]*", line):
            need = Requirement(found[0].strip())
            if need.marker is None or need.marker.evaluate({"python_full_version": "3.11.9"}):
                tested[need.name] = str(need.specifier).removeprefix("==")
    assert {name: tested.get(name) for name in image} == image
