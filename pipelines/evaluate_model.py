"""A trained network in, how good it is and where it errs out.

    python -m pipelines.evaluate_model NETWORK [--split test] [--visualize] [--export] [options]

NETWORK is a checkpoint or an ONNX file. It is asked about the chips that lie beside it (of the
training's own split, so that the test sites are unseen), or about those of another cube (--cube and
--data.*). OUTPUT (default: a folder `evaluation` beside it) gets scores.json, with intervals over
sites, and chips.csv; with --visualize pictures of hits, misses and false alarms; with --export the
probabilities as Cloud-Optimized GeoTIFF. Of a land cover network: the IoU of every class, pictures
and maps of classes.
Exit codes: 0 done, 2 bad input, 130 stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from cube.contract import CubeError
from pipelines.flags import Parser, add_group
from pipelines.networks.command_line import settings_from
from pipelines.networks.ended import ended
from pipelines.networks.extra import end_without_networks

try:
    from analysis.networks.splits import SPLITS
    from pipelines.networks.chips import chip_set
    from pipelines.networks.cover_evaluation import (
        CoverEvaluation,
        cover_evaluation,
        write_classes,
        write_cover_picture,
        write_cover_scores,
    )
    from pipelines.networks.dataset import DatasetSettings, imagery_of
    from pipelines.networks.evaluation import (
        evaluation,
        network_of,
        training_data,
        write_scores,
    )
    from pipelines.networks.overlays import write_overlays
    from pipelines.networks.probability_maps import write_probabilities
    from pipelines.networks.score_words import scores_text
except (ModuleNotFoundError, KeyboardInterrupt) as missing:
    end_without_networks(missing)


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    return ended(lambda: evaluate(told, console), stopped="")


def evaluate(told: argparse.Namespace, console: Console) -> int:
    """Score a network and write what was asked for; the exit code."""
    network = network_of(told.network)
    cube, settings, folder = _data(told)
    chips = chip_set(cube, settings, folder)
    part = chips if told.split == "all" else chips.of_split(told.split)
    output = told.output or told.network.parent / "evaluation"
    if network.task == "land_cover":
        words = _evaluate_cover(told, cover_evaluation(network, part), cube, settings, output)
        console.print("\n".join(words))
        return 0
    done = evaluation(network, part)
    metrics = write_scores(done, output)
    console.print(f"{network.name}, {told.split}: {metrics['sites']} sites, {len(part)} chips")
    for name in ("f1", "iou", "precision", "recall", "auc", "average_precision",
                 "calibration_error"):  # fmt: skip
        value, low, high = metrics[name]
        console.print(f"  {name.replace('_', ' '):18}{value:6.3f}  ({low:.3f} to {high:.3f})")
    if done.other_chips:
        console.print("these are not the chips it was trained on: whether it has seen this ground "
                      "before is not known")  # fmt: skip
    files = [output / "scores.json"]
    if told.visualize:
        files += write_overlays(done, output)
    if told.export:
        files += write_probabilities(done, imagery_of(cube, settings), output / "probabilities")
    console.print("\n".join(str(file) for file in files))
    return 0


def _evaluate_cover(
    told: argparse.Namespace,
    done: CoverEvaluation,
    cube: str,
    settings: DatasetSettings,
    output: Path,
) -> list[str]:
    """Score a land cover network and write what was asked for; what to say of it."""
    scores = {told.split: write_cover_scores(done, output)}
    files = [output / "scores.json"]
    if told.visualize:
        files.append(write_cover_picture(done, output))
    if told.export:
        files += write_classes(done, imagery_of(cube, settings), output / "classes")
    return [scores_text(done.network, scores), *map(str, files)]


def _data(told: argparse.Namespace) -> tuple[str, DatasetSettings, Path | None]:
    """The cube, the chips' settings, and where their images lie."""
    given = any(key.startswith("data.") and value is not None for key, value in vars(told).items())
    beside = training_data(told.network)
    if beside is not None and told.cube is None and not given:
        return (*beside, told.network.parent / "chips")
    cube = told.cube or (beside[0] if beside else None)
    if cube is None:
        raise CubeError(
            f"nothing beside {told.network} says what it was trained on. Give --cube, and the "
            "--data flags of the training."
        )
    settings = settings_from(told, DatasetSettings, "data.")
    return cube, beside[1] if beside and not given else settings, None


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m pipelines.evaluate_model", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("network", type=Path, metavar="NETWORK", help="checkpoint (.pt) or ONNX file (.onnx)")
    add("--split", choices=(*SPLITS, "all"), default="test", help="which chips (default: test)")
    add("--cube", help="OUTPUT/cube of a run (default: that of the training)")
    add("--output", type=Path, help="where (default: `evaluation` beside the network)")
    add("--visualize", action="store_true", help="pictures of hits, misses and false alarms")
    add("--export", action="store_true", help="probabilities as Cloud-Optimized GeoTIFF")
    add_group(parser, "data", DatasetSettings)
    return parser


if __name__ == "__main__":
    sys.exit(main())
