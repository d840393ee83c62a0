"""Settings in, every detector's results on every site out: two sites at a time, resumable."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from threading import Thread

from cube.contract import CubeError
from cube.simulate.stress import Stress
from pipelines.evaluate.run import NAMES, OURS, Result, results
from pipelines.evaluate.settings import EvaluationSettings
from pipelines.evaluate.sites import Task
from pipelines.evaluate.variants import variants_in

TWIN = "twin"
"""Name of the world in which nobody digs, beside the stresses."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""A site has one core: detectors are timed side by side, and none may take two."""


@dataclass(frozen=True)
class Evaluation:
    """Results by world (a stress or TWIN), detector and seed."""

    settings: EvaluationSettings
    found: dict[str, dict[str, dict[int, Result]]] = field(repr=False)

    def of(self, world: str, name: str) -> list[Result]:
        """Results of one detector in one world, in the order of the seeds."""
        held = self.found.get(world, {}).get(name, {})
        return [held[seed] for seed in self.settings.seeds if seed in held]


def evaluation(
    settings: EvaluationSettings,
    folder: Path,
    progress: Callable[[int, int, str], None] | None = None,
) -> Evaluation:
    """Run what was not run before.

    Parameters
    ----------
    folder : where results of single sites are kept
    progress : called with (done, of how many, what was done last), in the calling thread

    Raises
    ------
    CubeError
        If a detector is not known.
    """
    names = named(settings.detectors)
    plan = planned(settings, names)
    found: dict[str, dict[str, dict[int, Result]]] = defaultdict(lambda: defaultdict(dict))
    total = sum(len(wanted) for _, wanted in plan)
    done = 0
    spawned = get_context("spawn")
    with (
        _one_thread(),
        ProcessPoolExecutor(settings.workers, spawned, _ends_with_its_parent) as pool,
    ):
        jobs = {
            pool.submit(results, task, wanted, settings.site, folder): task for task, wanted in plan
        }
        try:
            for job in as_completed(jobs):
                task = jobs[job]
                world = TWIN if task.twin else str(task.stress)
                for name, result in job.result().items():
                    found[world][name][task.seed] = result
                    done += 1
                if progress:
                    progress(done, total, task.name)
        except BrokenProcessPool as error:
            raise CubeError(
                "a worker ended without a word, most likely for want of memory; the same command "
                "with --workers 1 goes on from here."
            ) from error
        except BaseException:  # an interrupt, a failure: what is done is kept, the rest is left
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in active_children():
                worker.terminate()
            raise
    return Evaluation(settings, {world: dict(by) for world, by in found.items()})


def named(wanted: Iterable[str]) -> tuple[str, ...]:
    """Names of detectors, each once, in the order of NAMES; all if none is wanted.

    `ours` and `peers` stand for all of either.
    """
    groups = {"ours": OURS, "peers": tuple(name for name in NAMES if name not in OURS)}
    asked = [name for word in wanted for name in groups.get(word, (word,))]
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        raise CubeError(
            f"no detector is called {unknown[0]!r}; known are ours, peers, {', '.join(NAMES)}."
        )
    return tuple(name for name in NAMES if not asked or name in asked)


def planned(
    settings: EvaluationSettings, names: tuple[str, ...]
) -> list[tuple[Task, tuple[str, ...]]]:
    """Every site to run and with what: the longest first.

    The core comes with its variants.
    """

    def asked(stress: Stress) -> tuple[str, ...]:
        told = names
        if stress != Stress.NONE:
            told = tuple(name for name in names if name in settings.stressed_detectors)
        return (*told, *(variants_in(stress) if "confirmation" in told else ()))

    plain = [stress for stress in settings.stresses if stress == Stress.NONE]
    hard = [stress for stress in settings.stresses if stress != Stress.NONE and asked(stress)]
    return [
        *((Task(seed), asked(Stress.NONE)) for _ in plain for seed in settings.seeds),
        *((Task(seed, twin=True), names) for seed in settings.seeds[: settings.twins]),
        *((Task(seed, stress), asked(stress)) for stress in hard for seed in settings.seeds),
    ]


def _ends_with_its_parent() -> None:
    """In a worker: end when the process that started it is gone, killed perhaps."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()


@contextmanager
def _one_thread():
    """Environment for the processes started within; ours is given back."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
