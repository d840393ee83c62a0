"""Settings and a folder in, Lightning's trainer out, so that a kill loses an epoch at most."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import torch

from analysis.networks.operators import library
from cube.contract import CubeError
from pipelines.networks.examples import EpochOrder
from pipelines.networks.settings import TrainSettings
from pipelines.run_record import whole_path

lightning = library("lightning.pytorch")
callbacks = library("lightning.pytorch.callbacks")
loggers = library("lightning.pytorch.loggers")
TorchCheckpointIO: Any = library("lightning.pytorch.plugins.io").TorchCheckpointIO

BEST, LAST = Path("checkpoints/best.ckpt"), Path("checkpoints/last.ckpt")
"""Of Lightning, below the output folder: to go on from, not to be used."""


def epochs_done(output: Path) -> int:
    """Whole epochs that a training which stopped has behind it."""
    if not (output / LAST).exists():
        return 0
    held = torch.load(output / LAST, map_location="cpu", weights_only=True)
    return int(held["epoch"]) + 1


def trainer(settings: TrainSettings, output: Path, order: EpochOrder, bar: bool) -> Any:
    """A trainer that keeps the best and the last epoch, stops early, and logs for TensorBoard.

    order : of the training chips, told when the next epoch begins
    bar : whether somebody watches a progress bar
    """
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for noise in (".*does not have many workers.*", ".*number of training batches.*",
                  ".*checkpoints.*exists and is not empty.*",
                  ".*GPU available but not used.*", ".*LeafSpec.*"):  # fmt: skip
        warnings.filterwarnings("ignore", noise)
    on_accelerator = uses_accelerator(settings)
    folder = output / BEST.parent
    kept = [
        callbacks.ModelCheckpoint(
            folder,
            path.stem,
            monitor=monitor,
            enable_version_counter=False,
            save_on_train_epoch_end=monitor is None,
        )
        for path, monitor in ((output / BEST, "val_loss"), (output / LAST, None))
    ]
    return lightning.Trainer(
        max_epochs=settings.epochs,
        accelerator="auto" if on_accelerator else "cpu",
        devices=(settings.devices or "auto") if on_accelerator else 1,
        precision=_precision(settings, on_accelerator),
        deterministic=settings.deterministic,
        logger=loggers.TensorBoardLogger(str(output), name="", version="tensorboard"),
        callbacks=[
            *kept,
            *_stops(settings),
            callbacks.LambdaCallback(
                on_train_epoch_end=lambda fit, _: order.begin(fit.current_epoch + 1)
            ),
        ],
        plugins=[_WholeFiles()],
        enable_progress_bar=bar,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1_000_000,
    )


def _stops(settings: TrainSettings) -> list[Any]:
    """What ends a training early: nothing, where its steps shrink towards its last epoch."""
    if settings.optimiser.schedule == "one_cycle":
        return []
    return [callbacks.EarlyStopping("val_loss", patience=settings.patience)]


def uses_accelerator(settings: TrainSettings) -> bool:
    """Whether training goes to an accelerator.

    Raises
    ------
    CubeError
        If one is asked for and there is none.
    """
    there = torch.accelerator.is_available()
    if settings.device == "gpu" and not there:
        raise CubeError(
            "an accelerator was asked for, but torch finds none. Give device auto or cpu, or "
            "install a torch that fits this machine's driver."
        )
    return there and settings.device != "cpu"


def _precision(settings: TrainSettings, on_accelerator: bool) -> str:
    if settings.precision != "auto":
        return settings.precision
    if not on_accelerator:
        return "32-true"
    modern = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return "bf16-mixed" if modern else "16-mixed"


class _WholeFiles(TorchCheckpointIO):
    """Checkpoints that appear under their names only when they are complete."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        with whole_path(Path(path)) as part:
            torch.save(checkpoint, part)
