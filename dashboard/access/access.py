"""The access folder of an output: its users, sessions, audit trail, and who may do what now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from cube.contract import CubeError
from dashboard.access.attempts import AttemptLimits, Attempts
from dashboard.access.audit import REFUSED, Audit
from dashboard.access.private_file import kept_secret, private_folder
from dashboard.access.sessions import Session, Sessions, SessionSettings
from dashboard.access.users import ADMIN, User, Users

FOLDER = "access"

WRONG = "That name and password do not go together. Try again."


@dataclass(frozen=True)
class AccessSettings:
    """How people come in.

    sessions, attempts : of sign-in by password
    secure : whether browsers may send the cookie over TLS only; for a server behind a proxy that
        speaks TLS to the world
    """

    sessions: SessionSettings = field(default_factory=SessionSettings)
    attempts: AttemptLimits = field(default_factory=AttemptLimits)
    secure: bool = False


@dataclass(frozen=True)
class Visitor:
    """Who looks or acts: a name and a role, as they were when the page was opened."""

    name: str
    role: str
    session: Session

    @property
    def is_admin(self) -> bool:
        return self.role == ADMIN


class NotAllowed(CubeError):
    """Someone may not do or see that; the message says why, for them to read."""


class Access:
    """The door of one output."""

    def __init__(self, output: Path, settings: AccessSettings | None = None) -> None:
        self.settings = settings or AccessSettings()
        self.folder = private_folder(output / FOLDER)
        self.secret = kept_secret(self.folder / "secret.json")
        self.users = Users(self.folder)
        self.sessions = Sessions(self.folder, self.secret, self.settings.sessions)
        self.attempts = Attempts(self.settings.attempts)
        self.audit = Audit(self.folder)

    @property
    def cookie(self) -> str:
        """Name of the cookie: browsers share cookies between the ports of a host."""
        mark = hashlib.sha256(f"cookie {self.secret}".encode()).hexdigest()[:8]
        return f"{'__Host-' if self.settings.secure else ''}minecube-{mark}"

    def first_admin(self) -> str:
        """Make `admin` where there are no users yet; the password, or "" where there are."""
        if self.users.all():
            return ""
        password = self.users.add("admin", ADMIN)
        self.audit.enter("first start", "user.add", "admin", said="the first admin")
        return password

    def sign_in(self, name: str, password: str, address: str) -> tuple[str, Session]:
        """The cookie of a new session; takes 0.1 s: not for the event loop.

        Raises
        ------
        NotAllowed
            If name and password do not fit, or after too many that did not.
        """
        wait = self.attempts.wait_s(name, address)
        if wait > 0:
            minutes = max(1, round(wait / 60))
            raise NotAllowed(
                "Too many sign-ins failed. Wait "
                f"{minutes} {'minute' if minutes == 1 else 'minutes'}, then try again."
            )
        self.attempts.begin(name, address)
        user = self.users.fits(name, password)
        if user is None:
            known = self.users.get(name)  # what is no name may be a password in the wrong field
            who = known.name if known else "unknown"
            self.audit.enter(who, "sign-in", outcome=REFUSED, told={"from": address})
            raise NotAllowed(WRONG)
        self.attempts.succeed(name, address)
        return self.let_in(user, address)

    def let_in(self, user: User, address: str) -> tuple[str, Session]:
        """The cookie of a new session of somebody who has shown who it is."""
        cookie, session = self.sessions.begin(user)
        self.audit.enter(user.name, "sign-in", told={"from": address})
        return cookie, session

    def sign_out(self, cookie: str) -> None:
        """End the session of a cookie, if it is one."""
        session = self.sessions.read(cookie)
        if session is not None:
            self.sessions.end(session)
            self.audit.enter(session.name, "sign-out")

    def visitor_of(self, cookie: str) -> Visitor | None:
        """Whose cookie that is now; None for a forged, stale or removed one."""
        session = self.sessions.read(cookie)
        return None if session is None else self.visitor_in(session)

    def visitor_in(self, session: Session) -> Visitor | None:
        """Who is in a session now, in the role that the user has now."""
        user = self.users.get(session.name)
        if user is None or user.stamp != session.stamp or not self.sessions.stands(session):
            return None
        return Visitor(user.name, user.role, session)

    def admin(self, visitor: Visitor | None) -> Visitor:
        """The visitor, if an admin now, whatever the page was told at its opening.

        Raises
        ------
        NotAllowed
        """
        if visitor is None:
            raise NotAllowed("Sign in as an admin to do that.")
        now = self.visitor_in(visitor.session)
        if now is None:
            raise NotAllowed("Your session is over. Sign in again.")
        if not now.is_admin:
            raise NotAllowed("Only an admin may do that.")
        return now
