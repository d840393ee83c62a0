"""Chips and settings in, a trained network out: Lightning does the work, resumably."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from analysis.networks.module import NetworkModule
from analysis.networks.normalisation import Normalisation
from analysis.networks.registry import spec_of
from cube.contract import CubeError
from pipelines.networks.checkpoint import TrainedNetwork
from pipelines.networks.chips import ChipSet
from pipelines.networks.cover_scoring import cover_scored
from pipelines.networks.evaluation import plain
from pipelines.networks.examples import EpochOrder, Examples, loader, normalisation_of
from pipelines.networks.fitting import (
    batch_refusal,
    estimate_text,
    largest_batch,
    measured_step,
    out_of_memory,
    require_batch,
)
from pipelines.networks.lessons import refuse_unteachable
from pipelines.networks.score_words import scores_text
from pipelines.networks.scoring import chosen_threshold, scored, torchmetrics_of
from pipelines.networks.settings import TrainSettings
from pipelines.networks.trainer import BEST, LAST, epochs_done, trainer, uses_accelerator
from pipelines.networks.weights import pretrained
from pipelines.run_record import key_of, whole_file

NETWORK = "network.pt"
"""The trained network in its output folder."""

RECORD = "training.json"
"""What it was trained with, and its scores."""

_HOW: dict[str, Any] = {"device": "auto", "devices": 0, "workers": 0, "threads": 0}
_HOW_LONG: dict[str, Any] = {"epochs": 1, "patience": 1}
"""Settings that may differ when a training is taken up again: the latter where steps do not follow
from the number of epochs."""


def trained(
    chips: ChipSet, settings: TrainSettings, output: Path, console: Console | None = None
) -> TrainedNetwork:
    """Train a network on chips: learn from "train", choose on "validation", report on "test".

    Stopped or killed, the same call goes on from the last whole epoch; finished, it loads.

    Parameters
    ----------
    chips : with splits; `pipelines.networks.chips.chip_set` makes them
    settings : TrainSettings
    output : folder; `network.pt` is the result, `checkpoints/` and `tensorboard/` lie beside it
    console : told what goes on; silent without one

    Raises
    ------
    CubeError
        If the folder holds a training with other settings or chips, a split lacks a class, memory
        does not suffice, or pretrained weights are not to be had.
    """
    console = console or Console(quiet=True)
    refuse_unteachable(chips, spec_of(settings.network).task)
    key = key_of(chips.hash, asdict(replace(settings, **_HOW)))
    if _finished(output, key):
        console.print(f"{output / NETWORK} is trained already")
        return TrainedNetwork.load(output / NETWORK, settings.threads)
    output.mkdir(parents=True, exist_ok=True)
    work = _work(chips, settings)
    _fit(work, settings, output, console)
    network = _best(work, chips, settings, output)
    network.save(output / NETWORK)
    record = {"key": key, "settings": asdict(settings), **network.to_dict()}
    with whole_file(output / RECORD) as stream:
        json.dump(plain(record), stream, indent=1)
    console.print(scores_text(network))
    return network


@dataclass(eq=False)
class _Work:
    """What is trained on what."""

    module: NetworkModule
    normalisation: Normalisation
    train: Examples
    validation: Examples
    test: Any
    chips: ChipSet


def _work(chips: ChipSet, settings: TrainSettings) -> _Work:
    if settings.threads:
        torch.set_num_threads(settings.threads)
    train, validation = chips.of_split("train"), chips.of_split("validation")
    normalisation = normalisation_of(train)
    weights = pretrained(settings.network, settings.weights) if settings.weights else None
    torch.manual_seed(settings.seed)
    module = NetworkModule(
        settings.network,
        len(chips.bands),
        settings.preset,
        settings.loss,
        settings.optimiser,
        weights,
        settings.seed,
    )
    return _Work(
        module,
        normalisation,
        Examples(train, normalisation, settings.augmentation, settings.seed),  # type: ignore[arg-type]
        Examples(validation, normalisation),
        _test(chips),
        chips,
    )


def _test(chips: ChipSet) -> Any:
    """The chips of the test split, None where there is none."""
    return chips.of_split("test") if (chips.records["split"] == "test").any() else None


def _fit(work: _Work, settings: TrainSettings, output: Path, console: Console) -> None:
    """Train until it stops; what was trained before is taken up."""
    last = output / LAST
    open_end = settings.optimiser.schedule == "plateau"
    same = replace(settings, **_HOW, **(_HOW_LONG if open_end else {}))
    _refuse_other(output, key_of(work.chips.hash, asdict(same)), last.exists())
    order = EpochOrder(work.train, settings.batch_size)
    order.begin(epochs_done(output))
    batches = loader(work.train, settings.batch_size, settings.workers, order)
    checks = loader(work.validation, settings.batch_size, settings.workers)
    if not uses_accelerator(settings):
        some = min(settings.batch_size, 4, len(work.train))
        step = measured_step(work.module, next(iter(loader(work.train, some))))
        require_batch(step, settings.batch_size)
        if settings.device == "auto":
            sizes = len(work.train), len(work.validation)
            console.print(estimate_text(step, *sizes, settings.epochs))
    work.module.train()
    stopped, asked = False, torch.are_deterministic_algorithms_enabled()
    fit = trainer(settings, output, order, console.is_terminal and not console.quiet)
    try:
        fit.fit(
            work.module,
            batches,
            checks,
            ckpt_path=str(last) if last.exists() else None,
            weights_only=True,
        )
    except SystemExit:  # how Lightning answers Ctrl-C
        stopped = True
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        fits = largest_batch(lambda size: _try(work, size), settings.batch_size)
        raise batch_refusal(settings.batch_size, fits) from error
    finally:
        torch.use_deterministic_algorithms(asked)
    if stopped or fit.interrupted:
        raise KeyboardInterrupt


def _try(work: _Work, size: int) -> None:
    """One step over a batch of a size, on the device that the network is on."""
    batch = next(iter(loader(work.train, min(size, len(work.train)))))
    work.module.zero_grad(set_to_none=True)
    on = {name: value.to(work.module.device) for name, value in batch.items()}
    repeated = {name: value[torch.arange(size) % len(value)] for name, value in on.items()}
    work.module.loss(work.module(repeated["pixels"]), repeated).backward()
    work.module.zero_grad(set_to_none=True)


def _best(work: _Work, chips: ChipSet, settings: TrainSettings, output: Path) -> TrainedNetwork:
    """The best epoch's network with its threshold and its scores."""
    held = torch.load(output / BEST, map_location="cpu", weights_only=True)
    prefix = "network."
    weights = {
        name.removeprefix(prefix): value
        for name, value in held["state_dict"].items()
        if name.startswith(prefix)
    }
    spec = spec_of(settings.network)
    network = TrainedNetwork(
        name=spec.name,
        task=spec.task,
        preset=settings.preset,
        bands=chips.bands,
        normalisation=work.normalisation,
        chip_size=chips.size,
        threshold=0.5,
        data_hash=chips.hash,
        code_version=version("minecube"),
        style=chips.style,
        multiple=spec.multiple,
        weights=weights,
        threads=settings.threads,
    )
    if spec.task == "land_cover":
        return network.with_scores(0.5, _cover_scores(network, work, settings))
    validation = scored(network, work.validation.chips, settings.batch_size)
    threshold = chosen_threshold(validation)
    metrics: dict[str, Any] = {"validation": validation.metrics(threshold, settings.seed)}
    network = network.with_scores(threshold, metrics)
    if work.test is not None:
        test = scored(network, work.test, settings.batch_size)
        metrics["test"] = test.metrics(threshold, settings.seed)
        metrics["torchmetrics"] = torchmetrics_of(network, work.test)
    return network.with_scores(threshold, metrics)


def _cover_scores(network: TrainedNetwork, work: _Work, settings: TrainSettings) -> dict[str, Any]:
    """How well land cover is told apart, by split."""
    parts = {"validation": work.validation.chips, "test": work.test}
    return {
        name: cover_scored(network, chips, settings.batch_size, settings.seed)
        for name, chips in parts.items()
        if chips is not None
    }


def _refuse_other(output: Path, key: str, begun: bool) -> None:
    """Refuse to go on with a training of other settings or chips; note whose this is."""
    note = output / "begun.json"
    if begun and note.exists() and json.loads(note.read_text(encoding="utf-8")) != key:
        raise CubeError(
            f"{output} holds a training that was begun with other settings or other chips. Give "
            "another --output, or delete that folder."
        )
    with whole_file(note) as stream:
        json.dump(key, stream)


def _finished(output: Path, key: str) -> bool:
    record = output / RECORD
    if not record.exists() or not (output / NETWORK).exists():
        return False
    try:
        return bool(json.loads(record.read_text(encoding="utf-8"))["key"] == key)
    except (ValueError, KeyError, TypeError):
        return False
