"""xarray's engine "minecube": a repository's path in, a lazy Dataset out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xarray as xr
from xarray.backends import BackendEntrypoint
from xarray.backends.store import StoreBackendEntrypoint

from cube.contract import SENTINEL2_GROUP
from cube.store.lazy import group_store


class MinecubeBackend(BackendEntrypoint):
    """`xr.open_dataset(path, engine="minecube", group=, snapshot=, tag=, branch=)`.

    With `chunks={}` a dask chunk is one window's whole series.
    """

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
        return StoreBackendEntrypoint().open_dataset(
            group_store(filename_or_obj, group, snapshot, tag, branch),
            mask_and_scale=mask_and_scale,
            decode_times=decode_times,
            decode_coords=decode_coords,
            drop_variables=drop_variables,
        )

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """A local folder that looks like an Icechunk repository."""
        if not isinstance(filename_or_obj, str | os.PathLike):
            return False
        folder = Path(filename_or_obj)
        return (folder / "refs").is_dir() and (folder / "snapshots").is_dir()
