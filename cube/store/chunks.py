"""Whole chunks of an array in and out, decoded into memory that the caller keeps.

Zarr's own way costs twice as much to read a chunk and up to six times as much to write one: it
takes fresh memory for every copy, and more to see whether what it writes is all fill. What lies in
the store is the same, so zarr reads what was written here and the other way about.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import google_crc32c
import icechunk
import numpy as np
from numcodecs import Blosc
from zarr.buffer import cpu, default_buffer_prototype
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec
from zarr.core.sync import sync

from cube.contract import CubeError
from cube.store.layout import group_in

SHUFFLES = {"bitshuffle": Blosc.BITSHUFFLE, "noshuffle": Blosc.NOSHUFFLE, "shuffle": Blosc.SHUFFLE}

PROTOTYPE = default_buffer_prototype()
"""In what kind of memory zarr hands over what is stored."""

CHECKSUM_BYTES = 4

SIZE_AT = slice(4, 8)
"""Where Blosc says how many bytes a chunk decodes to (its format's header, version 2)."""

LOOKED_AT = 2**16
"""Numbers of a block that are held against the fill at once: most differ in the first."""

VERSIONS_KEPT = 16
"""Groups whose arrays a process remembers: looking up an array costs half a millisecond."""

Encoded = Mapping[str, bytes | None]
"""What to store under which key; None takes away what is there."""


class Chunks:
    """The chunks of an array, by their place in the grid of chunks.

    Parameters
    ----------
    array : zarr.Array
        Of numbers, compressed by Blosc, with or without a checksum behind.
    session : icechunk.Session, optional
        Where to read and write: of the version that the array was opened in, or a fork of it.

    Raises
    ------
    CubeError
        If the array is stored in any other way.
    """

    def __init__(self, array: Any, session: icechunk.Session | None = None) -> None:
        self.store = array.store if session is None else session.store
        self.array = array
        self.shape, self.dtype = array.chunks, array.dtype
        self.fill = np.asarray(array.fill_value, array.dtype)
        self.codec, self.checked = _codecs(array)

    def read(self, place: tuple[int, ...], into: np.ndarray) -> np.ndarray:
        """Decode the chunk at `place` into a C-ordered array of its size; fill where none is.

        Raises
        ------
        ValueError, RuntimeError
            If what is stored is not what was written (`cube.store.damage.UNREADABLE`).
        """
        return self.decoded(sync(self.store.get(self.key(place), PROTOTYPE)), into)

    def stored(self, places: Sequence[tuple[int, ...]]) -> list[Any]:
        """What is stored at some places, still encoded; asked for all at once."""
        return stored_under(self.store, [self.key(place) for place in places])

    def decoded(self, stored: Any, into: np.ndarray) -> np.ndarray:
        """One of what `stored` gave, as `read` gives it.

        Raises
        ------
        ValueError, RuntimeError
            As `read`.
        """
        if stored is None:
            into[...] = self.fill
            return into
        packed = stored.as_numpy_array()
        if self.checked:
            packed, told = packed[:-CHECKSUM_BYTES], packed[-CHECKSUM_BYTES:]
            if google_crc32c.value(packed) != int.from_bytes(told.tobytes(), "little"):
                raise ValueError("its checksum is not the one stored with it")
        decoded = int.from_bytes(packed[SIZE_AT].tobytes(), "little")
        if decoded != into.nbytes:  # decoding would leave the rest as it was
            raise ValueError(f"it holds {decoded} bytes, expected {into.nbytes}")
        self.codec.decode(packed, into.reshape(-1).view(np.uint8))
        return into

    def encoded(self, place: tuple[int, ...], block: np.ndarray) -> dict[str, bytes | None]:
        """What to `put` for a C-ordered array of a chunk's size; None where it is all fill."""
        return {self.key(place): None if self._blank(block) else self._packed(block)}

    def key(self, place: tuple[int, ...]) -> str:
        """Under which name the chunk at `place` is stored."""
        return f"{self.array.path}/{self.array.metadata.encode_chunk_key(place)}"

    def _packed(self, block: np.ndarray) -> bytes:
        packed = self.codec.encode(block)
        if not self.checked:
            return packed
        return packed + google_crc32c.value(packed).to_bytes(CHECKSUM_BYTES, "little")

    def _blank(self, block: np.ndarray) -> bool:
        """Whether every bit is the fill's: -0.0 is not 0.0, and NaN is NaN."""
        kind = np.dtype(f"u{block.itemsize}")
        fill, bits = self.fill.reshape(1).view(kind)[0], block.reshape(-1).view(kind)
        pieces = range(0, len(bits), LOOKED_AT)
        return not any((bits[at : at + LOOKED_AT] != fill).any() for at in pieces)


def stored_under(store: Any, keys: Sequence[str]) -> list[Any]:
    """What a store holds under some keys, still encoded; asked for all at once."""

    async def asked() -> list[Any]:
        return await asyncio.gather(*(store.get(key, PROTOTYPE) for key in keys))

    return sync(asked())


def put(session: icechunk.Session, encoded: Sequence[Encoded]) -> None:
    """Store chunks, all at once: where the store is far, their ways overlap."""
    store: Any = session.store
    told = {key: packed for some in encoded for key, packed in some.items()}

    async def stored() -> None:
        await asyncio.gather(
            *(
                store.delete(key)
                if packed is None
                else store.set(key, cpu.Buffer.from_bytes(packed))
                for key, packed in told.items()
            )
        )

    sync(stored())


def arrays_in(session: icechunk.Session, name: str) -> dict[str, Any]:
    """The arrays of a group as the session's version holds them, opened once per process.

    Only where chunks alone were written since: not after arrays were made or resized.
    """
    key = session.snapshot_id, name
    if key not in _VERSIONS:
        while len(_VERSIONS) >= VERSIONS_KEPT:
            _VERSIONS.pop(next(iter(_VERSIONS)), None)
        _VERSIONS[key] = dict(group_in(session, name, "r").arrays())
    return _VERSIONS[key]


_VERSIONS: dict[tuple[str, str], dict[str, Any]] = {}


def blosc(codec: BloscCodec) -> Blosc:
    """The compressor that zarr's codec stands for."""
    told: Any = codec.to_dict()["configuration"]
    return Blosc(told["cname"], told["clevel"], SHUFFLES[told["shuffle"]], told["blocksize"])


def _codecs(array: Any) -> tuple[Blosc, bool]:
    """What an array's chunks are compressed by, and whether a checksum is behind them."""
    match array.metadata.codecs:
        case (BytesCodec(), BloscCodec() as codec):
            return blosc(codec), False
        case (BytesCodec(), BloscCodec() as codec, Crc32cCodec()):
            return blosc(codec), True
    raise CubeError(
        f"{array.path} is stored by {array.metadata.codecs}, but only Blosc is read here, with or "
        "without a checksum. Write the cube with this software, or read it with cube.open_cube."
    )
