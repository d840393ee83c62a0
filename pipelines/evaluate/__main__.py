"""How well our detectors and their peers find excavation at simulated sites of known truth.

    python -m pipelines.evaluate                          everything; the table, JSON and pictures
    python -m pipelines.evaluate --quick                  one site, ours and the quick peers
    python -m pipelines.evaluate --seeds tuning --detectors confirmation dist_alert
    python -m pipelines.evaluate --stress half_looks scene_bias

Constants may be chosen on the seeds `tuning` and never on `reporting`. Stopped at any time, the
same command goes on where it was: every site's results are kept until the code or the settings
they rest on change. Exit codes: 0 done, 2 bad input.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cube.contract import CubeError
from cube.simulate.stress import Stress
from pipelines.evaluate.evaluation import evaluation
from pipelines.evaluate.figures import report, signature
from pipelines.evaluate.pictures import draw
from pipelines.evaluate.printed import lines
from pipelines.evaluate.settings import QUICK, REPORTING, TUNING, EvaluationSettings

SEEDS = {"tuning": TUNING, "reporting": REPORTING}

QUICK_DETECTORS = ("confirmation", "dist_alert", "ndvi_drop", "nrt_ewma")
"""What `--quick` runs: a minute in all."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    console = Console(stderr=True)
    try:
        settings = _settings(told)
        told.output.mkdir(parents=True, exist_ok=True)
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), console=console,
        ) as bar:  # fmt: skip
            row = bar.add_task("simulating and detecting", total=None)
            done = evaluation(
                settings,
                told.output / "sites",
                lambda now, of, what: bar.update(row, completed=now, total=of, description=what),
            )
        whole = report(done)
        path = told.output / "accuracy.json"
        path.write_text(json.dumps(whole, indent=1) + "\n")
        for line in lines(whole):
            print(line)
        for written in (path, *draw(whole, signature(done), told.output)):
            print(f"  {written}")
        return 0
    except CubeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; the same command goes on from here.", file=sys.stderr)
        return 130


def _settings(told: argparse.Namespace) -> EvaluationSettings:
    seeds = tuple(seed for word in told.seeds for seed in _seeds(word))
    detectors = tuple(told.detectors)
    stresses = tuple(Stress(word) for word in told.stress) if told.stress else tuple(Stress)
    twins = told.twins
    if told.quick:
        seeds, detectors = QUICK, detectors or QUICK_DETECTORS
        stresses, twins = (Stress.NONE,) if not told.stress else stresses, 1
    return EvaluationSettings(
        seeds=seeds,
        detectors=detectors,
        stresses=stresses,
        twins=min(twins, len(seeds)),
        size=told.size,
        workers=told.workers,
    )


def _seeds(word: str) -> tuple[int, ...]:
    """A named set, a number, or a range such as 1-8."""
    if word in SEEDS:
        return SEEDS[word]
    first, dash, last = word.partition("-")
    if first.isdigit() and (last.isdigit() or not dash):
        return tuple(range(int(first), int(last or first) + 1))
    raise CubeError(f"seeds are {word!r}; give tuning, reporting, numbers or a range such as 1-8.")


def _parser() -> argparse.ArgumentParser:
    text = (__doc__ or "").split("\n")
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.evaluate",
        description=text[0],
        epilog="\n".join(text[2:]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    plain = EvaluationSettings()
    parser.add_argument("--output", type=Path, default=Path("outputs/accuracy"), help="folder")
    parser.add_argument("--seeds", nargs="+", default=["reporting"], help="sites to run")
    parser.add_argument(
        "--detectors", nargs="+", default=[], help="names, ours, peers; all unless told"
    )
    parser.add_argument(
        "--stress", nargs="+", default=[], choices=[str(one) for one in Stress],
        help="worlds to run; all unless told",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="one site, the quick detectors")
    parser.add_argument("--twins", type=int, default=plain.twins, help="sites run undisturbed too")
    parser.add_argument("--size", type=int, default=plain.size, help="pixels along a site's side")
    parser.add_argument("--workers", type=int, default=plain.workers, help="sites at a time")
    return parser


if __name__ == "__main__":
    sys.exit(main())
