"""Clusters started by hand, as on machines of one's own: a scheduler, workers that come and go."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import psutil

from tests.pipelines.processes import heard, started


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    """`dask scheduler`, started by hand: its process and its address."""
    file = folder / "scheduler.json"
    told = ["--host=127.0.0.1", "--port=0", "--no-dashboard", f"--scheduler-file={file}"]
    with started("-m", "dask", "scheduler", *told, folder=folder) as process:
        address = None
        for line in process.stdout:
            if "Scheduler at:" in line:
                address = line.split()[-1]
                break
        assert address
        heard(process)
        yield psutil.Process(process.pid), address


@contextmanager
def worker(
    address: str, folder: Path, *more: str, within: Sequence[str] = ()
) -> Iterator[psutil.Process]:
    """`dask worker` of one thread, started by hand in a folder of its own, without a nanny."""
    folder.mkdir()
    told = ["--nthreads=1", "--no-nanny", "--no-dashboard", f"--local-directory={folder}", *more]
    command = ("-m", "dask", "worker", address, *told)
    with started(*command, folder=folder, within=within) as process:
        for line in process.stdout:
            if "Registered to" in line:
                break
        heard(process)
        yield psutil.Process(process.pid)


@contextmanager
def fleet(address: str, folder: Path, size: int) -> Iterator[Callable[[], None]]:
    """So many workers; yields what kills the one that has lived longest and starts another."""
    with ExitStack() as stack:
        numbers = count()

        def another() -> psutil.Process:
            return stack.enter_context(worker(address, folder / f"worker-{next(numbers)}"))

        living = deque(another() for _ in range(size))

        def lose_one() -> None:
            living.popleft().kill()
            living.append(another())

        yield lose_one
