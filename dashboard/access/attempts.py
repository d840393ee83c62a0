"""Sign-ins that failed, lately: who has to wait, and how long. In memory; a restart forgives."""

from __future__ import annotations

import ipaddress
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from cube.contract import CubeError


@dataclass(frozen=True)
class AttemptLimits:
    """How many sign-ins may fail within `window_s` [s] before the next has to wait.

    per_pair : of one name from one address: typing errors, not guessing
    per_address : of all names from one address, behind which an office may sit
    per_name : of one name from everywhere: so many that nobody locks an admin out by the way
    """

    window_s: float = 900.0
    per_pair: int = 5
    per_address: int = 30
    per_name: int = 100

    def __post_init__(self) -> None:
        if self.window_s <= 0 or min(self.per_pair, self.per_address, self.per_name) < 1:
            raise CubeError(f"{self}: give 1 or more attempts and more than 0 seconds.")


class Attempts:
    """Failed sign-ins of the last minutes."""

    def __init__(
        self, limits: AttemptLimits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits or AttemptLimits()
        self._clock = clock
        self._failed: defaultdict[tuple[str, ...], deque[float]] = defaultdict(deque)

    def wait_s(self, name: str, address: str) -> float:
        """How long to wait before the next try [s]; 0 where it may be now."""
        now = self._clock()
        self._forget(now)
        waits = [0.0]
        for key, most in self._keys(name, address):
            failed = self._failed.get(key, ())
            if len(failed) >= most:
                waits.append(failed[len(failed) - most] + self.limits.window_s - now)
        return max(waits)

    def begin(self, name: str, address: str) -> None:
        """Count a try as failed before it is known: tries at the same moment count as well."""
        for key, _ in self._keys(name, address):
            self._failed[key].append(self._clock())

    def succeed(self, name: str, address: str) -> None:
        """The right password forgives what the same person mistyped from there."""
        (pair, _), *wider = self._keys(name, address)
        self._failed.pop(pair, None)
        for key, _ in wider:
            if self._failed.get(key):
                self._failed[key].pop()

    def _keys(self, name: str, address: str) -> list[tuple[tuple[str, ...], int]]:
        name, net = name.strip().lower()[:64], _network(address)
        limits = self.limits
        return [
            (("pair", name, net), limits.per_pair),
            (("address", net), limits.per_address),
            (("name", name), limits.per_name),
        ]

    def _forget(self, now: float) -> None:
        for key in list(self._failed):
            failed = self._failed[key]
            while failed and failed[0] <= now - self.limits.window_s:
                failed.popleft()
            if not failed:
                del self._failed[key]


def _network(address: str) -> str:
    """An IPv6 address stands for its /64: one household has them all."""
    try:
        told = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if told.version == 6 and told.ipv4_mapped is None:
        return str(ipaddress.ip_network((told, 64), strict=False))
    return str(told)
