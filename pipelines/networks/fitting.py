"""What a step of training needs of time and memory: said before it starts, or when it ran out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil
import torch

from analysis.networks.module import NetworkModule
from cube.contract import CubeError
from pipelines.memory import size_text

SPARE = 0.9
"""Share of the memory at hand that training may take; the rest is for reading chips."""

VALIDATING = 0.35
"""Time of a step that only looks, of one that learns: forward without backward [1]."""


@dataclass(frozen=True)
class Step:
    """One step of training on the CPU.

    seconds : for `chips` chips
    chip_bytes : held for each chip between forward and backward
    own_bytes : held in any case: weights, their gradients and AdamW's two averages
    """

    seconds: float
    chips: int
    chip_bytes: int
    own_bytes: int


def measured_step(module: NetworkModule, batch: Mapping[str, torch.Tensor]) -> Step:
    """One real step over a batch on the CPU, which leaves the module as it was.

    It is done twice, and the second counts: the first one sets up.
    """
    kept = {name: value.clone() for name, value in module.state_dict().items()}
    held = 0

    def weigh(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal held
        if id(tensor) not in own:
            held += tensor.numel() * tensor.element_size()
        return tensor

    own = {id(weight) for weight in module.parameters()}
    module.train()
    for _ in range(2):
        held, begun = 0, time.perf_counter()
        with torch.autograd.graph.saved_tensors_hooks(weigh, lambda tensor: tensor):
            wrong = module.loss(module(batch["pixels"]), batch)
        wrong.backward()
        seconds = time.perf_counter() - begun
        module.zero_grad(set_to_none=True)
    module.load_state_dict(kept)
    weights = sum(weight.numel() * weight.element_size() for weight in module.parameters())
    chips = len(batch["pixels"])
    return Step(seconds, chips, -(-held // chips), 4 * weights)


def estimate_text(step: Step, train: int, validation: int, epochs: int) -> str:
    """How long training without an accelerator will take, in words.

    train, validation : chips of each
    """
    epoch = step.seconds / step.chips * (train + VALIDATING * validation)
    return (
        f"No accelerator was found, so that this CPU trains: about {_duration(epoch)} an epoch, "
        f"{_duration(epochs * epoch)} for {epochs} unless it stops before."
    )


def require_batch(step: Step, batch_size: int, available: int | None = None) -> None:
    """Refuse a batch that would not fit into this machine's memory, naming one that does.

    available : bytes; None asks the machine

    Raises
    ------
    CubeError
    """
    room = psutil.virtual_memory().available if available is None else available
    needed = step.own_bytes + batch_size * step.chip_bytes
    if needed <= SPARE * room:
        return
    fits = int((SPARE * room - step.own_bytes) // max(1, step.chip_bytes))
    raise CubeError(
        f"a batch of {batch_size} needs about {size_text(needed)}, but {size_text(room)} of memory "
        f"are free. {_advice(fits)}"
    )


def largest_batch(step: Callable[[int], object], failed: int) -> int:
    """The largest batch, of halves of the one that did not fit, which a real step gets through.

    Returns
    -------
    int
        0 if not even one chip fits.
    """
    batch = failed // 2
    while batch:
        try:
            step(batch)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            batch //= 2
        else:
            return batch
    return 0


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, of an accelerator or of the CPU."""
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError)
        and ("out of memory" in text or "can't allocate memory" in text or "alloc_cpu" in text)
    )


def batch_refusal(failed: int, fits: int) -> CubeError:
    """What is said after memory ran out."""
    return CubeError(f"memory ran out with a batch of {failed}. {_advice(fits)}")


def _advice(fits: int) -> str:
    if fits < 1:
        return (
            "Not even one chip fits: give smaller chips, the preset tiny, or a machine with more "
            "memory."
        )
    return f"A batch of {fits} fits: give --batch-size {fits}."


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"
