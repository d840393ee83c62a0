"""Sessions: whose cookie it is, and no other's."""

from __future__ import annotations

import pytest
from tornado.web import create_signed_value

from cube.contract import CubeError
from dashboard.access.private_file import private_folder
from dashboard.access.sessions import Sessions, SessionSettings
from dashboard.access.users import User

ANNA = User("anna", "user", "", "stamp1", "2026-11-21")
SECRET = "s" * 64


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("time.time", clock)  # tornado's own signature has a date as well
    return clock


@pytest.fixture
def sessions(tmp_path, clock):
    return Sessions(private_folder(tmp_path / "access"), SECRET, SessionSettings(12), clock)


def test_a_cookie_says_whose_it_is_for_twelve_hours(sessions, clock):
    cookie, session = sessions.begin(ANNA)
    assert sessions.read(cookie) == session
    assert (session.name, session.stamp, session.until) == ("anna", "stamp1", clock.now + 43_200)
    clock.now += 43_199
    assert sessions.read(cookie) is not None
    clock.now += 1
    assert sessions.read(cookie) is None


def test_a_forged_or_changed_cookie_is_nobodys(sessions):
    cookie, _ = sessions.begin(ANNA)
    forged = create_signed_value("another secret", "session", '["anna","k","stamp1",9e9]').decode()
    other_name = create_signed_value(SECRET, "user", '["anna","k","stamp1",9e9]').decode()
    for wrong in (forged, other_name, cookie[:-1], cookie.replace("a", "b"), "", "x", "1" * 5_000):
        assert sessions.read(wrong) is None


def test_a_cookie_that_was_signed_out_stays_so_and_another_does_not(sessions, tmp_path, clock):
    cookie, session = sessions.begin(ANNA)
    other, _ = sessions.begin(ANNA)
    sessions.end(session)
    after_restart = Sessions(tmp_path / "access", SECRET, SessionSettings(12), clock)
    for one in (sessions, after_restart):
        assert one.read(cookie) is None
        assert one.read(other) is not None


def test_sessions_that_are_over_are_forgotten(sessions, clock, tmp_path):
    _, old = sessions.begin(ANNA)
    sessions.end(old)
    clock.now += 50_000
    _, new = sessions.begin(ANNA)
    sessions.end(new)
    text = (tmp_path / "access" / "revoked.json").read_text()
    assert new.key in text
    assert old.key not in text


def test_a_session_without_end_is_refused():
    with pytest.raises(CubeError, match="session hours are 0"):
        SessionSettings(0)
