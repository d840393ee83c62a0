"""A command's work in, its exit code out; what went wrong or was stopped is said, not thrown."""

from __future__ import annotations

import sys
from collections.abc import Callable

import icechunk

from cube.contract import CubeError

GO_ON = "Run the same command to go on."


def ended(work: Callable[[], int], stopped: str = GO_ON) -> int:
    """The work's own exit code; 2 for bad input, 130 where it was stopped."""
    try:
        return work()
    except (CubeError, OSError, icechunk.IcechunkError) as error:
        print(f"error: {_said(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nStopped. {stopped}".rstrip(), file=sys.stderr)
        return 130


def _said(error: Exception) -> str:
    """What went wrong, without the numbers of an operating system."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}. Check the path, and that it may be written."
    return str(error)
