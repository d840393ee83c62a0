"""A repository's address in, its variables out, lazily: read by whichever process needs them."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import AbstractDataStore, BackendArray
from xarray.core import indexing

from cube.contract import CubeError
from cube.store.damage import UNREADABLE, damage
from cube.store.layout import group_in
from cube.store.lock import is_local
from cube.store.repository import open_repository, snapshot_id

SESSIONS_KEPT = 8
"""Snapshots a process keeps open, with their manifests, for all its tasks."""


@lru_cache(maxsize=SESSIONS_KEPT)
def stored_group(path: str, snapshot: str, group: str) -> Any:
    """The group as it was at `snapshot`, opened once per process; read-only."""
    session = open_repository(path).readonly_session(snapshot_id=snapshot)
    return group_in(session, group, "r")


@lru_cache(maxsize=SESSIONS_KEPT * 16)
def stored_array(path: str, snapshot: str, group: str, name: str) -> Any:
    """An array of it, opened once as well: asking a group for one costs a millisecond."""
    return stored_group(path, snapshot, group)[name]


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
        try:
            return np.asarray(self._array()[key], self.dtype)
        except UNREADABLE as error:
            raise damage(stored_group(*self.address), self.name, key, error) from error

    def _array(self) -> Any:
        return stored_array(*self.address, self.name)


class GroupStore(AbstractDataStore):
    """A group of the repository at one snapshot, as xarray's backends expect it."""

    def __init__(self, path: str, snapshot: str, group: str) -> None:
        self.address = (path, snapshot, group)

    def get_attrs(self) -> dict[str, Any]:
        return stored_group(*self.address).attrs.asdict() | {"snapshot": self.address[1]}

    def get_variables(self) -> dict[str, xr.Variable]:
        arrays = sorted(stored_group(*self.address).arrays(), key=lambda a: (-a[1].ndim, a[0]))
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
            preferred["tile" if "tile" in dims else "mine"] = 1
        encoding = {"chunks": array.chunks, "preferred_chunks": preferred}
        data = indexing.LazilyIndexedArray(StoredArray(*self.address, name))
        return xr.Variable(dims, data, attrs, encoding)


def group_store(
    path: str | os.PathLike,
    group: str,
    snapshot: str | None = None,
    tag: str | None = None,
    branch: str | None = None,
) -> GroupStore:
    """The group at the version asked for (the newest of `main` unless said otherwise).

    Raises
    ------
    CubeError
        If there is no such repository, version or group.
    """
    address = str(Path(path).absolute()) if is_local(path) else os.fspath(path)
    found = snapshot_id(address, snapshot, tag, branch)
    try:
        stored_group(address, found, group)
    except FileNotFoundError:
        raise CubeError(
            f"The repository at {path!s} holds no {group!r} at snapshot {found}: "
            "it was not written yet then."
        ) from None
    return GroupStore(address, found, group)
