"""Satellite imagery of mines as one cube on disk: `open_cube`, `open_results`, and what they give.

Names are looked up on first use, so that `import cube` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cube.contract import CubeError, Quality, State, Window

if TYPE_CHECKING:
    from cube.store import collect_garbage, history, open_cube, open_repository, open_results

__all__ = [
    "CubeError",
    "Quality",
    "State",
    "Window",
    "collect_garbage",
    "history",
    "open_cube",
    "open_repository",
    "open_results",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("cube.store"), name)
    raise AttributeError(f"module 'cube' has no attribute {name!r}")
