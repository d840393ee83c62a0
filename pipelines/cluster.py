"""A `cluster.yaml` or a scheduler's address in, a connected Dask client out.

The format is dask-ctl's cluster spec (`version / module / class / args / kwargs`) with one key
of ours, `scale`, for clusters that start empty: a number of workers, or `minimum` and `maximum`
between which the cluster follows its work. Only classes on the allow-list are made: the
file is configuration, never code.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask
from distributed import Client

from cube.contract import CubeError
from pipelines.interrupts import interrupts_held
from pipelines.plain_yaml import yaml_file

ALLOWED = {
    ("dask.distributed", "LocalCluster"): "distributed",
    ("dask.distributed", "Client"): "distributed",
    ("dask.distributed", "SSHCluster"): "distributed",
    ("dask_jobqueue", "SLURMCluster"): "dask-jobqueue",
    ("dask_kubernetes.operator", "KubeCluster"): "dask-kubernetes",
    ("dask_gateway", "GatewayCluster"): "dask-gateway",
}
"""(module, class) -> the distribution that brings it."""

LOCAL_PATIENCE = {
    "distributed.deploy.lost-worker-timeout": "1h",
    "distributed.scheduler.no-workers-timeout": "10m",
}
"""Of clusters on this machine. A worker that died is started again, however long that takes:
after Dask's 15 s it would be given up. When none is left at all, tasks fail instead of waiting
for ever."""

LOCAL_MEMORY = {
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**26,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**25,
}
"""Bytes that a worker's C library keeps for the next block of memory. Dask has it give back all
but 64 kB, so that every chunk is read into pages that are fresh: measured, detecting in a window
of 36 slots takes 0.53 s of processor time so, 0.35 s with these, for 90 MB more at its peak."""

LOCAL_THRIFT = {"distributed.worker.profile.enabled": False}
"""No worker's stack is looked at a hundred times a second: nobody asks for that picture here, and
what looks takes part of the one core that the worker has."""

KEYS = {"version", "name", "module", "class", "args", "kwargs", "scale"}


@dataclass(frozen=True)
class ClusterSpec:
    """What a cluster file asks for; checked at birth, started by `connected`."""

    module: str
    class_name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    scale: int | dict[str, int] | None = None

    def __post_init__(self) -> None:
        if (self.module, self.class_name) not in ALLOWED:
            allowed = ", ".join(f"{module}.{name}" for module, name in ALLOWED)
            raise CubeError(
                f"cluster class {self.module}.{self.class_name} is not on the allow-list. "
                f"Use one of: {allowed}."
            )
        if isinstance(self.scale, dict):
            low, high = self.scale.get("minimum"), self.scale.get("maximum")
            numbers = type(low) is int and type(high) is int and 0 <= low <= high
            if set(self.scale) != {"minimum", "maximum"} or not numbers or high == 0:
                raise CubeError(
                    f"scale is {self.scale!r}, expected a number of workers, or minimum and "
                    "maximum with 0 <= minimum <= maximum: scale: {minimum: 0, maximum: 16}."
                )


def cluster_spec(where: str | Path | None) -> ClusterSpec:
    """The cluster named by a YAML file, by an address (`tcp://host:8786`) or by the word `threads`.

    `threads` is one process with one worker: for debugging, and for machines where starting
    processes is not allowed. None is a LocalCluster with a worker per core.

    Raises
    ------
    CubeError
        If the file is missing, is not a cluster spec, or names a class not on the allow-list.
    """
    text = str(where) if where is not None else ""
    if where is None:
        kwargs = {"threads_per_worker": 1, "dashboard_address": ":0"}
        return ClusterSpec("dask.distributed", "LocalCluster", kwargs=kwargs)
    if text == "threads":
        kwargs = {
            "processes": False,
            "n_workers": 1,
            "threads_per_worker": 1,
            "dashboard_address": "127.0.0.1:0",
        }
        return ClusterSpec("dask.distributed", "LocalCluster", kwargs=kwargs)
    if text.startswith(("tcp://", "tls://", "ws://", "wss://")):
        return ClusterSpec("dask.distributed", "Client", args=(text,))
    return _from_file(Path(text))


def _from_file(path: Path) -> ClusterSpec:
    if not path.exists():
        raise CubeError(
            f"no cluster file at {path}. Give a YAML file like the project's cluster.yaml, "
            "a scheduler's address (tcp://host:8786), or `threads`."
        )
    found = yaml_file(path)
    if not isinstance(found, dict) or not {"module", "class"} <= set(found):
        raise CubeError(f"{path} is not a cluster spec: it needs the keys version, module, class.")
    if unknown := sorted(set(found) - KEYS):
        raise CubeError(f"{path}: unknown key {unknown[0]!r}; known are {', '.join(sorted(KEYS))}.")
    if found.get("version", 1) != 1:
        raise CubeError(f"{path}: version {found['version']!r} of the cluster spec; expected 1.")
    for key, kind, said in (("args", list, "a list"), ("kwargs", dict, "keys and values"),
                            ("scale", int | dict, "a number of workers")):  # fmt: skip
        if found.get(key) is not None and not isinstance(found[key], kind):
            raise CubeError(f"{path}: {key} is {found[key]!r}, expected {said}.")
    return ClusterSpec(
        module=str(found["module"]),
        class_name=str(found["class"]),
        args=tuple(found.get("args") or ()),
        kwargs=dict(found.get("kwargs") or {}),
        scale=found.get("scale"),
    )


@contextmanager
def connected(spec: ClusterSpec) -> Iterator[Client]:
    """A client of the cluster that `spec` names; what was started here is closed on leaving.

    Raises
    ------
    CubeError
        If the package is missing, the class refuses its arguments, or no scheduler answers.
    """
    try:
        made = getattr(importlib.import_module(spec.module), spec.class_name)
    except ImportError as error:
        package = ALLOWED[spec.module, spec.class_name]
        raise CubeError(
            f"{spec.module}.{spec.class_name} needs the package {package}: pip install {package}."
        ) from error
    kwargs = dict(spec.kwargs)
    if made is Client:
        kwargs.setdefault("timeout", "20s")
    local = spec.class_name == "LocalCluster"
    with ExitStack() as stack:
        if local:
            stack.enter_context(dask.config.set(LOCAL_PATIENCE | LOCAL_MEMORY | LOCAL_THRIFT))
        try:
            with interrupts_held() if local else nullcontext():
                running = stack.enter_context(made(*spec.args, **kwargs))
        except (OSError, TimeoutError, TypeError, ValueError, RuntimeError) as error:
            raise CubeError(
                f"{spec.class_name}{spec.args or ''} did not start: {error}. "
                "Check the address and the arguments in the cluster file."
            ) from error
        if isinstance(running, Client):
            yield running
            return
        if isinstance(spec.scale, dict):
            running.adapt(**spec.scale)
        elif spec.scale is not None:
            running.scale(spec.scale)
        with Client(running) as client:
            yield client
