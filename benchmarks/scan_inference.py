"""The segmenter over the tiles of a scan: on Dask's workers, and in one process with all cores.

    python -m benchmarks.scan_inference [--tiles 8] [--rounds 3] [--preset full]

Both read the same medians from the same cube and ask the same ONNX file, patch for patch. Dask has
a worker per core with a thread each; the one process lets onnxruntime use all cores.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from distributed import Client, LocalCluster

from analysis.networks.normalisation import Normalisation
from analysis.networks.registry import network, spec_of
from benchmarks.measuring import kept, printed, side_by_side
from cube.acquire import AcquiredSlots
from cube.contract import CORE_BANDS, Window
from cube.store import commit_slots, create_or_extend_cube, open_repository, write_slots
from pipelines.networks.cells import chips_at
from pipelines.networks.checkpoint import TrainedNetwork
from pipelines.networks.inference import bring_networks, loaded, network_file, probabilities
from pipelines.networks.mosaic import Mosaic
from pipelines.networks.outlining import segmented_tile
from pipelines.tasks import outcomes

PX = 256
"""Side of a tile, and of a patch."""

DAY = np.datetime64("2021-01-01", "s")


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiles", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--preset", choices=("full", "tiny"), default="full")
    told = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        file = unet(Path(folder) / "unet.onnx", told.preset)
        mosaic = medians(Path(folder) / "medians", told.tiles)
        tiles = {f"tile_{i}": np.array([[0, i * PX]], np.int64) for i in range(told.tiles)}
        alone = loaded(file, cores)
        with (
            LocalCluster(cores, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            bring_networks(client, {"segmenter": network_file(file)})

            def on_dask() -> None:
                work = {name: (mosaic, origins, PX) for name, origins in tiles.items()}
                found = dict(outcomes(client, segmented_tile, work))
                assert len(found) == len(tiles)

            def in_one_process() -> None:
                for origins in tiles.values():
                    probabilities(alone, chips_at(mosaic, alone.bands, origins, PX))

            found = side_by_side(
                {"one process, all cores": in_one_process, "Dask, a worker per core": on_dask},
                told.rounds,
            )
    rows = [
        {"way": name, "s_per_tile": one.wall / told.tiles, "tiles_per_s": told.tiles / one.wall}
        for name, one in found.items()
    ]
    printed(f"U-Net ({told.preset}) on {told.tiles} tiles of {PX} px, {cores} cores", rows)
    one, dask = found.values()
    ratio = round(one.wall / dask.wall, 3)
    print(f"Dask is {ratio:.2f} times as fast")
    record = {"preset": told.preset, "tiles": told.tiles, "tile_px": PX, "rows": rows}
    print(kept("scan_inference", record | {"dask_times_as_fast": ratio}, "onnxruntime", "dask"))


def unet(path: Path, preset: str) -> Path:
    """A U-Net with fresh weights as an ONNX file: how fast it is does not depend on them."""
    spec = spec_of("unet")
    TrainedNetwork(
        name="unet",
        task=spec.task,
        preset=preset,
        bands=CORE_BANDS,
        normalisation=Normalisation(CORE_BANDS, (0.0,) * 6, (0.5,) * 6),
        chip_size=PX,
        threshold=0.5,
        data_hash="",
        code_version="",
        multiple=spec.multiple,
        weights=network("unet", len(CORE_BANDS), preset).state_dict(),  # type: ignore[arg-type]
    ).export_onnx(path)
    return path


def medians(path: Path, tiles: int) -> Mosaic:
    """A cube of one slot with noise in it, its windows side by side."""
    rng = np.random.default_rng(0)
    windows = [Window(f"tile_{i}", 0, 32644, 600_000 + 10 * PX * i, 2_500_000, PX)
               for i in range(tiles)]  # fmt: skip
    repository = open_repository(path, create=True)
    positions = create_or_extend_cube(repository, windows, np.array([DAY]), 365, CORE_BANDS)
    session = repository.writable_session("main")
    fork = session.fork()
    written = [
        write_slots(
            fork,
            int(position),
            0,
            AcquiredSlots(
                rng.integers(300, 4000, (1, len(CORE_BANDS), PX, PX), np.uint16),
                np.ones((1, PX, PX), np.uint8),
                np.array([DAY]),
                np.array(["[]"], object),
                np.zeros(1, np.uint16),
            ),
            DAY + np.timedelta64(364, "D"),
        )
        for position in positions
    ]
    snapshot = commit_slots(session, written)
    return Mosaic(str(path), snapshot, tuple(((0, i), i) for i in range(tiles)), PX)


if __name__ == "__main__":
    main()
