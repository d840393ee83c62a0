"""Excavation of every window: the raw cube in, a lazy dataset of what was dug and when out."""

from __future__ import annotations

from collections.abc import Sequence

import dask.array as da
import numpy as np
import xarray as xr
from dask.base import tokenize
from dask.blockwise import optimize_blockwise
from dask.highlevelgraph import HighLevelGraph

from analysis.detection import DetectionSettings, Excavation, excavation_of_looks
from analysis.looks import Looks, looks
from cube.contract import STATE_MEANINGS, CubeError, State

DIMS = ("mine", "time", "band", "y", "x")

VARIABLES: dict[str, tuple[str, bool, dict]] = {
    "change": ("bool", True, {"long_name": "candidate change since the clear look before"}),
    "state": (
        "uint8",
        True,
        {
            "long_name": "state of excavation as believed at the slot",
            "flag_values": np.array([int(state) for state in State], np.uint8),
            "flag_meanings": STATE_MEANINGS,
        },
    ),
    "excavated": ("bool", True, {"long_name": "envelope of excavation: once confirmed it stays"}),
    "onset": ("datetime64[ns]", False, {"long_name": "when the ground was opened"}),
    "detected": ("datetime64[ns]", False, {"long_name": "when digging was first suspected"}),
    "confirmed": ("datetime64[ns]", False, {"long_name": "when digging was confirmed"}),
    "confidence": (
        "float32",
        False,
        {"long_name": "confidence that the ground was excavated", "units": "1"},
    ),
}
"""Every result: dtype, whether it has a time axis, CF attributes."""


def excavation(
    cube: xr.Dataset,
    settings: DetectionSettings | None = None,
    inside: xr.DataArray | None = None,
) -> xr.Dataset:
    """Excavation of every window of the cube, lazily.

    Parameters
    ----------
    cube : Dataset
        From `cube.open_cube(path, raw=True)`: `reflectance` (mine, time, band, y, x) uint16,
        `quality` (mine, time, y, x) uint8, `acquired` (mine, time) datetime64.
    settings : DetectionSettings
    inside : (mine, y, x) bool
        Where the level of open ground is measured (the mine's outline); everywhere if None.

    Returns
    -------
    Dataset
        `VARIABLES` on (mine, time, y, x) or (mine, y, x), one chunk for each window, with the
        cube's coordinates. Parts of a window along y are read and reduced to looks one by one,
        in a task each, and then meet in one, because regions respect no tile.

    Raises
    ------
    CubeError
        If there is no window, a variable or dimension lacks, dtypes differ, or chunks split time,
        band or x.
    """
    settings = settings or DetectionSettings()
    reflectance = _chunked(cube, "reflectance", DIMS, np.uint16)
    quality = _chunked(cube, "quality", ("mine", "time", "y", "x"), np.uint8)
    acquired = _small(_variable(cube, "acquired"), ("mine", "time"))
    _check_chunks(reflectance, quality)
    bands = tuple(str(band) for band in cube["band"].values)
    reduced = _read_and_reduced(reflectance, quality, bands)
    outline = None if inside is None else _small(inside, ("mine", "y", "x"))
    results = _results(reduced, acquired, outline, settings)
    carried = {
        name: coordinate
        for name, coordinate in cube.coords.items()
        if "band" not in coordinate.dims
    }
    return xr.Dataset(
        {
            name: (
                ("mine", "time", "y", "x") if timed else ("mine", "y", "x"),
                results[name],
                attrs,
            )
            for name, (_, timed, attrs) in VARIABLES.items()
        },
        coords=carried,
    )


def _chunked(cube: xr.Dataset, name: str, dims: tuple[str, ...], dtype: type) -> da.Array:
    """A variable of the cube as dask array; one held in memory becomes one chunk per window."""
    variable = _variable(cube, name)
    if variable.dims != dims:
        raise CubeError(
            f"{name!r} has dims {variable.dims}, expected {dims}. Keep `mine` with "
            ".isel(mine=[0]), and .transpose if the order differs."
        )
    if variable.dtype != dtype:
        raise CubeError(
            f"{name!r} is {variable.dtype}, but detection reads {np.dtype(dtype)} as stored. "
            "Open the cube with raw=True."
        )
    if variable.chunks is None:
        return da.from_array(variable.values, chunks=(1, *variable.shape[1:]))
    return variable.data


def _variable(cube: xr.Dataset, name: str) -> xr.DataArray:
    if name not in cube.variables:
        raise CubeError(
            f"the dataset has no {name!r}; detection reads what cube.open_cube returns."
        )
    return cube[name]


def _small(array: xr.DataArray, dims: tuple[str, ...]) -> da.Array | np.ndarray:
    """A small array by window: as it is in memory, or one dask chunk for each."""
    if set(array.dims) != set(dims):
        raise CubeError(f"{array.name!r} has dims {array.dims}, expected {dims}.")
    data = array.transpose(*dims).data
    return data.rechunk((1, *(-1 for _ in dims[1:]))) if isinstance(data, da.Array) else data


def _of_window(array: da.Array | np.ndarray | None, mine: int) -> object:
    """What stands for one window's part in a task: its key, or the part itself."""
    if array is None:
        return None
    if isinstance(array, da.Array):
        return (array.name, mine, *(0 for _ in array.shape[1:]))
    return array[mine : mine + 1]


def _check_chunks(reflectance: da.Array, quality: da.Array) -> None:
    """Refuse chunks that would need moving: the cube opens with the right ones."""
    if reflectance.shape[0] == 0:
        raise CubeError("the cube has no windows; select at least one along `mine`.")
    if max(reflectance.chunks[0]) > 1:
        raise CubeError(
            f"a chunk of 'reflectance' holds {max(reflectance.chunks[0])} windows, but detection "
            "takes one at a time. Open the cube with cube.open_cube, or .chunk(mine=1)."
        )
    for axis, dim in ((1, "time"), (2, "band"), (4, "x")):
        if reflectance.numblocks[axis] > 1:
            raise CubeError(
                f"'reflectance' is split into {reflectance.numblocks[axis]} chunks along {dim}, "
                f"but detection needs it whole. Open it with cube.open_cube, or .chunk({dim}=-1)."
            )
    if quality.chunks != tuple(reflectance.chunks[axis] for axis in (0, 1, 3, 4)):
        raise CubeError(
            f"'quality' has chunks {quality.chunks}, 'reflectance' {reflectance.chunks}: chunk "
            "both alike, as cube.open_cube does."
        )


def _read_and_reduced(reflectance: da.Array, quality: da.Array, bands: tuple[str, ...]) -> da.Array:
    """Looks, one object for each chunk of reflectance. Reading is part of the same task, so that no
    scheduler reads windows ahead of those being reduced."""
    reduced = da.blockwise(
        _looks_of_window,
        "mtbyx",
        reflectance,
        "mtbyx",
        quality,
        "mtyx",
        bands=bands,
        meta=np.empty((0, 0, 0, 0, 0), object),
    )
    fused = optimize_blockwise(reduced.dask, [reduced.name])
    return da.Array(fused, reduced.name, reduced.chunks, meta=reduced._meta)


def _results(
    reduced: da.Array,
    acquired: da.Array | np.ndarray,
    outline: da.Array | np.ndarray | None,
    settings: DetectionSettings,
) -> dict[str, da.Array]:
    """One task per window that makes everything, and one per variable that takes its part."""
    mines, times, _, rows, columns = reduced.shape
    dependencies: list = [
        array for array in (reduced, acquired, outline) if isinstance(array, da.Array)
    ]
    token = tokenize(reduced, acquired, outline, settings)
    whole = f"excavation-{token}"
    windows: dict = {
        (whole, mine): (
            _excavation_of_window,
            [(reduced.name, mine, 0, 0, part, 0) for part in range(reduced.numblocks[3])],
            _of_window(acquired, mine),
            settings,
            _of_window(outline, mine),
        )
        for mine in range(mines)
    }
    graph = HighLevelGraph.from_collections(whole, windows, dependencies=dependencies)
    results = {}
    for variable, (dtype, timed, _) in VARIABLES.items():
        shape = (mines, times, rows, columns) if timed else (mines, rows, columns)
        name = f"{variable}-{token}"
        blocks: dict = {
            (name, mine, *(0 for _ in shape[1:])): (_variable_of, (whole, mine), variable)
            for mine in range(mines)
        }
        layers = {**graph.layers, name: blocks}
        results[variable] = da.Array(
            HighLevelGraph(layers, {**graph.dependencies, name: {whole}}),
            name,
            chunks=((1,) * mines, *((extent,) for extent in shape[1:])),
            dtype=dtype,
        )
    return results


def _looks_of_window(reflectance: np.ndarray, quality: np.ndarray, bands: Sequence[str]) -> Looks:
    return looks(reflectance[0], quality[0], bands)


def _excavation_of_window(
    parts: Sequence[Looks],
    acquired: np.ndarray,
    settings: DetectionSettings,
    outline: np.ndarray | None,
) -> Excavation:
    inside = None if outline is None else outline[0]
    return excavation_of_looks(parts, acquired[0], settings, inside)


def _variable_of(found: Excavation, variable: str) -> np.ndarray:
    return getattr(found, variable)[np.newaxis]
