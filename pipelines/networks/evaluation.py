"""A network's file and chips in, its scores and what they came from out, as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cube.contract import CubeError
from pipelines.config import checked
from pipelines.networks.checkpoint import TrainedNetwork
from pipelines.networks.chips import ChipSet
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.onnx import OnnxNetwork
from pipelines.networks.scoring import Scored, answers, require_mines
from pipelines.run_record import whole_file

DATA = "data.json"
"""In a training's folder: the cube and the settings of the chips it learnt from."""

SCORES, CHIPS = "scores.json", "chips.csv"


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a network said of the chips of a split.

    said : per chip, () or (y, x) float32
    truth : per chip, as said; NaN where unknown
    """

    network: TrainedNetwork | OnnxNetwork
    chips: ChipSet
    said: list[np.ndarray]
    truth: list[np.ndarray]
    scored: Scored

    @property
    def other_chips(self) -> bool:
        """Whether these are not the chips whose training split the network learnt from."""
        return self.chips.hash != self.network.data_hash


def evaluation(network: TrainedNetwork | OnnxNetwork, chips: ChipSet) -> Evaluation:
    """Ask a network about every chip.

    Raises
    ------
    CubeError
        If its bands or its size are not those of the chips, or it says land cover.
    """
    if chips.size != network.chip_size and network.task == "scene":
        raise CubeError(
            f"the network {network.name!r} was trained on chips of {network.chip_size} pixels, "
            f"these have {chips.size}. Give --data.size {network.chip_size}."
        )
    require_mines(network)
    said, truth, found = [], [], Scored()
    for answer, item in answers(network, chips):
        true = np.asarray(item["label"] if network.task == "scene" else item["mask"], np.float32)
        found.count(answer, true, item)
        said.append(answer)
        truth.append(true)
    return Evaluation(network, chips, said, truth, found)


def network_of(path: Path) -> TrainedNetwork | OnnxNetwork:
    """The network of a checkpoint, or of an ONNX file by its suffix."""
    return OnnxNetwork.load(path) if path.suffix == ".onnx" else TrainedNetwork.load(path)


def training_data(path: Path) -> tuple[str, DatasetSettings] | None:
    """The cube and the chips' settings that lie beside a network; None where nothing does.

    Raises
    ------
    CubeError
        If what lies there is damaged.
    """
    beside = path.parent / DATA
    if not beside.exists():
        return None
    try:
        told = json.loads(beside.read_text(encoding="utf-8"))
        return str(told["cube"]), checked(DatasetSettings, dict(told["data"]), {})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CubeError(
            f"{beside} is damaged ({error}). Give --cube and the --data flags of the training."
        ) from error


def write_scores(done: Evaluation, output: Path) -> dict[str, Any]:
    """`scores.json` and `chips.csv`; the scores."""
    network, threshold = done.network, done.network.threshold
    metrics = done.scored.metrics(threshold)
    sites = done.scored.sites_alone(threshold)
    record = {
        "network": network.name,
        "trained_on": network.data_hash,
        "asked_about": done.chips.hash,
        "metrics": metrics,
        "sites": sites,
    }
    with whole_file(output / SCORES) as stream:
        json.dump(plain(record), stream, indent=1)
    with whole_file(output / CHIPS) as stream:
        chip_table(done).to_csv(stream, index=False)
    return metrics


def chip_table(done: Evaluation) -> pd.DataFrame:
    """One row per chip: where it lies, what is true, what was said, and how that came out."""
    rows = done.chips.records.drop(columns="geometry").copy()
    rows["probability"] = [float(np.mean(said)) for said in done.said]
    limit = done.network.threshold
    pairs = list(zip(done.said, done.truth, strict=True))
    for name, mine, true in (
        ("hits", True, True), ("misses", False, True), ("false_alarms", True, False),
    ):  # fmt: skip
        rows[name] = [
            int(((said >= limit) == mine)[np.isfinite(real) & ((real >= 0.5) == true)].sum())
            for said, real in pairs
        ]
    return rows


def plain(value: Any) -> Any:
    """As JSON has it: no NaN, keys as text."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
