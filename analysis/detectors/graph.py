"""Any detector over every window: the raw cube in, a lazy dataset of what was dug and when out."""

from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import xarray as xr

from analysis.detection import Excavation
from analysis.detectors.block import Block, Detector
from analysis.excavation import DIMS, VARIABLES
from cube.contract import CubeError


def excavation_by(
    detector: Detector, cube: xr.Dataset, inside: xr.DataArray | None = None
) -> xr.Dataset:
    """Excavation of every window as one detector sees it, lazily.

    The core has a graph of its own, `analysis.excavation`, which reads a window in parts and needs
    less memory; what it says is the same.

    Parameters
    ----------
    detector : from `analysis.detectors.detector`
    cube : Dataset
        From `cube.open_cube(path, raw=True)`.
    inside : (mine, y, x) bool
        The mine's outline; not known if None.

    Returns
    -------
    Dataset
        `VARIABLES` on (mine, time, y, x) or (mine, y, x), one chunk for each window. Only the bands
        that the detector needs are read.

    Raises
    ------
    CubeError
        If a variable, a dimension or a band lacks, or the cube was not opened with raw=True.
    """
    for name in ("reflectance", "quality", "acquired"):
        if name not in cube.variables:
            raise CubeError(f"the dataset has no {name!r}; give what cube.open_cube returns.")
    if cube["reflectance"].dims != DIMS or cube["reflectance"].dtype != np.uint16:
        raise CubeError(
            f"'reflectance' is {cube['reflectance'].dtype} {cube['reflectance'].dims}, but "
            f"detectors read uint16 {DIMS} as stored. Open the cube with raw=True, keep `mine` "
            "with .isel(mine=[0])."
        )
    stored = [str(band) for band in cube["band"].values]
    missing = [band for band in detector.bands if band not in stored]
    if missing:
        raise CubeError(
            f"the detector {detector.name!r} needs {' and '.join(missing)}, but the cube stores "
            f"{', '.join(stored)}. Ingest with the bands it needs."
        )
    needed = cube["reflectance"].isel(band=[stored.index(band) for band in detector.bands])
    reflectance, quality = _by_window(needed), _by_window(cube["quality"])
    acquired = _by_window(cube["acquired"])
    outline = None if inside is None else _by_window(inside.transpose("mine", "y", "x"))
    found = [
        dask.delayed(_found)(
            detector,
            *(_of_window(array, mine) for array in (reflectance, quality, acquired, outline)),
        )
        for mine in range(cube.sizes["mine"])
    ]
    variables = {}
    for name, (dtype, timed, attrs) in VARIABLES.items():
        dims = ("mine", "time", "y", "x") if timed else ("mine", "y", "x")
        shape = tuple(cube.sizes[dim] for dim in dims[1:])
        arrays = [da.from_delayed(getattr(one, name), shape, np.dtype(dtype)) for one in found]
        variables[name] = (dims, da.stack(arrays), attrs)
    kept = {name: c for name, c in cube.coords.items() if "band" not in c.dims}
    return xr.Dataset(variables, coords=kept)


def _by_window(array: xr.DataArray) -> da.Array:
    """A dask array with one chunk for each window."""
    chunks = (1, *(-1 for _ in array.shape[1:]))
    if array.chunks is None:
        return da.from_array(array.values, chunks=chunks)
    return array.data.rechunk(chunks)


def _of_window(array: da.Array | None, mine: int) -> object:
    return None if array is None else array.to_delayed().reshape(-1)[mine]


def _found(
    detector: Detector,
    reflectance: np.ndarray,
    quality: np.ndarray,
    acquired: np.ndarray,
    outline: np.ndarray | None,
) -> Excavation:
    inside = None if outline is None else outline[0]
    return detector(Block(reflectance[0], quality[0], acquired[0], detector.bands, inside))


def block_bytes(detector: Detector, times: int, size: int) -> int:
    """Peak memory [bytes] of one detector in one window of `size` x `size` pixels.

    Its bands and quality as read, again as put together from parts, and the labels, masks, places
    of clear looks and results it makes: some sixteen bytes a pixel and slot.
    """
    read = (2 * len(detector.bands) + 1) * times * size * size
    return 2 * read + 16 * times * size * size
