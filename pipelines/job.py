"""What every step of a run shares: its configuration, record, console and Dask client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Client
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from cube.store.lock import is_local
from pipelines.cluster import cluster_spec, connected
from pipelines.config import RunConfig
from pipelines.progress import ProgressFile
from pipelines.run_record import RunRecord
from pipelines.tasks import Failed
from pipelines.wording import counted


@dataclass
class Failure:
    """A mine that a step could not finish, and why."""

    mine_id: str
    step: str
    reason: str
    trace: str = ""


@dataclass
class Job:
    """One run under way. The cluster starts when a step first asks for `client`."""

    config: RunConfig
    record: RunRecord
    console: Console
    failures: list[Failure] = field(default_factory=list)
    worked: list[str] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)
    _client: Client | None = None
    _told: ProgressFile = field(init=False)

    def __post_init__(self) -> None:
        self._told = ProgressFile(self.output)

    @property
    def output(self) -> Path:
        """The run's folder."""
        return self.record.output

    @property
    def repository(self) -> str:
        """Where the cube and the results lie, as any worker finds it whatever folder it is in."""
        told = self.config.cube or str(self.output / "cube")
        return str(Path(told).absolute()) if is_local(told) else told

    @property
    def simulated(self) -> bool:
        """Whether the run reads the archive it made itself."""
        return Path(self.config.mines).parent == self.output / "archive"

    @property
    def client(self) -> Client:
        """The Dask client of the configured cluster."""
        if self._client is None:
            self._client = self._stack.enter_context(connected(cluster_spec(self._cluster)))
            if not self._client.nthreads():
                self.console.print("  waiting for the first worker of the cluster")
                asked = self._client.submit(
                    int, pure=False
                )  # a cluster that adapts wants work first
                self._client.wait_for_workers(1)
                asked.release()
            threads = sum(self._client.nthreads().values())
            workers = counted(len(self._client.nthreads()), "worker")
            self.console.print(f"  on {workers}, {counted(threads, 'thread')}")
        return self._client

    @property
    def _cluster(self) -> str | None:
        return self.config.cluster or None

    def thread_memory(self) -> dict[str, int]:
        """Bytes each worker may use per thread, by address; 0 = unlimited."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        return {
            address: int(worker["memory_limit"] or 0) // max(int(worker["nthreads"]), 1)
            for address, worker in workers.items()
        }

    def close(self) -> None:
        """Close the client and what this run started."""
        self._client = None
        self._stack.close()

    def fail(self, mine_id: str, step: str, failed: Failed) -> None:
        """Remember a mine that failed, once per step; the others go on."""
        if any(known.mine_id == mine_id and known.step == step for known in self.failures):
            return
        self.failures.append(Failure(mine_id, step, failed.reason, failed.trace))

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Any]:
        """A bar with an honest total; yields a function that advances it."""
        self._told.begin_bar(what, total)
        with progress_bar(self.console, what, total) as bar:

            def advance(steps: int = 1) -> None:
                bar(steps)
                self._told.advance(steps)

            yield advance

    @contextmanager
    def step(self, name: str, key: str) -> Iterator[StepNotes]:
        """Time a step and record it as done under `key` when its block ends without error.

        A step in which mines failed is recorded under another key, so that a rerun repeats it.
        """
        notes = StepNotes()
        self._told.begin_step(name)
        started = time.perf_counter()
        yield notes
        seconds = time.perf_counter() - started
        failed = [failure.mine_id for failure in self.failures if failure.step == name]
        key = f"{key} without {', '.join(failed)}" if failed else key
        self.record.finish(name, key, seconds, notes.files, **notes.facts)
        self.worked.append(name)
        self._say(name, notes.said, f"{seconds:.1f} s")

    def skip(self, name: str, why: str = "nothing to do") -> None:
        """Say that a step has nothing to do."""
        self._say(name, "", why)

    def _say(self, step: str, said: str, aside: str) -> None:
        line = (f"{step:8}", "bold"), f"  {said}  " if said else "  ", (aside, "dim")
        self.console.print(Text.assemble(*line))
        self._told.end_step(step, said, aside, len(self.failures))


@contextmanager
def progress_bar(console: Console, what: str, total: int | None) -> Iterator[Any]:
    """A bar where somebody watches; yields a function that advances it by `steps` (of `total`)."""
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    silent = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=silent) as bars:
        task = bars.add_task(what, total=total)

        def advance(steps: int = 1, total: int | None = total) -> None:
            bars.update(task, advance=steps, total=total)

        yield advance


@dataclass
class StepNotes:
    """What a step leaves behind: files, facts for run.json, and a sentence for the console."""

    files: list[Path] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    said: str = ""
