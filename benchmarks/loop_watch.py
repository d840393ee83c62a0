"""A server under watch: how long its event loop stood still, and what it was doing meanwhile.

`python -m benchmarks.loop_watch KEPT.json ARGUMENTS...` serves as `python -m dashboard` does with
these arguments, and keeps the stalls of the loop when it is told to stop (SIGTERM).
"""

from __future__ import annotations

import json
import runpy
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType

from tornado.ioloop import IOLoop, PeriodicCallback

TICK_MS = 10.0

LOOK_S = 0.02
"""How often the watching thread looks whether the loop still ticks."""

OVERDUE_S = 0.1
"""A tick later than this has its stack looked at: what keeps the loop is on it."""


class LoopWatch:
    """Ticks on the event loop of the calling thread; another thread looks when it is late."""

    def __init__(self) -> None:
        self.stalls: list[tuple[float, float, float]] = []
        self.blamed: Counter[str] = Counter()
        self._thread = threading.get_ident()
        self._last, self._used = time.perf_counter(), 0.0

    def begin(self) -> None:
        self._last, self._used = time.perf_counter(), time.thread_time()
        PeriodicCallback(self._tick, TICK_MS).start()
        threading.Thread(target=self._look, daemon=True).start()

    def _tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        late_ms = (now - self._last) * 1e3 - TICK_MS
        if late_ms > TICK_MS:
            self.stalls.append((time.time(), late_ms, (used - self._used) * 1e3))
        self._last, self._used = now, used

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_S)
            if time.perf_counter() - self._last > OVERDUE_S:
                frame = sys._current_frames().get(self._thread)
                if frame is not None:
                    self.blamed[_blamed(frame)] += 1

    def record(self) -> dict[str, object]:
        """Stalls as (unix time, ms late, ms of computing in them), and who was found at it.

        On a machine that others use too, the loop is late without having computed.
        """
        return {"stalls": self.stalls, "blamed": self.blamed.most_common(40)}


def _blamed(frame: FrameType) -> str:
    """The calls on a stack, outermost first: the last of our own, and the very last."""
    root = str(Path(__file__).parents[1])
    stack = traceback.extract_stack(frame)
    own = [
        f"{Path(f.filename).relative_to(root)}:{f.lineno} {f.name}"
        for f in stack
        if f.filename.startswith(root) and "/.venv/" not in f.filename
    ]
    last = stack[-1]
    inner = f"{'/'.join(Path(last.filename).parts[-3:])}:{last.lineno} {last.name}"
    return " > ".join([*own[-3:], inner])


def main() -> None:
    """Serve, watched."""
    kept, *arguments = sys.argv[1:]
    watch = LoopWatch()
    IOLoop.current().add_callback(watch.begin)
    sys.argv = ["dashboard", *arguments]
    try:
        runpy.run_module("dashboard", run_name="__main__")
    finally:
        Path(kept).write_text(json.dumps(watch.record()))


if __name__ == "__main__":
    main()
