"""The images, masks and classes that chips are cut from: one Zarr for all windows, or memory.

Made once, window by window, each complete or not there: a build that was killed goes on.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import dask
import numpy as np
import xarray as xr
from zarr.codecs import BloscCodec

from analysis.networks.land_cover import LandCover
from cube import CubeError
from pipelines.config import settings_of
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.imagery import Imagery
from pipelines.networks.labels import CLASSES, Labels
from pipelines.networks.window_chips import WindowChips, window_chips
from pipelines.run_record import whole_file

IMAGES = "images.zarr"
IDENTITY = "dataset.json"

CODEC = BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle")
"""As the cube's own imagery: chips are read again in every epoch."""

DIMS = {
    "reflectance": ("mine", "period", "band", "y", "x"),
    "mask": ("mine", "period", "y", "x"),
    "classes": ("mine", "period", "y", "x"),
}
"""Of each array; `classes` only where the labels know land cover."""

Judged = tuple[list[dict[str, Any]], np.ndarray, str]
"""Rows, thumbnails and digest of one window in one period."""


def built(
    imagery: Imagery, labels: Labels, settings: DatasetSettings, folder: Path | None
) -> tuple[xr.Dataset, list[Judged]]:
    """The images of all windows, and what was judged of them, in the order (mine, period).

    Runs on whatever Dask scheduler is at hand, one task per window and period. With a folder the
    images lie in it, and what is there of an earlier build with the same settings is kept;
    without one they stay in memory.

    Raises
    ------
    CubeError
        If they do not fit into `memory_mb`, or the folder holds other chips.
    """
    jobs = [(m, p) for m in range(len(imagery.places)) for p in range(len(imagery.periods))]
    if folder is None:
        return _in_memory(imagery, labels, settings, jobs)
    _claim(folder, imagery, labels, settings)
    if not (folder / IMAGES).exists():
        _lay_out(folder, imagery, labels, settings)
    shared = dask.delayed((imagery, labels, settings), traverse=False)  # sent once, not per task
    done = [dask.delayed(_kept)(folder, shared, m, p, pure=False) for m, p in jobs]
    judged = list(dask.compute(*done))
    return opened(folder), judged


def opened(folder: Path) -> xr.Dataset:
    """The images of a folder, lazily and as stored."""
    return xr.open_zarr(folder / IMAGES, chunks=None, consolidated=False, mask_and_scale=False)


def _in_memory(
    imagery: Imagery, labels: Labels, settings: DatasetSettings, jobs: list[tuple[int, int]]
) -> tuple[xr.Dataset, list[Judged]]:
    shapes = _shapes(imagery, labels)
    needed = sum(np.prod(shape, dtype=float) * kind.itemsize for _, shape, kind in shapes.values())
    if needed > settings.memory_mb * 1e6:
        raise CubeError(
            f"The images of {len(jobs)} windows and periods need {needed / 1e6:.0f} MB, above "
            f"memory_mb {settings.memory_mb}: give a folder to keep them on disk."
        )
    held = {name: np.zeros(shape, kind) for name, (_, shape, kind) in shapes.items()}

    def job(m: int, p: int) -> Judged:
        one = window_chips(imagery, labels, settings, m, p)
        for name, values in _arrays(one).items():
            held[name][m, p] = values
        return one.rows, one.thumbnails, one.digest

    judged = dask.compute(*[dask.delayed(job)(m, p) for m, p in jobs], scheduler="threads")
    arrays = {name: (shapes[name][0], values) for name, values in held.items()}
    return xr.Dataset(arrays, coords={"band": list(imagery.bands)}), list(judged)


def _kept(folder: Path, shared: tuple[Imagery, Labels, DatasetSettings], m: int, p: int) -> Judged:
    """Make a window's images unless they are there; what was judged is written last."""
    stamp = folder / f"window_{m:05d}_{p:03d}.npz"
    if stamp.exists():
        with np.load(stamp, allow_pickle=False) as kept:
            rows = json.loads(str(kept["rows"]))
            for row in rows:
                row["label"] = np.nan if row["label"] is None else row["label"]
            return rows, kept["thumbnails"], str(kept["digest"])
    one = window_chips(*shared, m, p)
    _write(folder, one, m, p)
    plain = [{k: None if v != v else v for k, v in row.items()} for row in one.rows]
    with whole_file(stamp, "wb") as stream:
        np.savez(stream, rows=json.dumps(plain), thumbnails=one.thumbnails, digest=one.digest)
    return one.rows, one.thumbnails, one.digest


def _write(folder: Path, one: WindowChips, m: int, p: int) -> None:
    part = xr.Dataset(
        {name: (DIMS[name], values[None, None]) for name, values in _arrays(one).items()}
    )
    part.to_zarr(
        folder / IMAGES,
        region={"mine": slice(m, m + 1), "period": slice(p, p + 1)},
        consolidated=False,
    )


def _lay_out(folder: Path, imagery: Imagery, labels: Labels, settings: DatasetSettings) -> None:
    """Empty arrays, chunked so that a chip is one read."""
    side = settings.chip_size
    empty: dict[str, Any] = {}
    encoding: dict[str, dict[str, Any]] = {}
    for name, (dims, shape, kind) in _shapes(imagery, labels).items():
        chunks = (1, 1, *shape[2:-2], min(side, shape[-2]), min(side, shape[-1]))
        empty[name] = (dims, dask.array.zeros(shape, dtype=kind, chunks=chunks))
        encoding[name] = {"chunks": chunks, "compressors": [CODEC], "_FillValue": None}
    template = xr.Dataset(empty, coords={"band": np.array(imagery.bands, dtype=object)})
    part = folder / f"{IMAGES}.part"
    template.to_zarr(
        part, mode="w", compute=False, encoding=encoding, consolidated=False, zarr_format=3
    )
    part.replace(folder / IMAGES)


def _arrays(one: WindowChips) -> dict[str, np.ndarray]:
    held = {"reflectance": one.image, "mask": one.mask}
    return held if one.classes is None else held | {"classes": one.classes}


def _shapes(
    imagery: Imagery, labels: Labels
) -> dict[str, tuple[tuple[str, ...], tuple[int, ...], np.dtype]]:
    along = (len(imagery.places), len(imagery.periods))
    square = (imagery.size, imagery.size)
    shapes = {
        "reflectance": ((*along, len(imagery.bands), *square), imagery.dtype),
        "mask": ((*along, *square), np.dtype(np.float32)),
    }
    if labels.covers:
        shapes["classes"] = ((*along, *square), np.dtype(np.int8))
    return {name: (DIMS[name], *told) for name, told in shapes.items()}


def _claim(folder: Path, imagery: Imagery, labels: Labels, settings: DatasetSettings) -> None:
    """Say what the folder is for; refuse one that is for something else."""
    folder.mkdir(parents=True, exist_ok=True)
    later = LATER if settings.labels == CLASSES else (*LATER, "legend")
    told = {key: value for key, value in settings_of(settings).items() if key not in later}
    identity: dict[str, Any] = {
        "snapshot": imagery.snapshot,
        "bands": list(imagery.bands),
        "periods": [str(period) for period in imagery.periods],
        "settings": told,
        "files": {
            name: _digest(getattr(settings, name))
            for name in ("label_file", "mines", "protected", "hard")
        },
    }
    if labels.covers:
        identity["classes"] = len(LandCover)
    stamp = folder / IDENTITY
    if stamp.exists():
        try:
            there = dict(json.loads(stamp.read_text()))
        except ValueError as error:
            raise CubeError(f"{stamp} cannot be read: {error}. Delete {folder}.") from error
        other = sorted(k for k in {*there, *identity} if there.get(k) != identity.get(k))
        if other:
            raise CubeError(
                f"{folder} holds chips made otherwise ({', '.join(other)} differ): give another "
                "folder, or delete it."
            )
        return
    if any(not entry.name.startswith(".part-") for entry in folder.iterdir()):
        raise CubeError(f"{folder} holds other files: give an empty folder for the chips.")
    with whole_file(stamp) as stream:
        json.dump(identity, stream, indent=1)


LATER = ("splits", "copies", "style", "memory_mb")
"""Settings that do not change images, masks or what is judged of a window."""


def _digest(path: str) -> str:
    """sha256 of a file; of a folder, of the names, sizes and contents of its files."""
    if not path:
        return ""
    place, found = Path(path), sha256()
    for file in sorted(place.iterdir()) if place.is_dir() else [place]:
        if file.is_file():
            found.update(file.name.encode() + sha256(file.read_bytes()).digest())
    return found.hexdigest()
