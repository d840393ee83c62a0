"""Passwords: what is kept tells nobody what was typed."""

from __future__ import annotations

import hashlib
import time

import pytest

from cube.contract import CubeError
from dashboard.access.passwords import (
    LETTERS,
    new_password,
    password_fits,
    password_hash,
)


def test_only_the_password_fits_what_was_kept():
    kept = password_hash("correct horse battery")
    assert password_fits("correct horse battery", kept)
    assert not password_fits("correct horse batterY", kept)
    assert not password_fits("", kept)


def test_what_is_kept_is_scrypt_as_the_standard_library_has_it():
    kind, cost, block, parallel, salt, made = password_hash("correct horse battery").split("$")
    again = hashlib.scrypt(
        b"correct horse battery", salt=bytes.fromhex(salt), n=int(cost), r=int(block),
        p=int(parallel), maxmem=2**26, dklen=32,
    )  # fmt: skip
    assert (kind, made) == ("scrypt", again.hex())
    assert int(cost) >= 2**15


def test_the_same_password_is_kept_differently_for_everybody():
    assert password_hash("correct horse battery") != password_hash("correct horse battery")


def test_nobodys_password_fits_nothing_and_takes_as_long():
    began = time.process_time()
    assert not password_fits("anything at all", password_hash("correct horse battery"))
    wrong = time.process_time() - began
    began = time.process_time()
    assert not password_fits("anything at all", "")
    assert time.process_time() - began > wrong / 10  # the wrong one was hashed twice


def test_a_kept_hash_that_asks_for_all_memory_is_refused():
    assert not password_fits("anything", f"scrypt${2**30}$8$1${'00' * 16}${'00' * 32}")
    assert not password_fits("anything", "plain$anything")


def test_a_new_password_has_a_hundred_bits():
    password = new_password()
    groups = password.split("-")
    assert [len(group) for group in groups] == [4] * 5
    assert set("".join(groups)) <= set(LETTERS)
    assert len(LETTERS) == len(set(LETTERS)) == 32
    assert new_password() != password


@pytest.mark.parametrize("password", ["short", "x" * 2_000])
def test_a_password_too_short_or_too_long_is_refused(password):
    with pytest.raises(CubeError, match="give 10 to 1,024"):
        password_hash(password)
