"""Processor time of the step regions, mine by mine, in one process: `python -m
benchmarks.mine_regions RUN MINES.geojson`, on a run in which detection has ended.

The digest is over all that the step makes of these mines: two versions of the software that print
the same give the same regions, reasons, months and signatures, to the byte.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cube.mines import read_mines
from cube.store import measured_windows, open_results
from pipelines.config import RunConfig
from pipelines.mine_ground import positions_of, results_version
from pipelines.regions import packed_regions_of_mine


def asked(run: Path, outlines: Path) -> Iterator[tuple[Any, ...]]:
    """What a worker is told of every mine that has results."""
    repository, config = str(run / "cube"), RunConfig()
    snapshot = results_version(repository)
    positions = positions_of(repository, snapshot)
    mines, _ = read_mines(outlines)
    mines = mines[mines["mine_id"].isin(list(positions))]
    windows = tuple(measured_windows(open_results(repository, chunks=None)))
    rules = config.regions, config.detection, config.detector
    table = mines[["mine_id", "epsg", "geometry"]]
    for mine, outline in zip(mines["mine_id"], mines.geometry, strict=True):
        yield repository, snapshot, positions[mine], outline, table, windows, *rules


def main() -> None:
    """Print the median over the mines, the first left out, which loads all that is loaded once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("outlines", type=Path)
    parser.add_argument("--mines", type=int, default=13)
    told = parser.parse_args()
    digest, seconds = hashlib.sha256(), []
    for _, one in zip(range(told.mines), asked(told.run, told.outlines), strict=False):
        begun = time.process_time()
        text, _, count, history, months, kinds = packed_regions_of_mine(*one)
        seconds.append(time.process_time() - begun)
        looks = [
            (kind, name, kinds[kind][name].looks) for kind in kinds for name in sorted(kinds[kind])
        ]
        for part in (text.encode(), str(count).encode(), history, months.to_csv().encode()):
            digest.update(part)
        digest.update(repr(sorted(looks)).encode())
    print(f"{statistics.median(seconds[1:] or seconds):.3f} s of processor time per mine")
    print(digest.hexdigest())


if __name__ == "__main__":
    main()
