"""What detection carries from one slot to the next, stored beside its results: planes and a record.

Each part is one array. Planes that differ from pixel to pixel are stored whole, (mine, word); of a
part in which most pixels have no share, (mine, byte), the others alone (`cube.store.plane_bytes`).
A part that a slot leaves as it was need not be written again.
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
from cube.store.chunks import Chunks, Encoded, arrays_in, stored_under
from cube.store.damage import UNREADABLE, damage
from cube.store.layout import TABLE_CHUNK, TABLE_CODEC, ArrayPlan, create_arrays, group_in
from cube.store.plane_bytes import WORD_BYTES, PlaneBytes

CARRIED_GROUP = f"{RESULTS_GROUP}/carried"

WORDS_CODEC = BloscCodec(cname="lz4", clevel=1, shuffle="shuffle", blocksize=2**19)
"""Of whole planes: Blosc itself puts the bytes of a number apart, which costs a third of doing it
for each plane before."""

BYTES_CODEC = BloscCodec(cname="lz4", clevel=1, shuffle="noshuffle", blocksize=4 * 2**20)
"""A slot more reads all of it and writes most: zstd is a fifth smaller, but takes twice as long
both ways, which is more than reading and writing fewer bytes saves."""

WORD = f"uint{8 * WORD_BYTES}"

PIECE_BYTES = 2**20
"""A chunk of a sparse part: most windows fill less than one, and noughts cost next to nothing."""

RECORD_BYTES = 2**16
"""Room for a window's record: some 9,000 slots."""

Planes = Mapping[str, Mapping[str, str]]
"""Kind of every plane, by part and name: a dtype, as `int16`; in a sparse part with what most
pixels hold, as `int16=-1`."""


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
    """The planes as the group's attributes hold them: `<i2` of whole ones, as it lies there."""
    return {
        part: {name: kind if "=" in kind else _lying(kind) for name, kind in kinds.items()}
        for part, kinds in (planes or {}).items()
    }


def _lying(kind: str) -> str:
    return np.dtype(kind).newbyteorder("<").str


def lay_out_carried(root: zarr.Group, planes: Planes | None, mines: int, size: int) -> None:
    """Make the group, empty, for windows of `size` pixels."""
    told = declared(planes)
    group = root.create_group(CARRIED_GROUP, attributes={"planes": told}, overwrite=True)

    def along_mine(dtype: str, fill: Any, long_name: str) -> ArrayPlan:
        attrs = {"long_name": long_name}
        return ArrayPlan(("mine",), dtype, (TABLE_CHUNK,), fill, TABLE_CODEC, attrs)

    def make_bytes(name: str, most: int, piece: int, **attrs: Any) -> None:
        plan = ArrayPlan(("mine", "byte"), "uint8", (1, piece), 0, BYTES_CODEC, attrs)
        create_arrays(group, {name: plan}, {"mine": mines, "byte": most})

    def make_words(name: str, most: int, **attrs: Any) -> None:
        plan = ArrayPlan(("mine", "word"), WORD, (1, most), 0, WORDS_CODEC, attrs)
        create_arrays(group, {name: plan}, {"mine": mines, "word": most})

    plans = {
        "slots": along_mine("int32", 0, "slots behind the state; 0 = there is none"),
        "outline": along_mine("string", "", "what else the results depend on"),
    }
    create_arrays(group, plans, {"mine": mines})
    make_bytes("record", RECORD_BYTES, RECORD_BYTES, long_name="the window's numbers, as JSON")
    for part, kinds in told.items():
        of = PlaneBytes(kinds, (size, size))
        attrs = {"long_name": f"planes of {part}", "planes": kinds, "size": size}
        if of.sparse:
            make_bytes(part, of.most, min(of.most, PIECE_BYTES), **attrs)
        else:
            make_words(part, of.most // WORD_BYTES, **attrs)


def encoded_carried(fork: ForkSession, mine_index: int, window: StoredWindow) -> list[Encoded]:
    """One window's record and planes, as `put` stores them; its `slots` are the driver's to write.

    Raises
    ------
    CubeError
        If a plane does not fit what the group was laid out for.
    """
    arrays = arrays_in(fork, CARRIED_GROUP)
    encoded: list[Encoded] = []

    def write(name: str, stored: np.ndarray) -> None:
        chunks = Chunks(arrays[name], fork)
        piece = chunks.shape[1] * chunks.dtype.itemsize
        count = -(-len(stored) // piece)
        pieces = np.zeros(count * piece, np.uint8) if count * piece > len(stored) else stored
        pieces[: len(stored)] = stored
        for i, block in enumerate(pieces.view(chunks.dtype).reshape(count, *chunks.shape)):
            encoded.append(chunks.encoded((mine_index, i), block))

    for part, planes in window.planes.items():
        of = _plane_bytes(arrays[part]) if part in arrays else None
        kinds = {name: plane.dtype.name for name, plane in planes.items()}
        there = None if of is None else {name: kind.name for name, kind in of.dtypes.items()}
        if of is None or kinds != there:
            raise CubeError(
                f"{part} of window {mine_index} is {kinds}, but the results carry {there}: begin "
                "them again."
            )
        write(part, of.stored(planes))
    if window.slots:
        record = np.frombuffer(json.dumps(dict(window.record)).encode(), np.uint8)
        if len(record) > RECORD_BYTES:
            raise CubeError(
                f"the record of window {mine_index} takes {len(record)} bytes, but {RECORD_BYTES} "
                "are kept: use longer slots, or a shorter period."
            )
        write("record", record)
    return encoded


def read_carried(
    session: Session, mine_index: int, parts: Collection[str] | None = None
) -> StoredWindow:
    """One window's state as it is stored: what later slots go on from, and what history said.

    parts : only these; all if None

    Raises
    ------
    CubeError
        If none is stored, or it is damaged.
    """
    arrays = arrays_in(session, CARRIED_GROUP)
    told = [name for name in arrays if "planes" in arrays[name].attrs]
    wanted = ["record", *(told if parts is None else parts)]
    at, row = divmod(mine_index, TABLE_CHUNK)
    table = Chunks(arrays["slots"], session)
    chunks = {name: Chunks(arrays[name], session) for name in wanted}
    keys = [table.key((at,)), *(chunks[name].key((mine_index, 0)) for name in wanted)]
    count, *first = stored_under(session.store, keys)
    slots = int(table.decoded(count, np.empty(table.shape, table.dtype))[row])
    if not slots:
        raise CubeError(f"window {mine_index} carries no state: begin from its first slot.")
    laid = {name: _plane_bytes(arrays[name]) for name in wanted if name != "record"}
    planes: dict[str, dict[str, np.ndarray]] = {}
    record = np.empty(0, np.uint8)
    for name, stored in zip(wanted, first, strict=True):
        try:
            held = chunks[name].decoded(stored, np.empty(chunks[name].shape, chunks[name].dtype))
            if name == "record":
                record = held[0]
                continue
            of = laid[name]
            planes[name] = of.planes(_whole(chunks[name], mine_index, held[0], of))
        except UNREADABLE as error:
            group = group_in(session, CARRIED_GROUP, "r")
            raise damage(group, name, (mine_index,), error) from error
    return StoredWindow(slots, json.loads(record.tobytes().rstrip(b"\0")), planes)


def _whole(chunks: Chunks, mine_index: int, first: np.ndarray, of: PlaneBytes) -> np.ndarray:
    """(byte,) uint8 stored of one window, with noughts behind; further pieces where there are."""
    if not of.sparse:
        return first.view(np.uint8)
    piece = chunks.shape[1]
    count = -(-of.length(first) // piece)
    if count == 1:
        return first
    pieces = np.empty((count, *chunks.shape), np.uint8)
    pieces[0] = first
    for i in range(1, count):
        chunks.read((mine_index, i), pieces[i])
    return pieces.reshape(-1)


def _plane_bytes(array: Any) -> PlaneBytes:
    """How an array of the group holds its planes.

    Raises
    ------
    CubeError
        If an earlier version of this software wrote it in another order.
    """
    size = int(array.attrs["size"])
    of = PlaneBytes(array.attrs["planes"], (size, size))
    if not of.sparse and array.dtype != np.dtype(WORD):
        raise CubeError(
            f"{array.path} was written by an earlier version of this software, which laid it out "
            "otherwise. Run again: what is carried is made anew."
        )
    return of
