"""deploy/: the DaskCluster resource against the operator's own schema, and the image's recipe."""

from __future__ import annotations

import re
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


def test_the_file_in_deploy_is_what_its_own_command_prints(capsys):
    text = (DEPLOY / "daskcluster.yaml").read_text()
    command = re.match(r"# python -m pipelines\.kubernetes (.*)\n", text)
    assert main(command[1].split()) == 0
    assert list(yaml.safe_load_all(text)) == list(yaml.safe_load_all(capsys.readouterr().out))


def test_the_image_is_built_from_files_that_there_are():
    recipe = (DEPLOY / "Dockerfile").read_text()
    copied = [line.split()[1:-1] for line in recipe.splitlines() if re.match(r"COPY [^-]", line)]
    missing = [name for names in copied for name in names if not (ROOT / name).exists()]
    assert copied
    assert not missing


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
