"""cluster.yaml: every example in the project's own file, the allow-list, and a real client."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from cube.contract import CubeError
from pipelines.cluster import ALLOWED, LOCAL_MEMORY, ClusterSpec, cluster_spec, connected
from tests.pipelines.processes import PATIENCE_S

ROOT = Path(__file__).parents[2]


def examples() -> list[str]:
    """The active spec of cluster.yaml and each commented one, uncommented."""
    active, *commented = re.split(r"^# --- .*$", (ROOT / "cluster.yaml").read_text(), flags=re.M)
    return [active, *(re.sub(r"^# ?", "", block, flags=re.M) for block in commented)]


def test_every_example_in_cluster_yaml_is_a_spec_on_the_allow_list(tmp_path):
    found = set()
    for text in examples():
        path = tmp_path / "cluster.yaml"
        path.write_text(text)
        spec = cluster_spec(path)
        found.add((spec.module, spec.class_name))
    assert found == set(ALLOWED)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("module: os\nclass: system\nargs: ['true']", "os.system is not on the allow-list"),
        ("module: dask.distributed\nclass: LocalCluster\nworkers: 2", "unknown key 'workers'"),
        ("version: 2\nmodule: dask.distributed\nclass: LocalCluster", "version 2"),
        ("- 1", "is not a cluster spec"),
        ("a: [", "is not YAML"),
        ("module: !!python/object/apply:os.system ['true']\nclass: x", "is not YAML"),
    ],
)
def test_a_bad_cluster_file_is_refused(tmp_path, text, message):
    path = tmp_path / "cluster.yaml"
    path.write_text(text)
    with pytest.raises(CubeError, match=re.escape(message)):
        cluster_spec(path)


def test_a_missing_file_is_named():
    with pytest.raises(CubeError, match=r"no cluster file at nowhere\.yaml"):
        cluster_spec("nowhere.yaml")


def test_an_address_is_an_existing_scheduler():
    spec = cluster_spec("tcp://127.0.0.1:8786")
    assert (spec.class_name, spec.args) == ("Client", ("tcp://127.0.0.1:8786",))


def test_no_scheduler_at_the_address_is_said():
    spec = cluster_spec("tcp://127.0.0.1:1")
    spec.kwargs["timeout"] = "1s"
    with pytest.raises(CubeError, match="did not start"), connected(spec):
        pass


def test_a_missing_package_is_named():
    with (
        pytest.raises(CubeError, match="pip install dask-gateway"),
        connected(ClusterSpec("dask_gateway", "GatewayCluster")),
    ):
        pass


def test_threads_is_one_process_that_computes():
    with connected(cluster_spec("threads")) as client:
        assert client.submit(sum, [1, 2, 3]).result() == 6


def test_the_projects_own_cluster_starts():
    found = yaml.safe_load((ROOT / "cluster.yaml").read_text())
    assert found["class"] == "LocalCluster"
    with connected(cluster_spec(ROOT / "cluster.yaml")) as client:
        assert client.submit(sum, [1, 2, 3]).result() == 6
        kept = client.submit(os.getenv, "MALLOC_TRIM_THRESHOLD_").result()
    assert kept == "67108864", "workers keep memory for their next chunk, and do not ask anew"
    image = (ROOT / "deploy" / "Dockerfile").read_text()
    for key, value in LOCAL_MEMORY.items():
        assert f"{key.rpartition('.')[2]}={value}" in image


def test_a_cluster_follows_its_work_between_two_numbers_of_workers(tmp_path):
    path = tmp_path / "cluster.yaml"
    path.write_text(
        "module: dask.distributed\nclass: LocalCluster\n"
        "kwargs: {n_workers: 0, threads_per_worker: 1, processes: false, dashboard_address: ':0'}\n"
        "scale: {minimum: 0, maximum: 2}\n"
    )
    with connected(cluster_spec(path)) as client:
        assert not client.scheduler_info()["workers"]
        assert client.submit(sum, [1, 2, 3]).result(timeout=PATIENCE_S) == 6
        assert len(client.scheduler_info()["workers"]) in (1, 2)


@pytest.mark.parametrize("scale", ["{minimum: 4, maximum: 2}", "{maximum: 2}", "two"])
def test_a_scale_that_is_no_number_of_workers_is_refused(tmp_path, scale):
    path = tmp_path / "cluster.yaml"
    path.write_text(f"module: dask.distributed\nclass: LocalCluster\nscale: {scale}\n")
    with pytest.raises(CubeError, match=r"scale is .*, expected a number of workers"):
        cluster_spec(path)
