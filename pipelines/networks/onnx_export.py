"""A trained network in, one ONNX file out that needs neither torch nor anything beside it."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from analysis.networks.operators import library
from cube.contract import CubeError
from pipelines.networks.facts import NetworkFacts
from pipelines.run_record import whole_path

OPSET = 18
"""Of the operators that are written; every onnxruntime since 1.14 reads them."""

FACTS = "minecube"
"""Key of the file's metadata that holds the facts as JSON."""


def write_onnx(module: nn.Module, facts: NetworkFacts, path: Path) -> None:
    """Write a network: normalised chips in, probabilities out, any number of chips at once.

    A segmentation or land cover network takes any size that is a multiple of `facts.multiple`; a
    scene network takes chips of the size it was trained on.

    Raises
    ------
    CubeError
        If the network cannot be said in ONNX.
    """
    onnx = library("onnx")
    side = facts.chip_size
    sized = facts.task != "scene"
    if sized:
        side = max(2, -(-side // facts.multiple)) * facts.multiple
    example = torch.zeros(2, len(facts.bands), side, side)
    dims = {0: torch.export.Dim.DYNAMIC}
    if sized:
        dims |= {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    says = _Says(module, facts.task).eval()
    try:
        with _quiet(), torch.no_grad():
            program = torch.onnx.export(
                says,
                (example,),
                input_names=["pixels"],
                output_names=["probability"],
                dynamic_shapes={"pixels": dims},
                dynamo=True,
                opset_version=OPSET,
                verbose=False,
            )
    except (RuntimeError, torch.onnx.errors.OnnxExporterError) as error:
        raise CubeError(
            f"the network {facts.name!r} cannot be exported to ONNX: {str(error).splitlines()[0]}"
        ) from error
    assert program is not None
    model = program.model_proto
    onnx.helper.set_model_props(model, {FACTS: json.dumps(facts.to_dict())})
    with whole_path(path) as part:
        onnx.save_model(model, part)


class _Says(nn.Module):
    """A network that says probabilities."""

    def __init__(self, module: nn.Module, task: str) -> None:
        super().__init__()
        self.module = module
        self.task = task

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        logits = self.module(pixels)
        said: torch.Tensor = logits.softmax(1) if self.task == "land_cover" else logits.sigmoid()
        return said


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's own account of its steps."""
    loud = logging.getLogger("torch.onnx")
    before = loud.level
    loud.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        loud.setLevel(before)
