"""Sign-ins that fail have to wait, and only those."""

from __future__ import annotations

import pytest

from cube.contract import CubeError
from dashboard.access.attempts import AttemptLimits, Attempts


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def failed(attempts: Attempts, count: int, name: str = "anna", address: str = "10.0.0.1") -> None:
    for _ in range(count):
        attempts.begin(name, address)


def test_the_sixth_try_waits_until_the_first_is_a_quarter_of_an_hour_old(clock):
    attempts = Attempts(clock=clock)
    failed(attempts, 4)
    clock.now += 60
    assert attempts.wait_s("anna", "10.0.0.1") == 0
    failed(attempts, 1)
    assert attempts.wait_s("Anna ", "10.0.0.1") == 840  # 900 - 60
    clock.now += 840
    assert attempts.wait_s("anna", "10.0.0.1") == 0


def test_another_person_and_another_address_need_not_wait(clock):
    attempts = Attempts(clock=clock)
    failed(attempts, 5)
    assert attempts.wait_s("bert", "10.0.0.1") == 0
    assert attempts.wait_s("anna", "10.0.0.2") == 0


def test_one_address_cannot_try_many_names(clock):
    attempts = Attempts(AttemptLimits(per_address=30), clock=clock)
    for number in range(30):
        failed(attempts, 1, name=f"name{number}")
    assert attempts.wait_s("another", "10.0.0.1") == 900


def test_many_addresses_cannot_try_one_name(clock):
    attempts = Attempts(AttemptLimits(per_name=100), clock=clock)
    for number in range(100):
        failed(attempts, 1, address=f"10.0.1.{number}")
    assert attempts.wait_s("anna", "10.0.9.9") == 900


def test_addresses_of_one_household_count_as_one(clock):
    attempts = Attempts(clock=clock)
    for number in range(5):
        failed(attempts, 1, address=f"2001:db8:1:2::{number}")
    assert attempts.wait_s("anna", "2001:db8:1:2:ffff::1") > 0
    assert attempts.wait_s("anna", "2001:db8:1:3::1") == 0
    assert attempts.wait_s("anna", "::ffff:10.0.0.7") == 0


def test_the_right_password_forgives_what_was_mistyped(clock):
    attempts = Attempts(clock=clock)
    failed(attempts, 5)
    attempts.succeed("anna", "10.0.0.1")
    assert attempts.wait_s("anna", "10.0.0.1") == 0


def test_limits_of_nothing_are_refused():
    with pytest.raises(CubeError, match="give 1 or more attempts"):
        AttemptLimits(per_pair=0)
