"""A finished run's cube in, a trained network out: chips, training, threshold, scores.

    python -m pipelines.train --cube DIR --network NAME --output DIR [options]

Chips are cut from the cube (--data.*: which bands, what labels, how they are divided by place), the
network learns from the training sites, its threshold is chosen on the validation sites, and the
test sites say how good it is. OUTPUT/network.pt and network.onnx are the result. Stop it whenever
you like, even with kill -9: the same command goes on from the last whole epoch.
Exit codes: 0 done, 2 bad input, 130 stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from pipelines.config import settings_of
from pipelines.flags import Parser, add_group
from pipelines.networks.command_line import add_settings, settings_from
from pipelines.networks.ended import ended
from pipelines.networks.extra import end_without_networks
from pipelines.run_record import whole_file

try:
    from pipelines.networks.chips import chip_set
    from pipelines.networks.dataset import DatasetSettings
    from pipelines.networks.evaluation import DATA
    from pipelines.networks.settings import TrainSettings
    from pipelines.networks.training import NETWORK, trained
except (ModuleNotFoundError, KeyboardInterrupt) as missing:
    end_without_networks(missing)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    return ended(lambda: train(told, console))


def train(told: argparse.Namespace, console: Console) -> int:
    """Cut chips, train on them, export; the exit code."""
    settings = settings_from(told, TrainSettings)
    data = settings_from(told, DatasetSettings, "data.")
    chips = chip_set(told.cube, data, told.output / "chips")
    console.print(str(chips.report))
    with whole_file(told.output / DATA) as stream:
        json.dump({"cube": str(Path(told.cube).resolve()), "data": settings_of(data)}, stream)
    network = trained(chips, settings, told.output, console)
    said = [str(told.output / NETWORK)]
    onnx = (told.output / NETWORK).with_suffix(".onnx")
    if not told.no_onnx:
        network.export_onnx(onnx)
        said.append(str(onnx))
    console.print("\n".join(said))
    console.print(
        f"python -m pipelines.evaluate_model {said[-1]} --visualize   # pictures of its errors"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m pipelines.train", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--cube", required=True, help="OUTPUT/cube of a run")
    parser.add_argument("--output", type=Path, required=True, help="folder of the training")
    parser.add_argument("--no-onnx", action="store_true", help="do not export to ONNX")
    add_settings(parser, TrainSettings)
    add_group(parser, "data", DatasetSettings)
    return parser


if __name__ == "__main__":
    sys.exit(main())
