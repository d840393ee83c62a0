"""A network and what is held against it, as Lightning trains it: batches in, losses out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from analysis.networks.losses import LossRule, land_cover_loss, loss
from analysis.networks.operators import library
from analysis.networks.registry import Preset, network, spec_of
from analysis.networks.scores import land_cover_scores, said_and_true, scores
from analysis.networks.segformer import LandCover
from cube.contract import CubeError

LightningModule: Any = library("lightning.pytorch").LightningModule


@dataclass(frozen=True)
class OptimiserRule:
    """How weights move."""

    learning_rate: float = 1e-4
    """Step at the beginning [1]: what the seed projects found for all their networks."""
    weight_decay: float = 1e-4
    """Pull of every weight towards zero, per step and learning rate [1]."""
    plateau_patience: int = 3
    """Epochs without a better validation loss until the step gets smaller."""
    plateau_factor: float = 0.5
    """How much smaller [1]."""

    def __post_init__(self) -> None:
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


class NetworkModule(LightningModule):
    """Trains one network of the registry.

    A batch holds pixels (n, band, y, x) float32, normalised; mask (n, y, x) float32, NaN unknown;
    label and weight (n,) float32; and `classes` (n, y, x) int64, -1 unknown, for land cover.
    `seed` is set anew for every epoch, so that one that is taken up again goes the same way.
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
        whole = self.task == "land_cover"
        self.scores = land_cover_scores(len(LandCover)) if whole else scores()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """The network's logits."""
        logits: torch.Tensor = self.network(pixels)
        return logits

    def on_train_epoch_start(self) -> None:
        """Dropout draws by the epoch."""
        torch.manual_seed(self.seed + 1 + self.current_epoch)

    def training_step(self, batch: Mapping[str, torch.Tensor], _: int) -> torch.Tensor:
        """The loss of a batch."""
        wrong = self.loss(self(batch["pixels"]), batch)
        self.log("train_loss", wrong, on_step=False, on_epoch=True, prog_bar=True, sync_dist=True,
                 batch_size=len(batch["pixels"]))  # fmt: skip
        return wrong

    def validation_step(self, batch: Mapping[str, torch.Tensor], _: int) -> None:
        """Count the loss and the scores of a batch."""
        logits = self(batch["pixels"])
        self.log("val_loss", self.loss(logits, batch), on_epoch=True, prog_bar=True,
                 sync_dist=True, batch_size=len(batch["pixels"]))  # fmt: skip
        if self.task == "land_cover":
            self.scores.update(logits.float(), batch["classes"])
        else:
            self.scores.update(*said_and_true(logits, self.truth(batch), batch["weight"]))

    def on_validation_epoch_end(self) -> None:
        """Say the scores, at a threshold of one half."""
        if not self.trainer.sanity_checking:
            found = {f"val_{name}": value for name, value in self.scores.compute().items()}
            self.log_dict(found, sync_dist=False)
        self.scores.reset()

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW, slower on a plateau of the validation loss."""
        rule = self.moves
        optimiser = torch.optim.AdamW(
            self.parameters(), lr=rule.learning_rate, weight_decay=rule.weight_decay
        )
        slower = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimiser, factor=rule.plateau_factor, patience=rule.plateau_patience
        )
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": slower, "monitor": "val_loss"},
        }

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
