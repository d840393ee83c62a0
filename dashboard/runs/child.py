"""The process of one run ordered from the web: `python -m dashboard.runs.child FOLDER`.

It holds the output's run lock for as long as it lives, says which process it is, and how it ended.
The server may die meanwhile; a run that is killed leaves no word, and is taken for lost.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from dashboard.runs.folder import ENDED, LOCK, ORDER, PROCESS, now, write
from dashboard.runs.orders import MODULES


def main(folder: Path) -> int:
    """Do what the folder's order says; the exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    order = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    lock = FileLock(folder.parent / LOCK, timeout=0) if order["exclusive"] else nullcontext()
    try:
        with lock:
            write(folder / PROCESS, {"pid": os.getpid(), "started": psutil.Process().create_time()})
            code = _code(order)
    except Timeout:
        print("error: another run is under way over this output.", file=sys.stderr)
        code = 2
    told = {"code": code, "when": now(), "seconds": round(time.monotonic() - began, 1)}
    write(folder / ENDED, told)
    return code


def _code(order: dict[str, Any]) -> int:
    """Run the module as its command would."""
    if order["module"] not in MODULES:
        print(f"error: {order['module']} is nothing to run from the web.", file=sys.stderr)
        return 2
    try:
        code = importlib.import_module(order["module"]).main(order["arguments"])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except BaseException:  # said in the log; how it ended must be said in any case
        with suppress(Exception):
            sys.excepthook(*sys.exc_info())
        return 1
    return int(code or 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
