"""Chunks read and written whole are what zarr reads and writes."""

from __future__ import annotations

import numpy as np
import pytest
from zarr.codecs import BloscCodec, Crc32cCodec, ZstdCodec

from cube import CubeError
from cube.store.chunks import Chunks, put
from cube.store.layout import group_in
from cube.store.repository import open_repository

NAN = float("nan")


def array_of(session, name="a", dtype="int16", fill=-1, compressors=None):
    """(2, 4, 3) in chunks of (1, 4, 3)."""
    return group_in(session, mode="a").create_array(
        name, shape=(2, 4, 3), chunks=(1, 4, 3), dtype=dtype, fill_value=fill,
        compressors=compressors or [BloscCodec(cname="zstd", clevel=1), Crc32cCodec()],
    )  # fmt: skip


@pytest.fixture
def session(tmp_path):
    return open_repository(tmp_path / "cube", create=True).writable_session("main")


@pytest.mark.parametrize("checksum", [[], [Crc32cCodec()]])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "float32", "int64"])
def test_what_is_written_here_zarr_reads_and_the_other_way_about(session, dtype, checksum):
    codecs = [BloscCodec(cname="lz4", clevel=9, shuffle="bitshuffle"), *checksum]
    array = array_of(session, dtype=dtype, fill=0, compressors=codecs)
    block = np.arange(12).reshape(1, 4, 3).astype(dtype)
    put(session, [Chunks(array).encoded((1, 0, 0), block)])
    assert np.array_equal(array[1], block[0])
    array[0] = block[0]
    room = np.empty((1, 4, 3), dtype)
    assert Chunks(array).read((0, 0, 0), room) is room
    assert np.array_equal(room, block)


@pytest.mark.parametrize(("dtype", "fill"), [("int16", -1), ("float32", NAN), ("bool", False)])
def test_a_chunk_of_mere_fill_is_not_stored_and_takes_away_what_was(session, dtype, fill):
    array = array_of(session, dtype=dtype, fill=fill)
    chunks = Chunks(array)
    whole = np.full((1, 4, 3), fill, dtype)
    other = whole.copy()
    other[0, 1, 1] = 1
    put(session, [chunks.encoded((0, 0, 0), other), chunks.encoded((1, 0, 0), other)])
    put(session, [chunks.encoded((1, 0, 0), whole)])
    assert array.nchunks_initialized == 1
    room = np.zeros((1, 4, 3), dtype)
    assert np.array_equal(chunks.read((1, 0, 0), room), whole, equal_nan=dtype == "float32")


def test_minus_nought_is_no_fill(session):
    array = array_of(session, dtype="float32", fill=0.0)
    put(session, [Chunks(array).encoded((0, 0, 0), np.full((1, 4, 3), -0.0, np.float32))])
    assert np.signbit(array[0]).all()


def test_a_fork_writes_what_an_array_opened_before_it_describes(tmp_path):
    repository = open_repository(tmp_path / "cube", create=True)
    session = repository.writable_session("main")
    array = array_of(session)
    session.commit("laid out")
    session = repository.writable_session("main")
    fork = session.fork()
    block = np.full((1, 4, 3), 7, np.int16)
    put(fork, [Chunks(array, fork).encoded((1, 0, 0), block)])
    assert (group_in(session, mode="r")["a"][1] == -1).all()
    session.merge(fork)
    assert (group_in(session, mode="r")["a"][1] == 7).all()


def test_a_flipped_byte_is_noticed_where_there_is_a_checksum(session):
    array = array_of(session)
    chunks = Chunks(array)
    block = np.arange(12, dtype=np.int16).reshape(1, 4, 3)
    [(key, packed)] = chunks.encoded((0, 0, 0), block).items()
    assert packed is not None
    put(session, [{key: bytes([*packed[:-6], packed[-6] ^ 1, *packed[-5:]])}])
    with pytest.raises(ValueError, match="its checksum is not the one stored with it"):
        chunks.read((0, 0, 0), np.empty((1, 4, 3), np.int16))


def test_an_array_stored_in_another_way_is_refused(session):
    array = array_of(session, compressors=[ZstdCodec()])
    with pytest.raises(CubeError, match=r"a is stored by .*ZstdCodec.* only Blosc is read here"):
        Chunks(array)


def test_a_chunk_of_another_size_is_refused_rather_than_filled_up(session):
    codecs = [BloscCodec(cname="lz4", clevel=1)]
    chunks = Chunks(array_of(session, compressors=codecs))
    [(key, _)] = chunks.encoded((0, 0, 0), np.zeros((1, 4, 3), np.int16)).items()
    [(_, short)] = chunks.encoded((0, 0, 0), np.ones((1, 2, 3), np.int16)).items()
    put(session, [{key: short}])
    with pytest.raises(ValueError, match="it holds 12 bytes, expected 24"):
        chunks.read((0, 0, 0), np.empty((1, 4, 3), np.int16))
