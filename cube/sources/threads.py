"""The threads of this process that read files: kept, since each keeps its connections.

GDAL holds a connection per thread and server. Threads made anew for every call would greet the
server, and agree on encryption, for every file: two to three round trips more.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

THREADS = 32
"""Remote files read at once: enough for round trips of 100 ms and one core (see StackstacLoader);
more than this public catalogues answer with 429."""


@lru_cache(maxsize=4)
def reading_threads(count: int) -> ThreadPoolExecutor:
    """The process's threads for so many reads at once; made when first asked for."""
    return ThreadPoolExecutor(count, thread_name_prefix="reading")


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=reading_threads.cache_clear)  # threads do not survive it
