"""What reading one scene costs: both loaders, stock stackstac and bare rasterio, side by side.

    python -m benchmarks.loaders

Seven bands of a 512 x 512 window out of local COGs of 2048 x 2048 (10 m) and 1024 x 1024
(20 m) pixels that compress as Sentinel-2 does. Processor time beside wall time: on a busy
machine only the former can be compared.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
import stackstac
from rasterio.transform import from_origin
from rasterio.windows import from_bounds

from cube.contract import Asset, Scene, Window
from cube.sources import loader

BANDS = {"blue": 10, "green": 10, "red": 10, "nir": 10, "swir16": 20, "swir22": 20, "scl": 20}
LEFT, TOP, EPSG = 600000.0, 2500020.0, 32644
WINDOW = Window("bench", 0, EPSG, LEFT + 6000, TOP - 6000)
SCENES, ROUNDS = 6, 3


def scenes(folder: Path) -> list[Scene]:
    """Scenes of smooth ground with a per cent of noise."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(SCENES):
        assets = {}
        for band, metres in BANDS.items():
            side = 20480 // metres
            ramp = np.linspace(0, 6, side)
            ground = 2000 + 800 * np.sin(ramp[:, None]) * np.cos(1.7 * ramp + number)
            pixels = (ground + rng.normal(0, 20, (side, side))).astype(np.uint16)
            if band == "scl":
                pixels = (pixels // 800 + 3).astype(np.uint8)
            path = folder / f"{number}_{band}.tif"
            profile = {"width": side, "height": side, "count": 1, "dtype": pixels.dtype}
            grid = from_origin(LEFT, TOP, metres, metres)
            with rasterio.open(
                path, "w", driver="COG", crs=EPSG, transform=grid, nodata=0, **profile
            ) as file:
                file.write(pixels, 1)
            six = (metres, 0.0, LEFT, 0.0, -metres, TOP)
            assets[band] = Asset(str(path), 1e-4, 0.0, 0, EPSG, six, (side, side))
        when = np.datetime64("2022-01-01T05:00:00") + np.timedelta64(5 * number, "D")
        made.append(
            Scene(f"s{number}", "-", when, "-", None, EPSG, 5.1, True, 0, (0, 0, 0, 0), {}, assets)
        )
    return made


def bare(taken: list[Scene]) -> None:
    """Opening each file and reading the window's part of it: what no loader can save."""
    for scene in taken:
        for asset in scene.assets.values():
            with rasterio.open(asset.href) as file:
                file.read(1, window=from_bounds(*WINDOW.bounds, file.transform).round_offsets())


def stock(taken: list[Scene]) -> None:
    """stackstac as it comes."""
    items = [
        {
            "id": s.item_id,
            "properties": {"datetime": f"{s.acquired}Z", "proj:epsg": EPSG},
            "assets": {
                band: {"href": a.href, "proj:transform": a.transform, "proj:shape": a.shape}
                for band, a in s.assets.items()
            },
        }
        for s in taken
    ]
    stackstac.stack(
        items,
        assets=list(BANDS),
        epsg=EPSG,
        bounds=WINDOW.bounds,
        resolution=10,
        snap_bounds=False,
        rescale=False,
        dtype=np.dtype("uint16"),
        fill_value=np.uint16(0),
    ).compute(scheduler="threads")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        taken = scenes(Path(folder))
        bands = list(BANDS)
        ways: dict[str, Callable[[], object]] = {
            "rasterio, opening and reading only": lambda: bare(taken),
            "StackstacLoader, scene by scene": lambda: [
                loader("stackstac").load([s], bands, WINDOW) for s in taken
            ],
            "StackstacLoader, all in one call": lambda: loader("stackstac").load(
                taken, bands, WINDOW
            ),
            "OdcLoader": lambda: loader("odc-stac").load(taken, bands, WINDOW),
            "stackstac as it comes": lambda: stock(taken),
        }
        print(f"{'ms per scene of 7 bands':36}{'processor':>10}{'wall':>8}")
        for name, read in ways.items():
            read()
            busy, begun = time.process_time(), time.perf_counter()
            for _ in range(ROUNDS):
                read()
            per_scene = 1e3 / ROUNDS / SCENES
            busy, wall = time.process_time() - busy, time.perf_counter() - begun
            print(f"{name:36}{busy * per_scene:10.1f}{wall * per_scene:8.1f}", flush=True)


if __name__ == "__main__":
    main()
