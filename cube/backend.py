"""xarray's engine "minecube": a repository's path and snapshot in, a lazy Dataset out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import AbstractDataStore, BackendArray, BackendEntrypoint
from xarray.backends.store import StoreBackendEntrypoint
from xarray.core import indexing

from cube.contract import SENTINEL2_GROUP, CubeError

SESSIONS_KEPT = 8
"""Snapshots a process keeps open, with their manifests, for all its tasks."""


@lru_cache(maxsize=SESSIONS_KEPT)
def zarr_group(path: str, snapshot: str, group: str) -> Any:
    """The group as it was at `snapshot`, opened once per process; read-only."""
    import zarr

    from cube.store.repository import open_repository

    session = open_repository(path).readonly_session(snapshot_id=snapshot)
    return zarr.open_group(session.store, path=group, mode="r")


class StoredArray(BackendArray):
    """One array of the store, known by its address alone: it pickles to a few strings.

    Lists of indices are answered by reading the slice that covers them and taking from it:
    zarr's own orthogonal indexing costs a factor of four.
    """

    def __init__(self, path: str, snapshot: str, group: str, name: str) -> None:
        self.address = (path, snapshot, group)
        self.name = name
        array = self._array()
        self.shape = array.shape
        self.dtype = np.dtype(object) if array.dtype.kind in "TUO" else array.dtype

    def __dask_tokenize__(self) -> tuple[str, ...]:
        return (*self.address, self.name)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, key: tuple) -> Any:
        return np.asarray(self._array()[key], self.dtype)

    def _array(self) -> Any:
        return zarr_group(*self.address)[self.name]


class GroupStore(AbstractDataStore):
    """A group of the repository at one snapshot, as xarray's backends expect it."""

    def __init__(self, path: str, snapshot: str, group: str) -> None:
        self.address = (path, snapshot, group)

    def get_attrs(self) -> dict[str, Any]:
        return zarr_group(*self.address).attrs.asdict()

    def get_variables(self) -> dict[str, xr.Variable]:
        arrays = sorted(zarr_group(*self.address).arrays(), key=lambda a: (-a[1].ndim, a[0]))
        return {name: self._variable(name, array) for name, array in arrays}

    def _variable(self, name: str, array: Any) -> xr.Variable:
        attrs = array.attrs.asdict()
        if (
            "scale_factor" in attrs
        ):  # float32 holds a scaled uint16; JSON's float would give float64
            attrs["scale_factor"] = np.float32(attrs["scale_factor"])
        dims = array.metadata.dimension_names
        preferred = dict(zip(dims, array.shape, strict=True))
        if "y" in preferred:
            preferred["mine"] = 1
        encoding = {"chunks": array.chunks, "preferred_chunks": preferred}
        data = indexing.LazilyIndexedArray(StoredArray(*self.address, name))
        return xr.Variable(dims, data, attrs, encoding)


class MinecubeBackend(BackendEntrypoint):
    """`xr.open_dataset(path, engine="minecube", group=, snapshot=, tag=, branch=)`."""

    description = "Mines over time, from an Icechunk repository made by minecube"
    open_dataset_parameters = (
        "filename_or_obj",
        "drop_variables",
        "group",
        "snapshot",
        "tag",
        "branch",
        "mask_and_scale",
        "decode_times",
        "decode_coords",
    )

    def open_dataset(  # type: ignore[override]
        self,
        filename_or_obj: str | os.PathLike,
        *,
        drop_variables: str | Iterable[str] | None = None,
        group: str = SENTINEL2_GROUP,
        snapshot: str | None = None,
        tag: str | None = None,
        branch: str | None = None,
        mask_and_scale: Any = True,
        decode_times: Any = True,
        decode_coords: Any = True,
    ) -> xr.Dataset:
        from cube.store.repository import snapshot_id

        path = os.fspath(filename_or_obj)
        path = path if "://" in path else str(Path(path).absolute())
        found = snapshot_id(path, snapshot, tag, branch)
        store = GroupStore(path, found, group)
        try:
            zarr_group(path, found, group)
        except KeyError:
            raise CubeError(
                f"The repository at {path} holds no {group!r} at snapshot {found}."
            ) from None
        dataset = StoreBackendEntrypoint().open_dataset(
            store,
            mask_and_scale=mask_and_scale,
            decode_times=decode_times,
            decode_coords=decode_coords,
            drop_variables=drop_variables,
        )
        dataset.attrs["snapshot"] = found
        return dataset

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """A local folder that looks like an Icechunk repository."""
        if not isinstance(filename_or_obj, str | os.PathLike):
            return False
        folder = Path(filename_or_obj)
        return (folder / "refs").is_dir() and (folder / "snapshots").is_dir()
