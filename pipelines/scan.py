"""A place and a radius in, candidates for mines that nobody listed out.

    python -m pipelines.scan --center LAT,LON --radius KM --catalog URL|PATH --period FIRST/LAST
        --output DIR [--mines FILE] [--skip-training | --skip-data] [options]

Trains first, on the mines of --mines, unless told otherwise: --skip-data takes the training
imagery as it lies in DIR/training and trains anew, --skip-training takes the networks as they are
(of DIR/models, or --classifier and --segmenter). Stop it whenever you like, even with kill -9: the
same command goes on where it stopped.
Exit codes: 0 done, 2 bad input, 3 some tiles failed (listed; the others are scanned), 130 stopped.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from rich.console import Console

from analysis.networks.screening import ScreeningRule
from cube.contract import WINDOW_PIXELS
from pipelines.flags import Parser
from pipelines.networks.ended import ended
from pipelines.networks.extra import end_without_networks

try:
    from pipelines.networks.grid import ScanGrid, centre_of
    from pipelines.networks.outlining import OutlineRule
    from pipelines.networks.scan_job import ScanOrder, scan
    from pipelines.networks.scan_training import TrainingOrder
    from pipelines.networks.scanning import ScanRules
except (ModuleNotFoundError, KeyboardInterrupt) as missing:
    end_without_networks(missing)


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan from the command line; the exit code."""
    told = _parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    for name in ("distributed", "distributed.client"):  # what it means, we say ourselves
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return ended(lambda: scan(_order(told), console)[0])


def _joined(arguments: Sequence[str]) -> list[str]:
    """`--center -14.2,-49.4` as one word: argparse takes what begins with a minus for a flag."""
    found: list[str] = []
    for word in arguments:
        if found and found[-1] == "--center":
            found[-1] = f"--center={word}"
        else:
            found.append(word)
    return found


def _order(told: argparse.Namespace) -> ScanOrder:
    latitude, longitude = centre_of(told.center)
    return ScanOrder(
        ScanGrid(latitude, longitude, told.radius, told.tile),
        told.catalog,
        told.period,
        told.output,
        told.classifier,
        told.segmenter,
        told.land_cover,
        told.mines,
        told.cluster,
        told.skip_training,
        TrainingOrder(
            mines=told.training_mines or told.mines,
            catalog=told.training_catalog or told.catalog,
            period=told.training_period or told.period,
            labels=told.labels,
            label_file=told.label_file,
            chip_px=told.chip,
            classifier=told.classifier_network,
            segmenter=told.segmenter_network,
            preset=told.preset,
            epochs=told.epochs,
            window_px=told.training_window,
            skip_data=told.skip_data,
        ),
        ScanRules(
            told.threshold,
            ScreeningRule(told.suspicious_share, told.greenest),
            OutlineRule(told.least_ha),
        ),
    )


def _parser() -> argparse.ArgumentParser:
    trained, screen, outline = TrainingOrder(), ScreeningRule(), OutlineRule()
    parser = Parser(
        prog="python -m pipelines.scan",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--center", required=True, metavar="LAT,LON", help="middle of the scan [degree]")
    add("--radius", required=True, type=float, metavar="KM", help="how far to look [km]")
    add("--catalog", required=True, help="STAC API, catalog, ItemCollection or stac-geoparquet")
    add("--period", required=True, metavar="FIRST/LAST", help="the median is made of these days")
    add("--output", required=True, help="folder of the scan")
    add("--mines", default="", help="mines listed already: drawn, and trained on")
    add("--cluster", default="", help="cluster.yaml, a scheduler's address, or `threads`")
    add("--tile", type=int, default=WINDOW_PIXELS, metavar="PX", help="side of a tile (512)")
    networks = parser.add_argument_group("networks")
    add = networks.add_argument
    add("--skip-training", action="store_true", help="take the networks as they are")
    add("--classifier", default="", metavar="FILE", help="checkpoint or ONNX of a classifier")
    add("--segmenter", default="", metavar="FILE", help="of a segmentation network")
    add("--land-cover", default="", metavar="FILE",
        help="of a land cover network; without one the screen looks for bare ground")  # fmt: skip
    rules = parser.add_argument_group("rules")
    add = rules.add_argument
    add("--threshold", type=float, default=None, help="probability of a hit (the classifier's own)")
    add("--suspicious-share", type=float, default=screen.suspicious_share, metavar="SHARE",
        help=f"of a cell, from which it is classified ({screen.suspicious_share})")  # fmt: skip
    add("--greenest", type=float, default=screen.greenest, metavar="NDVI",
        help=f"of bare ground ({screen.greenest})")  # fmt: skip
    add("--least-ha", type=float, default=outline.least_ha, metavar="HA",
        help=f"of a candidate ({outline.least_ha})")  # fmt: skip
    learning = parser.add_argument_group("training")
    add = learning.add_argument
    add("--skip-data", action="store_true", help="train on DIR/training as it lies there")
    add("--training-mines", default="", metavar="FILE", help="mines to train on (those of --mines)")
    add("--training-catalog", default="", metavar="CATALOG", help="their imagery (--catalog)")
    add("--training-period", default="", metavar="FIRST/LAST", help="of their imagery (--period)")
    add("--training-window", type=int, default=trained.window_px, metavar="PX",
        help=f"side of the square around a mine ({trained.window_px})")  # fmt: skip
    add("--labels", default=trained.labels, choices=("polygons", "csv", "truth"),
        help="what says where a mine is (polygons: those of the mines)")  # fmt: skip
    add("--label-file", default="", metavar="FILE", help="labels from elsewhere than the mines")
    add("--chip", type=int, default=trained.chip_px, metavar="PX",
        help=f"side of a cell ({trained.chip_px}: 2.56 km)")  # fmt: skip
    add("--classifier-network", default=trained.classifier, metavar="NAME",
        help=f"({trained.classifier})")  # fmt: skip
    add("--segmenter-network", default=trained.segmenter, metavar="NAME",
        help=f"({trained.segmenter})")  # fmt: skip
    add("--preset", default=trained.preset, choices=("full", "tiny"), help=f"({trained.preset})")
    add("--epochs", type=int, default=trained.epochs, help=f"at most ({trained.epochs})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
