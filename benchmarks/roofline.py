"""How near an analysis comes to reading alone: `python -m benchmarks.roofline [--slots 36]`.

The chunks of a window are decoded without a store; read and decoded as any reader of zarr does, and
as a worker does; the kernels go over its pixels in memory; what they found is written; and all of
it is done as a worker does it: side by side, in turns, on the same chunks. The floor is the second.
"""

from __future__ import annotations

import argparse
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from analysis import DetectionSettings
from analysis.looks import Looks, lent_looks, looks
from analysis.onward import onward
from benchmarks.measuring import Measured, kept, printed, side_by_side
from benchmarks.scale_cube import write_cube
from benchmarks.scale_sites import ScaleSettings
from cube.store import (
    begin_results,
    commit_results,
    measured_windows,
    open_cube,
    open_repository,
    open_results,
    publish_results,
    results_session,
)
from cube.store.chunks import blosc
from cube.store.layout import IMAGE_CODEC, QUALITY_CODEC, result_arrays
from cube.store.window_slots import SlotPixels, window_slots
from pipelines.window_excavation import WindowTask, detect_window, write_found
from pipelines.window_state import PLANES

READ_SLOTS = 16
"""Slots read at once by whoever reads the cube as any other zarr."""


class OneWindow:
    """The ways to go through one window of a cube."""

    def __init__(self, place: Path, position: int) -> None:
        self.place, self.position = place, position
        self.repository = open_repository(place)
        self.run = begin_results(self.repository, "roofline", planes=PLANES)
        whole = open_cube(place, snapshot=self.run.cube_snapshot, raw=True, chunks=None)
        self.cube = whole.isel(mine=position)
        self.window = measured_windows(whole)[position]
        self.slots = self.cube.sizes["time"]
        self.encoded = [
            (codec, [codec.encode(np.ascontiguousarray(slot)) for slot in self.cube[name].values])
            for name, codec in (
                ("reflectance", blosc(IMAGE_CODEC)),
                ("quality", blosc(QUALITY_CODEC)),
            )
        ]
        self.task = WindowTask(
            str(place), self.run.cube_snapshot, position, self.window, None,
            DetectionSettings(), 0, self.slots,
        )  # fmt: skip
        self.pixels = self.cube["reflectance"].values, self.cube["quality"].values
        self.found: Any = None
        self.written: Any = None

    @property
    def stored_bytes(self) -> int:
        """Bytes of the window's chunks as they are stored, without checksums."""
        return sum(len(one) for _, chunks in self.encoded for one in chunks)

    def decode(self) -> None:
        """Every chunk decoded once, from memory."""
        for codec, chunks in self.encoded:
            for chunk in chunks:
                codec.decode(chunk)

    def read(self) -> None:
        """Every chunk read and decoded once through the store, some slots at a time."""
        for first in range(0, self.slots, READ_SLOTS):
            some = self.cube.isel(time=slice(first, first + READ_SLOTS))
            for name in ("reflectance", "quality"):
                _ = some[name].values

    def read_by_slots(self) -> None:
        """The same as a worker reads them."""
        for _ in self._slots():
            pass

    def find(self) -> None:
        """The kernels, over pixels that are in memory."""
        reflectance, quality = self.pixels
        shape, bands = quality.shape, self.cube["band"].values.tolist()
        with lent_looks(shape) as room:
            for i in range(len(reflectance)):
                some = Looks(*(values[i : i + 1] for values in vars(room).values()))
                looks(reflectance[i : i + 1], quality[i : i + 1], bands, some)
            rules, acquired = DetectionSettings(), self.cube["acquired"].values
            self.found = None  # its memory is free, as a worker's is by then
            self.found = onward(None, [room], acquired, rules, self.slots, spent=True)

    def write(self) -> None:
        """What was found and what is carried, encoded and stored."""
        fork = results_session(self.repository).fork()
        write_found(fork, self.task, self.found)

    def analyse(self) -> None:
        """What a worker does with it: read, detect, write results and what is carried."""
        self.session = results_session(self.repository)
        self.written = detect_window(self.session.fork(), self.task)

    def _slots(self) -> Iterator[SlotPixels]:
        where = (self.task.cube_path, self.task.snapshot, self.position)
        return window_slots(*where, range(self.slots), self.cube.sizes["band"])

    def publish(self) -> None:
        """Commit what was written last, so that its size can be looked at."""
        commit_results(self.session, [self.written])
        publish_results(self.repository, self.run, without=range(len(self.run.done)))


def mask_ratio(place: Path, position: int) -> dict[str, float]:
    """Decoded over stored bytes of a window's results with a time axis, by name."""
    group = open_results(place, chunks=None)
    ratios = {}
    for name, plan in result_arrays(group.sizes["y"]).items():
        if plan.dims[:2] == ("mine", "time") and "y" in plan.dims:
            values = np.ascontiguousarray(group[name].isel(mine=position).values)
            codec, step = blosc(plan.codec), plan.chunks[1]
            size = sum(
                len(codec.encode(np.ascontiguousarray(values[t : t + step])))
                for t in range(0, len(values), step)
            )
            ratios[name] = round(values.nbytes / size, 1)
    return ratios


def row(name: str, measured: Measured, floor: Measured, decoded: int) -> dict[str, Any]:
    """One line of the table."""
    return {
        "what": name,
        "processor_s": round(measured.processor, 3),
        "wall_s": round(measured.wall, 3),
        "MB_per_s": round(decoded / measured.processor / 1e6),
        "of_reading_processor": round(measured.processor / floor.processor, 2),
        "of_reading_wall": round(measured.wall / floor.wall, 2),
    }


def main() -> None:
    """The table, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=512, help="pixels of a window's side")
    parser.add_argument("--slots", type=int, default=36)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--work", type=Path, help="keep the cube here, and use it again")
    told = parser.parse_args()
    with TemporaryDirectory(prefix="minecube-") as folder:
        settings = ScaleSettings(1, told.slots, told.size, sites=1)
        written = (told.work or Path(folder)) / "written"
        write_cube(written, settings)
        place = Path(folder) / "run" / "cube"
        shutil.copytree(written / "cube", place)
        one = OneWindow(place, 0)
        ways: dict[str, Callable[[], object]] = {
            "decoding alone, from memory": one.decode,
            "reading and decoding, through the store": one.read,
            "reading and decoding, as a worker does": one.read_by_slots,
            "kernels, from memory": one.find,
            "writing results and carried state": one.write,
            "analysis: reading, detecting, writing results": one.analyse,
        }
        measured = side_by_side(ways, 1 if told.quick else told.rounds)
        one.publish()
        decoded = settings.raw_bytes
        floor = measured["reading and decoding, through the store"]
        rows = [row(name, found, floor, decoded) for name, found in measured.items()]
        printed(f"Roofline: {told.slots} slots of {told.size} x {told.size} pixels, 6 bands", rows)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        masks = mask_ratio(place, 0)
        record = {
            "decoded_bytes": decoded,
            "stored_bytes": one.stored_bytes,
            "rows": rows,
            "spread": {name: found.figures() for name, found in measured.items()},
            "masks": masks,
            "peak_memory": peak,
        }
        print(
            f"{decoded / 1e6:.0f} MB of pixels in {one.stored_bytes / 1e6:.0f} MB of chunks; "
            f"results compressed {masks}; peak memory {peak / 1e6:.0f} MB"
        )
        kept("roofline", record, "numba", "zarr", "icechunk", "numcodecs")


if __name__ == "__main__":
    main()
