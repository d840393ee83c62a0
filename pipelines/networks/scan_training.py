"""Known mines in, the classifier and the segmenter of a scan out: imagery, chips, training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console

from analysis.networks.module import FROM_SCRATCH
from analysis.networks.registry import spec_of
from cube.contract import CubeError
from cube.slots import SlotSettings
from cube.windows import WindowSettings
from pipelines.config import IngestSettings, RunConfig
from pipelines.full_run import run
from pipelines.networks.chips import chip_set
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.settings import TrainSettings
from pipelines.networks.training import trained

SLOTS = SlotSettings(cadence_days=30, composite="median")
"""A month's clear days make one look of each pixel, a year's looks its median: no season is left
out, and no tile's edge shows, as it would where each tile took a day of its own."""


@dataclass(frozen=True)
class TrainingOrder:
    """What the networks of a scan are trained on.

    mines, catalog, period : the imagery of which mines, from where, of which days
    labels, label_file : what says where a mine is; by default the polygons of `mines`
    chip_px : side of a chip, and so of a scan's cell [px]. 256 are 2.56 km.
    window_px : side of the square that is read around each mine [px]; what lies in it beside the
        mine is the ground that networks learn to leave alone
    classifier, segmenter, preset : by name, as `pipelines.train` knows them
    epochs : at most; training stops earlier where validation gains nothing more. Of the preset
        tiny exactly so many.
    bands : "core" for six, "all" for ten: what networks are shown
    skip_data : the imagery lies there already
    """

    mines: str = ""
    catalog: str = ""
    period: str = ""
    labels: Literal["polygons", "csv", "truth"] = "polygons"
    label_file: str = ""
    chip_px: int = 256
    window_px: int = 512
    classifier: str = "resnet34"
    segmenter: str = "unet"
    preset: Literal["full", "tiny"] = "full"
    epochs: int = 100
    bands: Literal["core", "all"] = "core"
    skip_data: bool = False

    def __post_init__(self) -> None:
        for role, task in (("classifier", "scene"), ("segmenter", "segmentation")):
            spec = spec_of(getattr(self, role))
            if spec.task != task:
                raise CubeError(
                    f"{spec.name} is a {spec.task} network, but the {role} a {task} one."
                )
        if self.labels != "polygons" and not self.label_file:
            raise CubeError(f"labels is {self.labels!r}: say where they lie with --label-file.")
        if not 0 < self.chip_px <= self.window_px:
            raise CubeError(
                f"chips of {self.chip_px} pixels do not fit into windows of {self.window_px}."
            )
        if self.epochs < 1:
            raise CubeError(f"epochs is {self.epochs}; give 1 or more.")


def train_networks(order: TrainingOrder, output: Path, cluster: str, console: Console) -> None:
    """Train what is not trained yet: OUTPUT/models/classifier and OUTPUT/models/segmenter.

    Raises
    ------
    CubeError
        If the mines, their imagery or their labels are missing or wrong.
    """
    if not order.mines:
        raise CubeError(
            "training needs mines to learn from: give --mines or --training-mines, or scan with "
            "networks that are trained already (--skip-training)."
        )
    folder = output / "training"
    if not order.skip_data:
        _read_imagery(order, folder, cluster, console)
    chips = chip_set(folder / "cube", _dataset(order), folder / "chips")
    console.print(str(chips.report))
    for role in ("classifier", "segmenter"):
        settings = _settings(order, getattr(order, role))
        console.print(f"training the {role}, {settings.network} ({settings.preset})")
        trained(chips, settings, output / "models" / role, console)


def _settings(order: TrainingOrder, network: str) -> TrainSettings:
    """How one of the networks learns: the tiny presets from nothing, in a set number of epochs.

    They compute with one thread, so that they are the same on any number of cores.
    """
    if order.preset == "tiny":
        return TrainSettings(
            network, "tiny", epochs=order.epochs, batch_size=16, threads=1, optimiser=FROM_SCRATCH
        )
    return TrainSettings(network, order.preset, epochs=order.epochs)


def _read_imagery(order: TrainingOrder, folder: Path, cluster: str, console: Console) -> None:
    """The imagery around every mine, by the steps of the main job."""
    config = RunConfig(
        mines=order.mines,
        catalog=order.catalog,
        period=order.period,
        output=str(folder),
        cluster=cluster,
        windows=WindowSettings(order.window_px),
        slots=SLOTS,
        ingest=IngestSettings(bands=order.bands),
    )
    code = run(config, console, ("validate", "ingest"))
    if code:
        console.print("  some mines could not be read; training goes on without them")


def _dataset(order: TrainingOrder) -> DatasetSettings:
    return DatasetSettings(
        size=order.chip_px,
        overlap=order.chip_px // 2,
        labels=order.labels,
        label_file=order.label_file or order.mines,
    )
