"""A finished run in, an Isolation Forest of each mine grown anew out, and how far it agrees.

    python -m pipelines.retrain --output DIR [--mine ID ...] [--cluster FILE|ADDRESS|threads]

Grown from a bounded, seeded sample of each mine's own clear looks at the published snapshot: no
other mine is asked, no label is needed. Kept under DIR/forests, with the share of the confirmed
ground that the forest calls dug as well, and the share of other ground.
Exit codes: 0 done, 2 bad input, 3 some mines failed (listed), 130 stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import icechunk
import numpy as np
from distributed import Client
from rich.console import Console

from analysis.detectors.block import Block
from analysis.detectors.block_features import BlockFeatures
from analysis.detectors.forest import ForestDetector, ForestSettings
from analysis.detectors.persistence import history_end, persistent
from analysis.forest import Forest, drawn, grown_forest
from cube.contract import CubeError
from cube.store import open_cube, open_results
from cube.store.lock import is_local
from pipelines.cluster import cluster_spec, connected
from pipelines.config import settings_of
from pipelines.finished_run import recorded
from pipelines.job import progress_bar
from pipelines.mine_ground import positions_of, results_version
from pipelines.progress import ProgressFile
from pipelines.publish.folder import read_pointer
from pipelines.retrained import KeptForest, keep_forests, keep_model
from pipelines.run_record import key_of
from pipelines.tasks import Failed, outcomes
from pipelines.wording import counted

ASKED_PIXELS = 4_000
"""Pixels of a window whose looks the grown forest is asked about, half of them confirmed: the
error of a share is 1 % then, and a mine takes a second."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Grow from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    try:
        return retrain(told.output, told.mine, told.cluster, console)
    except (CubeError, OSError, icechunk.IcechunkError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; the forests kept before stay.", file=sys.stderr)
        return 130


def retrain(output: Path, wanted: Sequence[str], cluster: str | None, console: Console) -> int:
    """Grow the forests of these mines, or of all; the exit code.

    Raises
    ------
    CubeError
        If there is no finished run, or no such mine in it.
    """
    settings = recorded(output)["settings"]
    repository = settings.get("cube") or str(output / "cube")
    if is_local(repository):
        repository = str(Path(repository).absolute())
    pointer = read_pointer(output)
    snapshot = pointer.snapshots["results"] if pointer else results_version(repository)
    positions = positions_of(repository, snapshot)
    mines = _chosen(positions, wanted)
    spec = cluster_spec(cluster or settings.get("cluster") or None)
    with connected(spec) as client:
        rows, failed = grown_forests(client, output, repository, snapshot, mines, console)
    keep_forests(output, rows)
    shares = np.array([row.agreement for row in rows])
    middle = f"{np.nanmedian(shares):.0%}" if np.isfinite(shares).any() else "none"
    console.print(
        f"{counted(len(rows), 'forest')} grown; in the middle of the mines {middle} of the "
        "confirmed ground is odd to its forest as well"
    )
    for mine, reason in sorted(failed.items()):
        console.print(f"{mine} failed: {reason}")
    return 3 if failed else 0


def grown_forests(
    client: Client,
    output: Path,
    repository: str,
    snapshot: str,
    mines: dict[str, list[int]],
    console: Console,
) -> tuple[list[KeptForest], dict[str, str]]:
    """Every mine's forest on the cluster, its model kept as it comes; rows, and what failed."""
    asked = ForestSettings()
    told = {mine: (repository, snapshot, mine, where, asked) for mine, where in mines.items()}
    rows, failed = [], {}
    file = ProgressFile(output)
    file.begin_step("forests")
    file.begin_bar("growing forests", len(told))
    with progress_bar(console, "growing forests", len(told)) as advance:
        for mine, outcome in outcomes(client, mine_forest, told):
            advance()
            file.advance()
            if isinstance(outcome, Failed):
                failed[mine] = outcome.reason
                continue
            forest, row = outcome
            keep_model(output, mine, forest)
            rows.append(row)
    file.end_step("forests", counted(len(rows), "forest"), "grown", len(failed))
    return rows, failed


def mine_forest(
    repository: str,
    snapshot: str,
    mine_id: str,
    positions: Sequence[int],
    settings: ForestSettings,
) -> tuple[Forest, KeptForest]:
    """One mine's forest, across its windows; runs on a worker, which holds a window at a time.

    Raises
    ------
    CubeError
        If hardly anything of the mine was ever seen.
    """
    rule, samples, asked = settings.forest, [], []
    results = open_results(repository, snapshot=snapshot, chunks=None)
    for position in positions:
        block = _block(repository, snapshot, position, settings)
        looks = BlockFeatures(block, settings.features)
        samples.append(looks.sample(rule.training_looks // len(positions), rule.seed))
        dug = results["excavated"].isel(mine=position, time=-1).values.astype(bool)
        asked.append(_pixels(block, dug, rule.seed))
    training = np.concatenate(samples, axis=1)
    forest = grown_forest(training, rule)
    found = [(_dug(part, forest, settings), dug) for part, dug in asked]
    also = np.concatenate([also for also, _ in found])
    dug = np.concatenate([dug for _, dug in found])
    row = KeptForest(
        mine_id,
        int(training.shape[1]),
        int(dug.sum()),
        int((~dug).sum()),
        _share(also[dug]),
        _share(also[~dug]),
        snapshot,
        key_of(settings_of(settings)),
        datetime.now(UTC).strftime("%Y-%m-%d"),
    )
    return forest, row


def _block(repository: str, snapshot: str, position: int, settings: ForestSettings) -> Block:
    """One window's looks, in the bands that the forest reads."""
    bands = ForestDetector(settings).bands
    window = open_cube(repository, snapshot=snapshot, raw=True, chunks=None, bands=bands)
    window = window.isel(mine=position)
    return Block(
        window["reflectance"].values, window["quality"].values, window["acquired"].values, bands
    )


def _pixels(block: Block, dug: np.ndarray, seed: int) -> tuple[Block, np.ndarray]:
    """Some confirmed and some other pixels of a window as a block one column wide; which is which.

    dug : (y, x) bool
    """
    seen = block.clear.any(axis=0)
    places = [
        kind[drawn(kind.size, ASKED_PIXELS // 2, seed)]
        for kind in (np.flatnonzero(dug & seen), np.flatnonzero(~dug & seen))
    ]
    rows, columns = np.unravel_index(np.concatenate(places), dug.shape)
    part = Block(
        np.ascontiguousarray(block.reflectance[:, :, rows, columns][..., np.newaxis]),
        np.ascontiguousarray(block.quality[:, rows, columns][..., np.newaxis]),
        block.acquired,
        block.bands,
    )
    return part, dug[rows, columns]


def _dug(part: Block, forest: Forest, settings: ForestSettings) -> np.ndarray:
    """(n,) bool, pixels that the forest's own rule calls dug at the end."""
    detector = ForestDetector(settings)
    first = history_end(part.days, settings.history_days)
    found = persistent(detector.labels(part, forest), part.days, first, settings.needed)
    return found.excavated[-1, :, 0]


def _share(also: np.ndarray) -> float:
    return round(float(also.mean()), 4) if also.size else float("nan")


def _chosen(positions: dict[str, list[int]], wanted: Sequence[str]) -> dict[str, list[int]]:
    for mine in wanted:
        if mine not in positions:
            some = ", ".join(list(positions)[:8]) + (", ..." if len(positions) > 8 else "")
            raise CubeError(f"there are no results of mine {mine!r}; there are of {some}.")
    return {mine: positions[mine] for mine in wanted} or positions


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.retrain", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--output", type=Path, required=True, help="folder of a run")
    parser.add_argument("--mine", action="append", default=[], metavar="ID", help="only this mine")
    parser.add_argument("--cluster", default=None, help="where (default: where the run computed)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
