"""Runs as a user starts them, in processes of their own: stopped with all their children."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]

PATIENCE_S = 300.0


@contextmanager
def started(
    *command: str, folder: Path = ROOT, within: Sequence[str] = ()
) -> Iterator[subprocess.Popen[str]]:
    """`python *command` in a process group of its own, which is gone when the block ends.

    within : a command that starts it, such as one that hides folders from it.
    """
    process = subprocess.Popen(
        [*_bound(), *within, sys.executable, "-u", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        kill_group(process)
        if process.stdout:
            process.stdout.close()


def _bound() -> list[str]:
    """What has a process end with the tests that started it, be they killed; Linux has it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def full_run(*arguments: str) -> tuple[int, str, float]:
    """A whole run: its exit code, all it said, and its seconds from its first word to its end."""
    with started("-m", "pipelines.full_run", *arguments) as process:
        said = first_word(process)
        begin = time.perf_counter()
        rest, _ = process.communicate(timeout=PATIENCE_S)
        return process.returncode, said + rest, time.perf_counter() - begin


def first_word(process: subprocess.Popen[str]) -> str:
    """Waits until a run is past its imports and says its first line."""
    assert process.stdout
    return process.stdout.readline()


def heard(process: subprocess.Popen[str]) -> list[str]:
    """What a process says from now on, as it says it.

    Nobody else may read: a process whose words nobody hears stands still once the pipe is full.
    """
    said: list[str] = []
    threading.Thread(target=said.extend, args=(process.stdout,), daemon=True).start()
    return said


def kill_group(process: subprocess.Popen[str]) -> None:
    """kill -9 for a process and all it started, at once; returns when they are gone."""
    for _ in range(100):
        if not (left := group(process.pid)):
            break
        for member in left:
            try:
                member.kill()
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.05)
    process.wait(timeout=PATIENCE_S)
    assert group(process.pid) == []


def group(leader: int) -> list[psutil.Process]:
    """The living processes of a group."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return members


def interrupt_group(process: subprocess.Popen[str]) -> None:
    """What Ctrl-C in a terminal does: SIGINT to every process of the group."""
    os.killpg(process.pid, signal.SIGINT)


def workers(process: subprocess.Popen[str]) -> Sequence[psutil.Process]:
    """The Dask workers that a process started, not the helpers of multiprocessing."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
