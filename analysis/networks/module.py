"""A network and what is held against it, as Lightning trains it: batches in, losses out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch

from analysis.networks.losses import LossRule, land_cover_loss, loss
from analysis.networks.operators import library
from analysis.networks.registry import Preset, network, spec_of
from analysis.networks.scores import land_cover_scores, said_and_true, scores
from analysis.networks.segformer import LandCover
from cube.contract import CubeError

LightningModule: Any = library("lightning.pytorch").LightningModule

Schedule = Literal["plateau", "one_cycle"]


@dataclass(frozen=True)
class OptimiserRule:
    """How weights move."""

    learning_rate: float = 1e-4
    """Step at the beginning [1]: what the seed projects found for all their networks."""
    weight_decay: float = 1e-4
    """Pull of every weight towards zero, per step and learning rate [1]."""
    schedule: Schedule = "plateau"
    """plateau: smaller steps where validation gains nothing more, until training stops; its length
    need not be known. one_cycle: all epochs asked for, in steps that grow to `learning_rate` over
    the first three tenths and then shrink to nothing, so that large ones find their way and the
    weights still settle (Smith & Topin 2018, arXiv:1708.07120)."""
    plateau_patience: int = 3
    """Epochs without a better validation loss until the step gets smaller."""
    plateau_factor: float = 0.5
    """How much smaller [1]."""

    def __post_init__(self) -> None:
        if self.schedule not in get_args(Schedule):
            raise CubeError(
                f"schedule is {self.schedule!r}; give one of {', '.join(get_args(Schedule))}."
            )
        if not 0 < self.learning_rate <= 1 or not 0 <= self.weight_decay < 1:
            raise CubeError(
                f"learning_rate is {self.learning_rate} and weight_decay {self.weight_decay}; give "
                "above 0 up to 1, and 0 to below 1."
            )
        if self.plateau_patience < 0 or not 0 < self.plateau_factor < 1:
            raise CubeError(
                f"plateau_patience is {self.plateau_patience} and plateau_factor "
                f"{self.plateau_factor}; give 0 or more epochs, and a factor within 0 and 1."
            )


FROM_SCRATCH = OptimiserRule(learning_rate=3e-3, weight_decay=0.02, schedule="one_cycle")
"""Of the tiny presets, which learn from nothing and from a few hundred chips: a dozen epochs of
this bring what a hundred at 1e-4 do not."""


class NetworkModule(LightningModule):
    """Trains one network of the registry.

    A batch holds pixels (n, band, y, x) float32, normalised; mask (n, y, x) float32, NaN unknown;
    label and weight (n,) float32; and `classes` (n, y, x) int64, -1 unknown, for land cover.
    `seed` decides what dropout draws, so that a training that is taken up again goes the same way.
    """

    def __init__(
        self,
        name: str,
        bands: int,
        preset: Preset,
        held: LossRule,
        moves: OptimiserRule,
        weights: Mapping[str, torch.Tensor] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.task = spec_of(name).task
        self.network = network(name, bands, preset, weights)
        self.held = held
        self.moves = moves
        self.seed = seed
        self.slower: torch.optim.lr_scheduler.ReduceLROnPlateau | None = None
        self.kept_plateau: dict[str, Any] | None = None
        whole = self.task == "land_cover"
        self.scores = land_cover_scores(len(LandCover)) if whole else scores()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """The network's logits."""
        logits: torch.Tensor = self.network(pixels)
        return logits

    def training_step(self, batch: Mapping[str, torch.Tensor], _: int) -> torch.Tensor:
        """The loss of a batch; what dropout draws follows from the seed and the step."""
        torch.manual_seed(1_000_003 * self.seed + self.global_step + 1)
        wrong = self.loss(self(batch["pixels"]), batch)
        self.log("train_loss", wrong, on_step=False, on_epoch=True, prog_bar=True, sync_dist=True,
                 batch_size=len(batch["pixels"]))  # fmt: skip
        return wrong

    def validation_step(self, batch: Mapping[str, torch.Tensor], _: int) -> None:
        """Count the loss and the scores of a batch."""
        logits = self(batch["pixels"])
        self.log("val_loss", self.loss(logits, batch), on_epoch=True, prog_bar=True,
                 sync_dist=True, batch_size=len(batch["pixels"]))  # fmt: skip
        with _counting():
            if self.task == "land_cover":
                self.scores.update(logits.float(), batch["classes"])
            else:
                self.scores.update(*said_and_true(logits, self.truth(batch), batch["weight"]))

    def on_validation_epoch_end(self) -> None:
        """Say the scores, at a threshold of one half."""
        found = {f"val_{name}": value for name, value in self.scores.compute().items()}
        rate = self.optimizers().param_groups[0]["lr"]
        self.log_dict(found | {"learning_rate": rate}, sync_dist=False)
        self.scores.reset()

    def on_validation_end(self) -> None:
        """Slow down on a plateau; before the epoch is kept, so that it is kept with it."""
        if self.slower is not None:
            self.slower.step(self.trainer.callback_metrics["val_loss"])

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep how long the plateau has been."""
        if self.slower is not None:
            checkpoint["slower"] = self.slower.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Know it again."""
        self.kept_plateau = checkpoint.get("slower")

    def configure_optimizers(self) -> Any:
        """AdamW, slower on a plateau of the validation loss or over one cycle of all steps."""
        rule = self.moves
        optimiser = torch.optim.AdamW(
            self.parameters(), lr=rule.learning_rate, weight_decay=rule.weight_decay
        )
        if rule.schedule == "one_cycle":
            cycle = torch.optim.lr_scheduler.OneCycleLR(
                optimiser, rule.learning_rate, int(self.trainer.estimated_stepping_batches)
            )
            scheduled = {"scheduler": cycle, "interval": "step"}
            return {"optimizer": optimiser, "lr_scheduler": scheduled}
        self.slower = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimiser, factor=rule.plateau_factor, patience=rule.plateau_patience
        )
        if self.kept_plateau is not None:
            self.slower.load_state_dict(self.kept_plateau)
        return optimiser

    def loss(self, logits: torch.Tensor, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """How wrong the network is about a batch.

        Raises
        ------
        CubeError
            If land cover is to be learnt and the chips carry none.
        """
        if self.task == "land_cover":
            if "classes" not in batch:
                raise CubeError(
                    "these chips carry no classes of land cover, which this network learns. Give "
                    "chips that do, or train a scene or segmentation network."
                )
            return land_cover_loss(logits, batch["classes"], batch["weight"])
        return loss(logits, self.truth(batch), batch["weight"], self.held)

    def truth(self, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """What is true of the chips, or of their pixels."""
        return batch["label"] if self.task == "scene" else batch["mask"]


@contextmanager
def _counting() -> Iterator[None]:
    """Without torch's deterministic algorithms for a while.

    Counts are whole numbers, the same in any order; but torchmetrics counts in another way where
    they are asked for, with a table of every pixel by every threshold.
    """
    asked = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(False)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(asked)
