"""Chips streamed to a network beside the same bytes read bare, in chips per second.

    python -m benchmarks.chips [--cube outputs/cube] [--size 64] [--quick]

A finished run's cube is cut into chips (labels: its confirmed excavation); the images lie in one
Zarr in a temporary folder. Four ways read all chips once, in turns: xbatcher from that Zarr, Zarr's
own slices of it, the bytes of its files, and xbatcher from memory. Writes results/chips.json.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import zarr

from benchmarks.measuring import kept, printed, side_by_side
from pipelines.networks.chips import ChipSet, chip_set
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.dataset_store import IMAGES


def ways(chips: ChipSet, folder: Path) -> dict[str, Callable[[], None]]:
    """What reads every chip once."""
    streamed = dataclasses.replace(chips, memory_mb=0)
    group = zarr.open_group(folder / IMAGES, mode="r")
    arrays: list[Any] = [group["reflectance"], group["mask"]]
    files = [path for path in (folder / IMAGES).rglob("*") if path.is_file() and "c" in path.parts]
    mines = chips.records["mine_id"].to_numpy()
    keys = list(dict.fromkeys(mines))  # all periods and windows of the embedded archive are one
    side = chips.size
    slices = [
        (keys.index(mine), 0, ..., slice(row, row + side), slice(column, column + side))
        for mine, row, column in zip(mines, chips.records["row"], chips.records["column"],
                                     strict=True)
    ]  # fmt: skip

    def stream(held: ChipSet) -> None:
        for index in range(len(held)):
            held[index]

    def bare() -> None:
        for where in slices:
            for array in arrays:
                array[where]

    def raw() -> None:
        for path in files:
            path.read_bytes()

    return {
        "xbatcher from Zarr": lambda: stream(streamed),
        "Zarr alone": bare,
        "its files alone": raw,
        "xbatcher from memory": lambda: stream(chips),
    }


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cube", default="outputs/cube")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--quick", action="store_true", help="one round")
    told = parser.parse_args()
    with TemporaryDirectory(prefix="minecube-chips-") as place:
        chips = chip_set(told.cube, DatasetSettings(size=told.size), Path(place))
        taken = side_by_side(ways(chips, Path(place)), rounds=1 if told.quick else 5)
    item = chips[0]
    each = item["pixels"].nbytes // 2 + item["mask"].nbytes  # stored as uint16
    rows = [
        {
            "way": name,
            "chips_per_processor_s": len(chips) / cost.processor,
            "chips_per_s": len(chips) / cost.wall,
            "mb_per_s": len(chips) * each / cost.wall / 1e6,
        }
        for name, cost in taken.items()
    ]
    printed(f"{len(chips)} chips of {len(chips.bands)} x {told.size} x {told.size} pixels", rows)
    record = {"chips": len(chips), "bands": len(chips.bands), "size": told.size, "ways": rows}
    kept("chips", record, "xbatcher", "zarr", "xarray")


if __name__ == "__main__":
    main()
