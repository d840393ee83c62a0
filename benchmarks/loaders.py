"""Reading scenes onto a window's grid: ours, odc.stac.load, stackstac, bare rasterio.

    python -m benchmarks.loaders [--rounds 5] [--delay-ms 50]

Seven bands of a 512 x 512 window out of COGs of 2048 x 2048 (10 m) and 1024 x 1024 (20 m) pixels
that compress as Sentinel-2 does (deflate, predictor 2, blocks of 512, as Planetary Computer's).
From local files, and from an HTTP server that answers every request that much late; there every
reading asks for new addresses, so that nothing is remembered. odc.stac.load is given the same
grid, and each of its ways: alone (its default), as a Dask graph on the machine's threads, and with
pools of as many threads as cores and as our loader. All must give the same pixels. A minute and a
half; figures to results/loaders.json.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import odc.stac
import rasterio
import stackstac
from odc.geo.geobox import GeoBox
from rasterio.transform import from_origin
from rasterio.windows import from_bounds

from benchmarks.far_server import far_server
from benchmarks.measuring import Measured, kept, printed, side_by_side
from cube.contract import Asset, Scene, Window
from cube.sources import loader
from cube.sources.nearest import nudged_transform
from cube.sources.odc_loader import stac_item
from cube.sources.threads import THREADS, cores

BANDS = {"blue": 10, "green": 10, "red": 10, "nir": 10, "swir16": 20, "swir22": 20, "scl": 20}
LEFT, TOP, EPSG = 600000.0, 2500020.0, 32644
WINDOW = Window("bench", 0, EPSG, LEFT + 6000, TOP - 6000)
SCENES = 6
OURS, BARE = "ours", "rasterio, opening and reading only"


def scenes(folder: Path, number: int = SCENES, side_m: int = 20480) -> list[Scene]:
    """Scenes of smooth ground with a per cent of noise, so many metres wide."""
    rng = np.random.default_rng(0)
    made = []
    for each in range(number):
        assets = {}
        for band, metres in BANDS.items():
            side = side_m // metres
            ramp = np.linspace(0, 6, side)
            ground = 2000 + 800 * np.sin(ramp[:, None]) * np.cos(1.7 * ramp + each)
            pixels = (ground + rng.normal(0, 20, (side, side))).astype(np.uint16)
            if band == "scl":
                pixels = (pixels // 800 + 3).astype(np.uint8)
            path = folder / f"{each}_{band}.tif"
            profile = {"width": side, "height": side, "count": 1, "dtype": pixels.dtype}
            profile |= {"compress": "deflate", "predictor": 2, "blocksize": 512}
            grid = from_origin(LEFT, TOP, metres, metres)
            with rasterio.open(
                path, "w", driver="COG", crs=EPSG, transform=grid, nodata=0, **profile
            ) as file:
                file.write(pixels, 1)
            six = (metres, 0.0, LEFT, 0.0, -metres, TOP)
            assets[band] = Asset(str(path), 1e-4, 0.0, 0, EPSG, six, (side, side))
        when = np.datetime64("2022-01-01T05:00:00") + np.timedelta64(5 * each, "D")
        made.append(
            Scene(f"s{each}", "-", when, "-", None, EPSG, 5.1, True, 0, (0, 0, 0, 0), {}, assets)
        )
    return made


def bare(taken: list[Scene]) -> None:
    """Opening each file and reading the window's part of it: what no loader can save."""
    for scene in taken:
        for asset in scene.assets.values():
            with rasterio.open(asset.href) as file:
                file.read(1, window=from_bounds(*WINDOW.bounds, file.transform).round_offsets())


def ours(taken: list[Scene]) -> np.ndarray:
    """The default loader of a run."""
    return np.stack(loader().load(taken, list(BANDS), WINDOW))  # type: ignore[arg-type]


def odc_stac(taken: list[Scene], **told: Any) -> np.ndarray:
    """odc.stac.load itself, told the same grid and nothing that slows it."""
    grid = GeoBox((WINDOW.size, WINDOW.size), nudged_transform(WINDOW), WINDOW.epsg)
    items = [stac_item(s, {band: a.href for band, a in s.assets.items()}, grid) for s in taken]
    loaded = odc.stac.load(
        items, bands=list(BANDS), geobox=grid, groupby="id", dtype="uint16", **told
    )
    return np.stack([loaded[band].values for band in BANDS], axis=1)


def stock_stackstac(taken: list[Scene]) -> np.ndarray:
    """stackstac as it comes, a centimetre off so that the nearest pixel is no matter of luck."""
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
    stack = stackstac.stack(
        items,
        assets=list(BANDS),
        epsg=EPSG,
        bounds=tuple(side + 0.01 * (-1) ** (place % 2) for place, side in enumerate(WINDOW.bounds)),
        resolution=10,
        snap_bounds=False,
        rescale=False,
        dtype=np.dtype("uint16"),
        fill_value=np.uint16(0),
    )
    return np.asarray(stack.compute(scheduler="threads"))


def readers(far: bool) -> dict[str, Callable[[list[Scene]], Any]]:
    """What is compared, by name; all give (scene, band, y, x) but bare rasterio, local only."""
    ways: dict[str, Callable[[list[Scene]], Any]] = {OURS: ours, "odc.stac.load": odc_stac}
    ways["odc.stac.load, chunks={}"] = partial(odc_stac, chunks={})
    for threads in (cores(), THREADS):
        ways[f"odc.stac.load, pool={threads}"] = partial(odc_stac, pool=threads)
    ways["stackstac as it comes"] = stock_stackstac
    return ways if far else ways | {BARE: bare}


def elsewhere(taken: list[Scene], place: str) -> list[Scene]:
    """The same scenes, their files below another address."""
    return [
        replace(
            scene,
            assets={
                band: replace(asset, href=f"{place}/{Path(asset.href).name}")
                for band, asset in scene.assets.items()
            },
        )
        for scene in taken
    ]


def compared(taken: list[Scene], rounds: int, url: str = "") -> dict[str, Measured]:
    """Every way side by side on the same scenes, local or below `url`; same pixels or an error."""
    number = count()

    def asked() -> list[Scene]:
        return elsewhere(taken, f"{url}/{next(number)}") if url else taken

    ways = readers(bool(url))
    first = ours(asked())
    for name, read in ways.items():
        if name != BARE and not np.array_equal(read(asked()), first):
            raise SystemExit(f"{name} gives other pixels: nothing to compare.")
    told = {name: partial(lambda read: read(asked()), read) for name, read in ways.items()}
    return side_by_side(told, rounds, warm=False)


def main() -> None:
    """Print both tables and keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--delay-ms", type=float, default=50.0, help="of every answer")
    given = parser.parse_args()
    record: dict[str, Any] = {"scenes": SCENES, "bands": len(BANDS), "threads": THREADS}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        taken = scenes(folder)
        server = stack.enter_context(far_server(folder, given.delay_ms / 1e3))
        for title, url in (
            ("local files", ""),
            (f"{given.delay_ms:.0f} ms away", server.url),
        ):
            rows = []
            found = compared(taken, given.rounds, url)
            for name, measured in found.items():
                row: dict[str, Any] = {"way": name}
                row |= measured.figures(SCENES)
                row["wall / ours"] = round(measured.wall / found[OURS].wall, 2)
                rows.append(row)
            printed(f"{title}: ms per scene of {len(BANDS)} bands", rows)
            record[title] = rows
            if url:
                server.counts()
                ours(elsewhere(taken, f"{url}/last"))
                record["asked by ours"] = server.counts()
                print(f"Ours asked, for {SCENES * len(BANDS)} files: {record['asked by ours']}")
    print(f"kept in {kept('loaders', record, 'odc-stac', 'stackstac', 'rasterio', 'dask')}")


if __name__ == "__main__":
    main()
