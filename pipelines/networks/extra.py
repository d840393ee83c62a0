"""What is said to whoever calls a network's job without the packages that networks need.

try:
    from pipelines.networks.training import trained
except (ModuleNotFoundError, KeyboardInterrupt) as missing:
    end_without_networks(missing)
"""

from __future__ import annotations

import sys
from typing import NoReturn

HINT = 'pip install "minecube[networks]"'

PACKAGES = ("torch", "lightning", "torchmetrics", "timm", "transformers", "xbatcher", "onnx",
            "onnxruntime", "onnxscript", "onnx_ir", "tensorboard", "torchvision")  # fmt: skip
"""Import names of what the extra brings."""


def end_without_networks(missing: ModuleNotFoundError | KeyboardInterrupt) -> NoReturn:
    """End the program with exit code 2 and the remedy; any other missing module stays an error.

    They take seconds to import: whoever presses Ctrl-C meanwhile has stopped the program (130).
    """
    if isinstance(missing, KeyboardInterrupt):
        print("\nStopped before anything was begun.", file=sys.stderr)
        raise SystemExit(130)
    name = (missing.name or "").split(".")[0]
    if name not in PACKAGES:
        raise missing
    print(
        f"error: networks need {name}, which is not installed; the rest of minecube does not. "
        f"Install them with: {HINT}",
        file=sys.stderr,
    )
    raise SystemExit(2)
