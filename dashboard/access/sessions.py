"""Sign-in in, a signed cookie out; a cookie in, whose it is out, if it is still anybody's.

The cookie holds no secret but its signature: a name, a random session, when it ends, and the
user's stamp. What ends a session before its time (sign-out) is kept in `revoked.json`.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from tornado.web import create_signed_value, decode_signed_value

from cube.contract import CubeError
from dashboard.access.private_file import read_private_json, write_private_json
from dashboard.access.users import User

LONGEST = 2_000
"""Letters of a cookie that is read at all."""


@dataclass(frozen=True)
class SessionSettings:
    """hours : a session ends so long after the sign-in [h]: a working day, whatever was done."""

    hours: float = 12.0

    def __post_init__(self) -> None:
        if not 0 < self.hours <= 24 * 30:
            raise CubeError(f"session hours are {self.hours}; give more than 0, 720 at most.")


@dataclass(frozen=True)
class Session:
    """What a cookie says: whose session `key` is, under which stamp, until when [s since 1970]."""

    name: str
    key: str
    stamp: str
    until: float


class Sessions:
    """Sessions of one output, told apart from another's by its secret."""

    def __init__(
        self,
        folder: Path,
        secret: str,
        settings: SessionSettings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings or SessionSettings()
        self._secret = secret
        self._clock = clock
        self._revoked_path = folder / "revoked.json"
        self._lock = threading.Lock()
        self._revoked: dict[str, float] = {}
        self._revoked_seen = -1

    def begin(self, user: User) -> tuple[str, Session]:
        """A new session of a user: its cookie, and what that says."""
        until = self._clock() + self.settings.hours * 3600
        session = Session(user.name, secrets.token_hex(16), user.stamp, round(until))
        told = [session.name, session.key, session.stamp, session.until]
        signed = create_signed_value(self._secret, "session", json.dumps(told))
        return signed.decode("ascii"), session

    def read(self, cookie: str) -> Session | None:
        """What a cookie says; None where it is forged, changed, over or signed out."""
        if not cookie or len(cookie) > LONGEST:
            return None
        days = self.settings.hours / 24 + 1
        told = decode_signed_value(self._secret, "session", cookie, max_age_days=days)
        if told is None:
            return None
        try:
            name, key, stamp, until = json.loads(told)
            session = Session(str(name), str(key), str(stamp), float(until))
        except (ValueError, TypeError):
            return None
        return session if self.stands(session) else None

    def stands(self, session: Session) -> bool:
        """Whether a session is neither over nor signed out."""
        return self._clock() < session.until and session.key not in self._revoked_now()

    def end(self, session: Session) -> None:
        """Sign out: no copy of its cookie is taken any more."""
        with FileLock(self._revoked_path.with_suffix(".lock"), timeout=30):
            now = self._clock()
            revoked = {k: until for k, until in self._stored().items() if until > now}
            revoked[session.key] = session.until
            write_private_json(self._revoked_path, revoked)

    def _revoked_now(self) -> dict[str, float]:
        try:
            seen = self._revoked_path.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        with self._lock:
            if seen != self._revoked_seen:
                self._revoked, self._revoked_seen = self._stored(), seen
            return self._revoked

    def _stored(self) -> dict[str, float]:
        told = read_private_json(
            self._revoked_path, "Take it away: sessions signed out stand again."
        )
        return {str(key): float(until) for key, until in (told or {}).items()}
