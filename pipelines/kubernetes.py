"""Where the workers run, as Kubernetes resources: `python -m pipelines.kubernetes --image ...`.

Prints a DaskCluster for the Dask operator or, with `--adapt MIN MAX`, the DaskAutoscaler of one: a
file each, since KubeCluster's `custom_cluster_spec` reads one resource. They are dask-kubernetes'
own; ours are one thread and one memory limit per worker, as the kernels want, the commands that
today's Dask has, and credentials that come from a Kubernetes secret and are never written here.
`kubectl apply -f` starts it; `cluster.yaml` then names the scheduler's address.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import yaml

from cube.contract import CubeError

CREDENTIALS = "minecube-object-store"
"""The secret whose keys (AWS_ACCESS_KEY_ID, ...) become the workers' environment."""

SCHEDULER = ["dask", "scheduler", "--host", "0.0.0.0"]
"""make_cluster_spec of 2026.3 says `dask-scheduler`, which distributed no longer installs."""


def dask_cluster(image: str, workers: int, memory: str, name: str = "minecube") -> dict[str, Any]:
    """A `kubernetes.dask.org/v1` DaskCluster of single-threaded workers.

    Parameters
    ----------
    memory
        Of each worker and of the scheduler, as Kubernetes writes it ("2Gi"); requested and limited,
        so that a worker never shares what it counts on.

    Raises
    ------
    CubeError
        If dask-kubernetes is not installed.

    Source: https://kubernetes.dask.org/en/latest/operator_resources.html
    """
    try:
        from dask_kubernetes.operator import make_cluster_spec
    except ImportError as error:
        raise CubeError(
            "Kubernetes resources need the package dask-kubernetes: pip install dask-kubernetes."
        ) from error
    share = {"cpu": "1", "memory": memory}
    spec = make_cluster_spec(
        name=name,
        image=image,
        n_workers=workers,
        worker_command=["dask", "worker", "--nthreads", "1", "--memory-limit", "auto"],
    )
    spec["spec"]["scheduler"]["spec"]["containers"][0]["args"] = list(SCHEDULER)
    for role in ("scheduler", "worker"):
        for container in spec["spec"][role]["spec"]["containers"]:
            container["envFrom"] = [{"secretRef": {"name": CREDENTIALS, "optional": True}}]
            if not container.get("env"):
                container.pop("env", None)
            container["resources"] = {"requests": dict(share), "limits": dict(share)}
    return spec


def dask_autoscaler(minimum: int, maximum: int, name: str = "minecube") -> dict[str, Any]:
    """A DaskAutoscaler that keeps the cluster `name` between two numbers of workers.

    Raises
    ------
    CubeError
        If the numbers are not 0 <= minimum <= maximum.
    """
    if not 0 <= minimum <= maximum:
        raise CubeError(
            f"workers from {minimum} to {maximum}: expected 0 <= minimum <= maximum, "
            "for example --adapt 0 16."
        )
    return {
        "apiVersion": "kubernetes.dask.org/v1",
        "kind": "DaskAutoscaler",
        "metadata": {"name": name},
        "spec": {"cluster": name, "minimum": minimum, "maximum": maximum},
    }


class _Plain(yaml.SafeDumper):
    """YAML without anchors: kubectl reads them, people should not have to."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def resource_text(resource: dict[str, Any]) -> str:
    """The resource as YAML."""
    return yaml.dump(resource, Dumper=_Plain, sort_keys=False)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="pipelines.kubernetes", description=__doc__)
    parser.add_argument("--image", help="built from deploy/Dockerfile")
    parser.add_argument("--workers", type=int, default=16, help="single-threaded workers")
    parser.add_argument("--memory", default="2Gi", help="of each worker")
    parser.add_argument("--name", default="minecube")
    parser.add_argument(
        "--adapt", nargs=2, type=int, metavar=("MIN", "MAX"), help="the autoscaler, nothing else"
    )
    given = parser.parse_args(arguments)
    if not given.image and not given.adapt:
        parser.error("give --image, the address of what deploy/Dockerfile built, or --adapt")
    try:
        if given.adapt:
            minimum, maximum = given.adapt
            made = dask_autoscaler(minimum, maximum, given.name)
        else:
            made = dask_cluster(given.image, given.workers, given.memory, given.name)
    except CubeError as error:
        print(error, file=sys.stderr)
        return 2
    print(resource_text(made), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
