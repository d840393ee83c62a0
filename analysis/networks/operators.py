"""The name of an outside library of the networks in, the library out, imported so that it loads.

timm, lightning, torchmetrics and transformers import torchvision, though nothing of it is used
here. Its wheel is linked against CUDA: beside a CPU build of torch its compiled operators cannot
load, and then its import fails, because it describes operators that nobody declared. So they are
declared first.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import torch

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
"""The operators that torchvision's import describes whether or not it could load them."""


def library(name: str) -> Any:
    """An outside library by its import name, such as `timm` or `lightning.pytorch`.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed.
    """
    declare_missing_operators()
    return importlib.import_module(name)


@cache
def declare_missing_operators() -> tuple[str, ...]:
    """Declare torchvision's operators where it is installed and they cannot be loaded.

    Declared means: known by their signature. Calling one is refused by torch, in words. Where
    torchvision is not installed, or whole, nothing is done.

    Returns
    -------
    tuple of str
        The names of those that were declared here.
    """
    if not _broken():
        return ()
    missing = [name for name in SCHEMAS if not _known(name)]
    if missing:
        torch_library = torch.library.Library("torchvision", "FRAGMENT")
        _KEPT.append(torch_library)
        for name in missing:
            torch_library.define(SCHEMAS[name])
    return tuple(missing)


_KEPT: list[torch.library.Library] = []
"""What is declared lives as long as the object that declared it."""


def _broken() -> bool:
    """Whether torchvision is installed without operators that load here."""
    found = importlib.util.find_spec("torchvision")
    if found is None or not found.submodule_search_locations:
        return False
    compiled = sorted(Path(next(iter(found.submodule_search_locations))).glob("_C*.so"))
    try:
        for file in compiled:
            torch.ops.load_library(str(file))
    except OSError:
        return True
    return not _known("nms")


def _known(name: str) -> bool:
    return bool(torch._C._jit_get_schemas_for_operator(f"torchvision::{name}"))
