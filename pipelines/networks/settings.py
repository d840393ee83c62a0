"""How a network is trained, in one frozen class."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from analysis.networks.augmentation import STRENGTHS
from analysis.networks.losses import LossRule
from analysis.networks.module import OptimiserRule
from analysis.networks.registry import NETWORKS, PRESETS, Preset, spec_of
from cube.contract import CubeError


@dataclass(frozen=True)
class TrainSettings:
    """What a network is and how it learns.

    Parameters
    ----------
    network : maxvit, resnet18, resnet34 or efficientnet_b0 (is there a mine?), unet or light_cnn
        (where is it?), segformer (what covers the ground?)
    preset : "full", or "tiny" for tests and for machines without an accelerator
    weights : "" for fresh ones, "hub" for those of the hub, or a file or folder that holds them
    epochs : int
        Passes over the training chips at most; early stopping ends most trainings before. With
        the schedule one_cycle exactly so many.
    patience : int [epoch]
        Without a better validation loss until training stops. Nothing stops one_cycle.
    batch_size : int [chip]
        Chips per step. 32, as the seed projects found; less where memory is short.
    augmentation : "none", "light", "medium" or "strong"
    precision : "auto" is bf16 or fp16 beside fp32 on an accelerator, fp32 on a CPU; or one of
        Lightning's
    device : "auto" takes an accelerator where there is one
    devices : int
        How many accelerators; 0 for all of them.
    workers : int
        Processes that read chips beside the one that trains. 0: chips come from memory or from
        composites on disk, and more would need memory for nothing.
    threads : int
        Of the CPU; 0 for as many as torch takes.
    seed : of fresh weights, of the order of chips, of augmentation and dropout
    deterministic : the same weights from the same seed on the same machine, bit for bit; slower
    """

    network: str = "unet"
    preset: Preset = "full"
    weights: str = ""
    epochs: int = 100
    patience: int = 10
    batch_size: int = 32
    augmentation: str = "medium"
    precision: str = "auto"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    devices: int = 0
    workers: int = 0
    threads: int = 0
    seed: int = 0
    deterministic: bool = False
    loss: LossRule = field(default_factory=LossRule)
    optimiser: OptimiserRule = field(default_factory=OptimiserRule)

    def __post_init__(self) -> None:
        spec_of(self.network)
        for name, known in (
            ("preset", PRESETS),
            ("augmentation", tuple(STRENGTHS)),
            ("device", ("auto", "cpu", "gpu")),
            ("precision", PRECISIONS),
        ):
            if getattr(self, name) not in known:
                raise CubeError(
                    f"{name} is {getattr(self, name)!r}; give one of {', '.join(known)}."
                )
        for name in ("epochs", "patience", "batch_size"):
            if getattr(self, name) < 1:
                raise CubeError(f"{name} is {getattr(self, name)}; give 1 or more.")
        for name in ("devices", "workers", "threads", "seed"):
            if getattr(self, name) < 0:
                raise CubeError(f"{name} is {getattr(self, name)}; give 0 or more.")
        if self.weights and self.preset == "tiny":
            raise CubeError(
                "pretrained weights fit the full preset alone; leave out weights, or give "
                "preset full."
            )
        if self.weights and not NETWORKS[self.network].hub:
            raise CubeError(
                f"{self.network} has no pretrained weights: it learns from your own labels. Leave "
                "out weights."
            )


PRECISIONS = ("auto", "32-true", "16-mixed", "bf16-mixed")
