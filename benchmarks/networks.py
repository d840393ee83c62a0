"""Networks beside a forest on pixels, on sites nobody trained on: `python -m benchmarks.networks`.

Simulated mines on cubes of their own, one year each; chips of 640 m, divided by place. Every
network learns from the training sites, takes its threshold from the validation sites, and is scored
on the test sites; so is scikit-learn's random forest, which sees one pixel at a time. All of it
once per `--seeds`: each has other mines, other splits and other fresh weights, so that no figure
rests on one lucky draw. `--export` adds the full U-Net's time on a window of 512 x 512 pixels and
twelve bands, by ONNX on this CPU. Goes on where it stopped. Figures:
benchmarks/results/networks.json, and the table of docs/networks.md.

No accuracy is claimed for real mines: there are no real labels yet. What others report of theirs
stands beside ours in the file, with its source.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from analysis.networks.losses import LossRule
from analysis.networks.module import FROM_SCRATCH
from analysis.networks.normalisation import Normalisation
from analysis.networks.registry import network, spec_of
from analysis.networks.splits import SplitRule
from benchmarks.measuring import kept, printed, side_by_side
from benchmarks.pixel_forest import forest_metrics
from benchmarks.readme import markdown, marks, with_block
from pipelines.networks.checkpoint import TrainedNetwork, parameters
from pipelines.networks.chips import ChipSet, chip_set
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.onnx import OnnxNetwork
from pipelines.networks.settings import TrainSettings
from pipelines.networks.training import trained
from tests.pipelines.networks.small_cube import SimulatedCube, simulated_cube

REFERENCES = {
    "global mine segmentation, U-Net": {"iou": 0.53, "source": "Jasansky et al. 2025"},
    "Madre de Dios, in region": {"f1": 0.933},
    "the same network in Kayapo": {"f1": 0.763},
    "Amazon Mining Watch, 1,008 patches": {"sensitivity": 0.895, "specificity": 0.994},
}
"""Of other people, on other ground: not comparable with figures on simulated mines."""

DOCS = Path(__file__).parents[1] / "docs/networks.md"

TARGETS = {"scene": ("f1", 0.95), "segmentation": ("iou", 0.80)}
FIGURES = {"f1": "F1", "iou": "IoU"}

POSITIVE_SHARE = 0.1
"""A chip is a mine's from a tenth of it on (4 ha) and nobody's where it holds less, but some: such
a corner of a mine is the middle of one of its neighbours."""

SIZE, OVERLAP = 64, 32
"""Of a chip [px]. Training chips lie half over the next, as a scan's cells do: three times as many
to learn from. Those that are measured on do not overlap, so that every place counts once."""

EPOCHS = {"scene": 12, "segmentation": 8}
"""Of the tiny presets, each in one cycle of steps: more brought the validation sites nothing."""

PACKAGES = ("torch", "lightning", "timm", "onnxruntime", "scikit-learn")


def main() -> None:
    told = _parser().parse_args()
    console = Console(highlight=False, soft_wrap=True)
    if told.threads:
        torch.set_num_threads(told.threads)
    record: dict[str, Any] = {
        "sites": told.sites,
        "positive_share": POSITIVE_SHARE,
        "seeds": [_of_seed(seed, told, console) for seed in told.seeds],
        "others_on_real_ground": REFERENCES,
    }
    if told.export:
        record["unet_full_onnx_512x512x12"] = _unet_time(told.folder)
        print(record["unet_full_onnx_512x512x12"])
    print(kept("networks", record, *PACKAGES))
    between = marks("scores", "benchmarks.networks")
    DOCS.write_text(with_block(DOCS.read_text(), between, score_lines(record["seeds"])))


def score_lines(seeds: list[dict[str, Any]]) -> list[str]:
    """A table of what was asked and reached, a column for the mines of every seed."""
    rows = []
    for number, row in enumerate(seeds[0]["networks"]):
        figure, limit = TARGETS[row["task"]]
        of = "is there a mine?" if row["task"] == "scene" else "where is it?"
        reached = [_figure(one["networks"][number]["test"][figure]) for one in seeds]
        name = f"{FIGURES[figure]} at least {limit:.2f}"
        rows.append([f"{row['name']} {row['preset']}".strip(), of, name, *reached])
    heads = ["", "says", "asked", *(f"mines of seed {one['seed']}" for one in seeds)]
    return markdown(heads, rows)


def _of_seed(seed: int, told: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Every network's scores and the forest's, on the mines of a seed."""
    folder = told.folder / f"seed_{seed}"
    simulated = _simulated(folder, told.sites, seed)
    chips = _measured_once(chip_set(simulated.path, _data(simulated, seed), folder / "chips"))
    console.print(str(chips.report))
    rows = [_network_row(name, chips, seed, folder, told, console) for name in told.networks]
    rows += _forest_rows(chips, seed)
    title = f"Scores on the test sites of seed {seed}, 95 % interval over sites"
    printed(title, [_short(row) for row in rows])
    splits = {name: _counts(chips, name) for name in ("train", "validation", "test")}
    return {"seed": seed, "splits": splits, "networks": rows}


def _simulated(folder: Path, sites: int, seed: int) -> SimulatedCube:
    """The cube of an earlier start, or a new one."""
    names = tuple(f"SIM_{number:03d}" for number in range(sites))
    there = SimulatedCube(folder / "simulated/cube", folder / "simulated/truth", names)
    if all((there.truth / f"{name}.nc").exists() for name in names):
        return there
    return simulated_cube(folder / "simulated", sites=sites, size=256, seed=11 + seed)


def _measured_once(chips: ChipSet) -> ChipSet:
    """All training chips; of the others those that do not overlap."""
    table = chips.records
    apart = (table["row"] % SIZE == 0) & (table["column"] % SIZE == 0)
    kept_ones = table[apart | (table["split"] == "train")].reset_index(drop=True)
    return replace(chips, records=kept_ones)


def _data(simulated: SimulatedCube, seed: int) -> DatasetSettings:
    return DatasetSettings(
        size=SIZE,
        overlap=OVERLAP,
        labels="truth",
        label_file=str(simulated.truth),
        positive_share=POSITIVE_SHARE,
        splits=SplitRule(train=0.6, validation=0.2, test=0.2, seed=seed),
    )


def _network_row(
    name: str,
    chips: ChipSet,
    seed: int,
    folder: Path,
    told: argparse.Namespace,
    console: Console,
) -> dict[str, Any]:
    """One network's scores on the test sites, and what it cost."""
    task = spec_of(name).task
    settings = TrainSettings(
        network=name,
        preset=told.preset,
        epochs=told.epochs or EPOCHS[task],
        batch_size=16,
        augmentation="medium" if task == "scene" else "light",
        seed=seed,
        threads=told.threads,
        loss=LossRule(positive_weight=1.0),
        optimiser=FROM_SCRATCH,
    )
    output, begun = folder / f"{name}_{told.preset}", time.perf_counter()
    fresh = not output.exists()
    found = trained(chips, settings, output, console)
    row = {
        "name": name,
        "task": found.task,
        "preset": found.preset,
        "weights": parameters(found.module),
        "seconds": round(time.perf_counter() - begun, 1) if fresh else "begun before",
        "torchmetrics": found.metrics["torchmetrics"],
    }
    return row | _reached(found.task, found.metrics["test"])


def _forest_rows(chips: ChipSet, seed: int) -> list[dict[str, Any]]:
    """The same of a random forest."""
    begun = time.perf_counter()
    found = forest_metrics(chips, seed)
    seconds = round(time.perf_counter() - begun, 1)
    plain = {"name": "forest on pixels", "preset": "", "seconds": seconds}
    return [plain | {"task": task} | _reached(task, metrics) for task, metrics in found.items()]


def _reached(task: str, metrics: dict[str, Any]) -> dict[str, Any]:
    name, target = TARGETS[task]
    return {"target": f"{name} >= {target}", "reached": metrics[name][0] >= target, "test": metrics}


def _short(row: dict[str, Any]) -> dict[str, Any]:
    told = row["test"]
    figure = {name: _figure(told[name]) for name in ("f1", "iou", "auc")}
    return {"name": row["name"], "of": row["task"], **figure, "target": row["target"],
            "reached": "yes" if row["reached"] else "no", "s": row["seconds"]}  # fmt: skip


def _figure(told: Sequence[float]) -> str:
    """A value with its interval."""
    return f"{told[0]:.3f} ({told[1]:.3f} to {told[2]:.3f})"


def _counts(chips: ChipSet, split: str) -> dict[str, int]:
    part = chips.records[chips.records["split"] == split]
    positive = int((part["label"] >= 0.5).sum())
    return {"sites": part["site"].nunique(), "chips": len(part), "positive": positive}


def _unet_time(folder: Path) -> dict[str, Any]:
    """Seconds of the full U-Net on one window of twelve bands: onnxruntime with all cores."""
    bands = tuple(f"band{number}" for number in range(12))
    torch.manual_seed(0)
    made = network("unet", len(bands), "full")
    scale = Normalisation(bands, (0.0,) * 12, (0.5,) * 12)
    spec = spec_of("unet")
    whole = TrainedNetwork(
        "unet", spec.task, "full", bands, scale, 512, 0.5, "none", "none",
        multiple=spec.multiple, weights=made.state_dict(),
    )  # fmt: skip
    path = folder / "unet_full.onnx"
    whole.export_onnx(path)
    asked = np.random.default_rng(0).random((1, 12, 512, 512), np.float32) * 0.5
    onnx = OnnxNetwork.load(path)
    times = side_by_side({"onnx": lambda: onnx.probability(asked)}, rounds=7)["onnx"]
    apart = float(np.abs(onnx.probability(asked) - whole.probability(asked)).max())
    return {"weights": parameters(made), **times.figures(unit="s"), "differs_by": apart}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--folder", type=Path, default=Path("runs/networks"), help="kept between starts")
    add("--sites", type=int, default=40)
    add("--networks", nargs="+", default=["unet", "maxvit", "resnet18"])
    add("--preset", choices=("full", "tiny"), default="tiny")
    add("--epochs", type=int, default=0, help="of each training (scene 12, segmentation 8)")
    add("--threads", type=int, default=0)
    add("--seeds", type=int, nargs="+", default=[0, 1])
    add("--export", action="store_true", help="time the full U-Net through ONNX")
    return parser


if __name__ == "__main__":
    main()
