"""Work and its arguments in, results out as the cluster finishes them, failures among them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from distributed import Client, Future, KilledWorker, as_completed
from icechunk import IcechunkError

from cube.contract import CubeError
from cube.store.repository import first_line

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Failed:
    """What a task could not do, in one line, and where it happened."""

    reason: str
    trace: str = ""


def outcomes(
    client: Client, work: Callable[..., Any], told: Mapping[K, tuple[Any, ...]]
) -> Iterator[tuple[K, Any]]:
    """`work(*arguments)` for every key, with its result or `Failed`, as each is done.

    A worker that dies takes nothing with it: its tasks run again elsewhere, a task that four
    workers died at has failed (Dask's `allowed-failures`). Leaving the loop early cancels what has
    not begun.

    Raises
    ------
    CubeError
        If the scheduler is gone, and with it every task.
    """
    futures = {client.submit(guarded, work, *args, pure=False): key for key, args in told.items()}
    try:
        for future in as_completed(list(futures)):
            if future.cancelled():
                raise CubeError(
                    "the run lost the cluster: its scheduler stopped or cannot be reached. Start "
                    "it, then run the same command again: what was committed stays."
                )
            try:
                outcome = future.result()
            except Exception as error:
                outcome = _failed(error)
            yield futures[future], outcome
            future.release()
    finally:
        client.cancel(list(futures))


def shared(client: Client, *things: Any) -> list[Future]:
    """Things that many tasks need, sent once, as futures to hand to `outcomes`.

    Not `client.scatter`: what was scattered is lost with the worker that holds it, these are
    made again.
    """
    return [client.submit(_itself, thing, pure=False) for thing in things]


def _itself(thing: Any) -> Any:
    return thing


def guarded(work: Callable[..., Any], *args: Any) -> Any:
    """`work(*args)`, or `Failed` where it raised; runs on the worker."""
    try:
        return work(*args)
    except Exception as error:
        return _failed(error)


def _failed(error: BaseException) -> Failed:
    if isinstance(error, KilledWorker):
        reason = (
            f"every worker that took it died while at it ({error.allowed_failures + 1} tried), for "
            "want of memory or because it was stopped. Give workers more memory, then run the same "
            "command again: it goes on with what is missing."
        )
    elif isinstance(error, IcechunkError):
        reason = f"the cube cannot be read or written: {first_line(error)}"
    else:
        said = " ".join(str(error).split())[:500]
        known = isinstance(error, ValueError) and said
        reason = said if known else f"{type(error).__name__}: {said}"
    return Failed(reason, "".join(traceback.format_exception(error))[-4000:])
