"""A password in, what is kept of it out; nobody can read the one from the other.

scrypt (RFC 7914) with 32 MB a try: about 80 ms on a laptop's core, too dear to try words by the
million, cheap enough for a sign-in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from cube.contract import CubeError

COST, BLOCK, PARALLEL = 2**15, 8, 1
"""OWASP's setting of scrypt for sign-in, its middle one: N, r, p."""
MEMORY = 64 * 1024 * 1024
"""What scrypt may take [byte]; it needs 128 N r."""
LONGEST = 1_024
"""Letters; who sends more sends no password."""
SHORTEST = 10
"""Letters of a password that a person chooses; NIST 800-63B asks for 8."""

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 of them, none to be taken for another: 5 bits a letter."""


def new_password() -> str:
    """A password of 100 bits that can be read out: `k7mq-...`, five groups of four."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(5))


def password_hash(password: str) -> str:
    """`scrypt$N$r$p$salt$hash`, all that is kept.

    Raises
    ------
    CubeError
        If the password is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise CubeError(
            f"the password has {len(password)} letters; give {SHORTEST} to {LONGEST:,}."
        )
    salt = secrets.token_bytes(16)
    made = _scrypt(password, salt, COST, BLOCK, PARALLEL)
    return f"scrypt${COST}${BLOCK}${PARALLEL}${salt.hex()}${made.hex()}"


def password_fits(password: str, kept: str) -> bool:
    """Whether a password is the one that was kept; takes as long where nothing was kept.

    kept : of `password_hash`; "" for nobody's, which no password fits
    """
    if len(password) > LONGEST:
        return False
    try:
        kind, cost, block, parallel, salt, made = (kept or NOBODY).split("$")
        numbers = int(cost), int(block), int(parallel)
        if kind != "scrypt" or 128 * numbers[0] * numbers[1] > MEMORY:
            return False
        tried = _scrypt(password, bytes.fromhex(salt), *numbers)
    except ValueError:
        return False
    return hmac.compare_digest(tried, bytes.fromhex(made)) and bool(kept)


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=cost,
        r=block,
        p=parallel,
        maxmem=MEMORY,
        dklen=32,
    )


NOBODY = f"scrypt${COST}${BLOCK}${PARALLEL}${'00' * 16}${'00' * 32}"
