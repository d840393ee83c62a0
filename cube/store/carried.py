"""What detection carries from one slot to the next, stored beside its results: planes and a record.

Each part (`history`, `state`) is one array of bytes, (mine, byte, y, x): plane after plane, the
bytes of a number apart, which compress best (measured: 4 bytes a pixel for 35). A slot more
then costs one object read and one written per window.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import zarr
from icechunk.session import ForkSession, Session
from zarr.codecs import BloscCodec

from cube.contract import RESULTS_GROUP, CubeError
from cube.store.chunks import Chunks, Encoded, arrays_in
from cube.store.damage import UNREADABLE, damage
from cube.store.layout import TABLE_CHUNK, TABLE_CODEC, ArrayPlan, create_arrays, group_in

CARRIED_GROUP = f"{RESULTS_GROUP}/carried"

BYTES_CODEC = BloscCodec(cname="zstd", clevel=1, shuffle="noshuffle", blocksize=4 * 2**20)
"""Level 3 is no smaller and takes twice as long to encode; lz4 is a fifth to a third larger. With
Blosc's own small blocks zstd takes 1.6 times as long to encode and twice as long to decode."""

Planes = Mapping[str, Mapping[str, str]]
"""dtype of every plane, by part and name."""


@dataclass(frozen=True, eq=False)
class StoredWindow:
    """One window's carried state: `slots` behind it, a JSON-able `record`, (y, x) `planes` by part.

    Parts that are not given are left as they are stored.
    """

    slots: int
    record: Mapping[str, Any] = field(default_factory=dict)
    planes: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)


NOTHING = StoredWindow(0)
"""Of a window whose next slot has to begin from the first."""


def declared(planes: Planes | None) -> dict[str, dict[str, str]]:
    """The planes as the group's attributes hold them."""
    return {part: dict(kinds) for part, kinds in (planes or {}).items()}


def lay_out_carried(root: zarr.Group, planes: Planes | None, mines: int, size: int) -> None:
    """Make the group, empty, for windows of `size` pixels."""
    told = declared(planes)
    group = root.create_group(CARRIED_GROUP, attributes={"planes": told}, overwrite=True)

    def along_mine(dtype: str, fill: Any, chunk: int, long_name: str) -> ArrayPlan:
        return ArrayPlan(("mine",), dtype, (chunk,), fill, TABLE_CODEC, {"long_name": long_name})

    plans = {
        "slots": along_mine("int32", 0, TABLE_CHUNK, "slots behind the state; 0 = there is none"),
        "outline": along_mine("string", "", TABLE_CHUNK, "what else the results depend on"),
        "record": along_mine("string", "", 1, "numbers and dates of the window, as JSON"),
    }
    create_arrays(group, plans, {"mine": mines})
    for part, kinds in told.items():
        depth = sum(np.dtype(dtype).itemsize for dtype in kinds.values())
        plan = ArrayPlan(
            ("mine", "byte", "y", "x"),
            "uint8",
            (1, depth, size, size),
            0,
            BYTES_CODEC,
            {"long_name": f"bytes of the planes of {part}"},
        )
        create_arrays(group, {part: plan}, {"mine": mines, "byte": depth, "y": size, "x": size})


def encoded_carried(fork: ForkSession, mine_index: int, window: StoredWindow) -> list[Encoded]:
    """One window's record and planes, as `put` stores them; its `slots` are the driver's to write.

    Raises
    ------
    CubeError
        If a plane does not fit what the group was laid out for.
    """
    arrays = arrays_in(fork, CARRIED_GROUP)
    declared = group_in(fork, CARRIED_GROUP, "r").attrs["planes"]
    encoded: list[Encoded] = []
    for part, planes in window.planes.items():
        kinds = {name: plane.dtype.name for name, plane in planes.items()}
        if kinds != declared.get(part):
            raise CubeError(
                f"{part} of window {mine_index} is {kinds}, but the results carry "
                f"{declared.get(part)}: begin them again."
            )
        chunks = Chunks(arrays[part], fork)
        apart, first = np.empty(chunks.shape, np.uint8), 0
        for plane in planes.values():
            first = _take_apart(plane, apart[0], first)
        encoded.append(chunks.encoded((mine_index, 0, 0, 0), apart))
    if window.slots:
        group_in(fork, CARRIED_GROUP)["record"][mine_index : mine_index + 1] = np.array(
            [json.dumps(dict(window.record))], dtype=object
        )
    return encoded


def read_carried(
    session: Session, mine_index: int, parts: Collection[str] | None = None
) -> StoredWindow:
    """One window's state as it is stored: what later slots go on from, and what history said.

    parts : only these; all if None

    Raises
    ------
    CubeError
        If none is stored.
    """
    group = group_in(session, CARRIED_GROUP, "r")
    slots = int(group["slots"][mine_index])
    if not slots:
        raise CubeError(f"window {mine_index} carries no state: begin from its first slot.")
    planes: dict[str, dict[str, np.ndarray]] = {}
    for part, kinds in group.attrs["planes"].items():
        if parts is not None and part not in parts:
            continue
        try:
            stored, first = group[part][mine_index], 0
        except UNREADABLE as error:
            raise damage(group, part, (mine_index,), error) from error
        planes[part] = {}
        for name, dtype in kinds.items():
            planes[part][name], first = _put_together(stored, first, np.dtype(dtype))
    return StoredWindow(slots, json.loads(str(group["record"][mine_index])), planes)


def _take_apart(plane: np.ndarray, apart: np.ndarray, first: int) -> int:
    """Write a plane's bytes into layer `first` and on, the least first; the next free layer."""
    little = np.ascontiguousarray(plane, plane.dtype.newbyteorder("<"))
    layers = little.view(np.uint8).reshape(*plane.shape, -1)
    for i in range(layers.shape[-1]):
        apart[first + i] = layers[..., i]
    return first + layers.shape[-1]


def _put_together(apart: np.ndarray, first: int, dtype: np.dtype) -> tuple[np.ndarray, int]:
    """The way back: the plane, and the layer after its last."""
    layers = np.empty((*apart.shape[1:], dtype.itemsize), np.uint8)
    for i in range(dtype.itemsize):
        layers[..., i] = apart[first + i]
    plane = layers.view(dtype.newbyteorder("<"))[..., 0].astype(dtype, copy=False)
    return plane, first + dtype.itemsize
