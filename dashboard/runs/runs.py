"""`OUTPUT/runs/`: runs that were ordered from the web, one folder each; one at a time."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from cube.contract import CubeError
from dashboard.runs.folder import ENDED, LOCK, LOG, ORDER, PROCESS, RUNS, STOP, now, read, write
from dashboard.runs.orders import Order
from pipelines.progress import read_progress

STARTING, RUNNING, STOPPING = "starting", "running", "stopping"
DONE, SOME_FAILED, REFUSED = "done", "done, some mines failed", "refused"
STOPPED, FAILED, LOST = "stopped", "failed", "lost"

START_S = 120.0
"""How long a process may take to say that it is there [s]: Python starts, on a busy machine."""

TAIL = 65_536
"""Bytes of a log that are shown."""


class Busy(CubeError):
    """Another run is under way."""


@dataclass(frozen=True)
class Run:
    """One run that was ordered.

    id : folder's name, in the order of time
    kind, title, who, when : of the order
    state : one of the above
    ended, seconds : when, and how long it took; "" and nan while it runs
    said : what it said last, where it did not end well
    """

    id: str
    kind: str
    title: str
    who: str
    when: str
    state: str
    ended: str = ""
    seconds: float = float("nan")
    said: str = ""

    @property
    def lives(self) -> bool:
        return self.state in (STARTING, RUNNING, STOPPING)


class Runs:
    """The runs of one output."""

    def __init__(self, output: Path) -> None:
        self.output = output.absolute()
        self.folder = self.output / RUNS
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, order: Order, who: str) -> Run:
        """Start a run as a process of its own.

        Raises
        ------
        Busy
            If one is under way: who started what, and when.
        CubeError
            If it did not start.
        """
        self.folder.mkdir(exist_ok=True)
        try:
            with FileLock(self.folder / "start.lock", timeout=2 * START_S):
                if order.exclusive:
                    self._refuse_second()
                return self._started(order, who)
        except Timeout:
            raise Busy("another run is just being started. Look again in a moment.") from None

    def live(self) -> Run | None:
        """The run that is under way over this output, if one was ordered here."""
        for run in self.recent():
            if run.lives and run.kind != "preview":
                return run
        return None

    def recent(self, most: int = 50) -> list[Run]:
        """The newest runs, newest first."""
        names = [p.parent.name for p in self.folder.glob(f"*/{ORDER}")]
        return [self.get(name) for name in sorted(names, reverse=True)[:most]]

    def get(self, id_: str) -> Run:
        """A run by its id.

        Raises
        ------
        CubeError
            If there is none.
        """
        folder = self._folder_of(id_)
        order = read(folder / ORDER)
        if order is None:
            raise CubeError(f"there is no run {id_[:40]!r}.")
        kind, title, who, when = (
            str(order.get(name, "")) for name in ("kind", "title", "who", "when")
        )
        run = Run(id_, kind, title, who, when, LOST)
        ended = read(folder / ENDED)
        if ended is None and self._process(id_) is not None:
            return replace(run, state=STOPPING if (folder / STOP).exists() else RUNNING)
        ended = ended or read(folder / ENDED)  # it may have ended between the two looks
        if ended is None and self._starting(id_, when):
            return replace(run, state=STARTING)
        if ended is None:
            return replace(run, said="Its process was killed. Start it again: it goes on.")
        self._reap(id_)
        state = _STATES.get(ended["code"], FAILED)
        said = self._last_words(id_) if state in (REFUSED, FAILED) else ""
        return replace(run, state=state, ended=ended["when"], seconds=ended["seconds"], said=said)

    def progress(self, id_: str) -> dict[str, Any] | None:
        """How far a run is, as its main job says."""
        process = read(self._folder_of(id_) / PROCESS)
        order = read(self._folder_of(id_) / ORDER) or {}
        told = read_progress(Path(order.get("output") or self.output))
        return told if told and process and told["pid"] == process["pid"] else None

    def log(self, id_: str) -> str:
        """The end of what a run printed."""
        path = self._folder_of(id_) / LOG
        try:
            with path.open("rb") as stream:
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - TAIL))
                text = stream.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return _CONTROL.sub("", text)

    def stop(self, id_: str, who: str, at_once: bool = False) -> None:
        """Ask a run to stop, as Ctrl-C does; or kill it and all its workers.

        What was committed stays either way: the same run goes on when it is started again.

        Raises
        ------
        CubeError
            If it does not run any more.
        """
        process = self._process(id_)
        if process is None:
            raise CubeError(f"that run is not under way any more: {self.get(id_).state}.")
        write(self._folder_of(id_) / STOP, {"who": who, "when": now(), "at_once": at_once})
        with suppress(ProcessLookupError):
            if at_once:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                os.kill(process.pid, signal.SIGINT)

    def text(self, id_: str, name: str) -> str | None:
        """A file that a run left in its own folder; None where it left none."""
        try:
            return (self._folder_of(id_) / name).read_text(encoding="utf-8")
        except OSError:
            return None

    def _refuse_second(self) -> None:
        live = self.live()
        if live is not None:
            raise Busy(
                f"{live.who} started “{live.title}” at {live.when[:16].replace('T', ' ')} UTC, and "
                f"it is {live.state}. Let it end or stop it first."
            )
        try:
            with FileLock(self.folder / LOCK, timeout=0):
                pass
        except Timeout:
            raise Busy("another run is under way over this output.") from None

    def _started(self, order: Order, who: str) -> Run:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        id_ = f"{stamp}-{secrets.token_hex(2)}"
        folder = self.folder / id_
        folder.mkdir()
        for name, text in order.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        arguments = [part.replace("{folder}", str(folder)) for part in order.arguments]
        output = str(self.output)
        write(folder / ORDER, {
            "kind": order.kind, "title": order.title, "who": who, "when": now(),
            "module": order.module, "arguments": arguments, "exclusive": order.exclusive,
            "output": order.output or output,
        })  # fmt: skip
        with (folder / LOG).open("ab") as log, (folder / (order.answer or LOG)).open("ab") as out:
            child = subprocess.Popen(
                [sys.executable, "-u", "-m", "dashboard.runs.child", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )
        self._children[id_] = child
        until = time.monotonic() + START_S
        while time.monotonic() < until and child.poll() is None:
            if (folder / PROCESS).exists():
                return self.get(id_)
            time.sleep(0.02)
        run = self.get(id_)
        if run.state in (LOST, REFUSED, FAILED):
            raise CubeError(f"the run did not start: {run.said or self._last_words(id_)}")
        return run

    def _process(self, id_: str) -> psutil.Process | None:
        """The process of a run, if it lives: the same number and the same beginning."""
        told = read(self._folder_of(id_) / PROCESS)
        if told is None:
            return None
        with suppress(psutil.Error):
            process = psutil.Process(told["pid"])
            same = abs(process.create_time() - told["started"]) < 2
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        self._reap(id_)
        return None

    def _starting(self, id_: str, when: str) -> bool:
        """Whether a process may still say that it is there: Python imports for a while."""
        if (self._folder_of(id_) / PROCESS).exists():
            return False
        child = self._children.get(id_)
        if child is not None:
            return child.poll() is None
        with suppress(ValueError):
            age = datetime.now(UTC) - datetime.fromisoformat(when)
            return age.total_seconds() < START_S
        return False

    def _reap(self, id_: str) -> None:
        child = self._children.get(id_)
        if child is not None and child.poll() is not None:
            del self._children[id_]

    def _last_words(self, id_: str) -> str:
        """The line that says why, or the last one."""
        lines = [line.strip() for line in self.log(id_).splitlines() if line.strip()]
        errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        return (errors or lines or ["it said nothing."])[-1][:1_000]

    def _folder_of(self, id_: str) -> Path:
        if not re.fullmatch(r"[0-9a-f-]{10,40}", id_):
            raise CubeError(f"{id_[:40]!r} is no run.")
        return self.folder / id_


_STATES = {0: DONE, 3: SOME_FAILED, 2: REFUSED, 130: STOPPED}
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
