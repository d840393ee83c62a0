"""Codecs and chunk layouts, measured on Sentinel-2 pixels: size, and speed of reading them back.

`python -m benchmarks.codecs` photographs a simulated site (its entropy is a real scene's: with
`--real FOLDER` of band COGs, B02.tif and so on, both are measured), prints three tables and keeps
them as JSON. Speeds are MB of pixels per second of processor time, so that a busy machine counts
less; the best of several runs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import zarr
from numcodecs import Blosc
from zarr.codecs import BloscCodec

from benchmarks.measuring import kept, printed
from cube.contract import CORE_BANDS, Quality
from cube.simulate import SiteSettings, simulated
from cube.store import open_repository

SIZE = 512
RUNS = 3
TILE_BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")

CODECS: tuple[tuple[str, int, str, int], ...] = (
    ("lz4", 5, "bitshuffle", 0),
    ("lz4", 9, "bitshuffle", 0),
    ("lz4", 9, "shuffle", 0),
    ("zstd", 1, "bitshuffle", 2**18),
    ("zstd", 3, "bitshuffle", 0),
    ("zstd", 3, "bitshuffle", 2**18),
    ("zstd", 3, "shuffle", 0),
)
MASK_CODECS: tuple[tuple[str, int, str, int], ...] = (
    ("lz4", 5, "bitshuffle", 0),
    ("zstd", 3, "noshuffle", 0),
    ("zstd", 3, "bitshuffle", 0),
    ("zstd", 3, "bitshuffle", 2**22),
)
LAYOUTS: tuple[tuple[int, int, int, int], ...] = (
    (1, 1, 256, 256),
    (1, 1, 512, 512),
    (1, 6, 256, 512),
    (1, 6, 512, 512),
    (12, 1, 512, 512),
    (12, 6, 128, 128),
)
STORED = (("lz4", 9, "bitshuffle", 0), ("zstd", 1, "bitshuffle", 2**18))


def simulated_site(slots: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One site through the year: pixels (slot, 6, y, x) uint16 in the cube's band order, quality
    (slot, y, x) uint8 and the envelope of what was dug (slot, y, x) bool."""
    settings = SiteSettings(size=SIZE, years=1, cadence_days=max(1, 360 // slots))
    reflectance, scl, dates, truth = simulated(1, settings)
    clear = np.isin(scl, (4, 5, 6, 7))
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    excavated = truth.onset <= dates[:, None, None]  # never where NaT
    return reflectance[:slots, : len(CORE_BANDS)], quality[:slots], excavated[:slots]


def tile_pixels(folder: Path) -> np.ndarray:
    """Quarters of a real tile's upper-left corner: (quarter, 6, 512, 512) uint16."""
    bands = []
    for name in TILE_BANDS:
        with rasterio.open(folder / f"{name}.tif") as source:
            bands.append(source.read(1))
    whole = max(band.shape[0] for band in bands)
    fine = [np.kron(b, np.ones((whole // len(b),) * 2, b.dtype)) for b in bands]
    rows = min(band.shape[0] for band in fine) // SIZE * SIZE
    starts = range(0, rows, SIZE)
    stack = np.stack([band[:rows, :rows] for band in fine])
    return np.stack([stack[:, y : y + SIZE, x : x + SIZE] for y in starts for x in starts])


def seconds_of(work: Callable[[Any], Any], pieces: Iterable[Any]) -> float:
    """Processor time [s] of `work` on all pieces, the fastest of several runs."""
    times = []
    for _ in range(RUNS):
        begin = time.process_time()
        for piece in pieces:
            work(piece)
        times.append(time.process_time() - begin)
    return min(times)


def codec_rows(pixels: np.ndarray, origin: str) -> Iterator[dict[str, Any]]:
    """Encoding and decoding alone, one slot of six bands at a time."""
    shuffles = {"bitshuffle": Blosc.BITSHUFFLE, "shuffle": Blosc.SHUFFLE}
    for name, level, shuffle, block in CODECS:
        codec = Blosc(name, level, shuffles[shuffle], block)
        encoded = [codec.encode(np.ascontiguousarray(slot)) for slot in pixels]
        encode = seconds_of(codec.encode, [np.ascontiguousarray(slot) for slot in pixels])
        decode = seconds_of(codec.decode, encoded)
        yield {
            "pixels": origin,
            "codec": label(name, level, shuffle, block),
            "ratio": round(pixels.nbytes / sum(map(len, encoded)), 3),
            "encode_mb_s": round(pixels.nbytes / encode / 1e6),
            "decode_mb_s": round(pixels.nbytes / decode / 1e6),
        }


def mask_rows(quality: np.ndarray, excavated: np.ndarray) -> Iterator[dict[str, Any]]:
    """Arrays of few values: quality slot by slot as ingest stores it, an envelope as one series."""
    shuffles = {"noshuffle": Blosc.NOSHUFFLE, "bitshuffle": Blosc.BITSHUFFLE}
    for what, pieces in (("quality", list(quality)), ("excavated", [excavated.view(np.uint8)])):
        for name, level, shuffle, block in MASK_CODECS:
            codec = Blosc(name, level, shuffles[shuffle], block)
            encoded = [codec.encode(piece) for piece in pieces]
            size = sum(piece.nbytes for piece in pieces)
            yield {
                "array": what,
                "codec": label(name, level, shuffle, block),
                "ratio": round(size / sum(map(len, encoded)), 1),
                "encode_mb_s": round(size / seconds_of(codec.encode, pieces) / 1e6),
                "decode_mb_s": round(size / seconds_of(codec.decode, encoded) / 1e6),
            }


def label(name: str, level: int, shuffle: str, block: int) -> str:
    """A codec in words."""
    return f"{name} {level} {shuffle}" + (f" {block // 1024} kB" if block else "")


def layout_rows(pixels: np.ndarray) -> Iterator[dict[str, Any]]:
    """A window's whole series through the repository: write, and read as an analysis does."""
    for name, level, shuffle, block in STORED:
        codec = BloscCodec(cname=name, clevel=level, shuffle=shuffle, blocksize=block)  # type: ignore[arg-type]
        for chunks in LAYOUTS:
            with tempfile.TemporaryDirectory() as folder:
                repository = open_repository(Path(folder) / "cube", create=True)
                session = repository.writable_session("main")
                array = zarr.create_array(
                    session.store,
                    name="reflectance",
                    shape=(1, *pixels.shape),
                    chunks=(1, *chunks),
                    dtype="uint16",
                    fill_value=0,
                    compressors=[codec],
                    dimension_names=("mine", "time", "band", "y", "x"),
                )
                begin = time.process_time()
                array[0] = pixels
                written = time.process_time() - begin
                session.commit("pixels")
                store = repository.readonly_session("main").store
                stored = zarr.open_array(store, path="reflectance", mode="r")
                begin_wall = time.perf_counter()
                read = seconds_of(stored.__getitem__, [0])
                wall = (time.perf_counter() - begin_wall) / RUNS
                size = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
            yield {
                "codec": label(name, level, shuffle, block),
                "chunk (time, band, y, x)": str(chunks),
                "ratio": round(pixels.nbytes / size, 3),
                "write_mb_s": round(pixels.nbytes / written / 1e6),
                "read_mb_s": round(pixels.nbytes / read / 1e6),
                "read_wall_mb_s": round(pixels.nbytes / wall / 1e6),
            }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--slots", type=int, default=12, help="slots of the simulated site")
    parser.add_argument("--real", type=Path, help="folder with B02.tif, B03.tif, ... of one tile")
    arguments = parser.parse_args()
    pixels, quality, excavated = simulated_site(arguments.slots)
    codecs = list(codec_rows(pixels, "simulated"))
    if arguments.real:
        codecs += codec_rows(tile_pixels(arguments.real), "real tile")
    masks = list(mask_rows(quality, excavated))
    layouts = list(layout_rows(pixels))
    printed("Codecs alone, MB per second of processor time", codecs)
    printed("Masks alone, MB per second of processor time", masks)
    printed(f"A window's series through the store, {len(pixels)} slots of six bands", layouts)
    record = {"slots": len(pixels), "codecs": codecs, "masks": masks, "layouts": layouts}
    print(f"kept in {kept('codecs', record, 'numcodecs', 'zarr', 'icechunk')}")


if __name__ == "__main__":
    main()
