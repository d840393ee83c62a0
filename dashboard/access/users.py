"""`OUTPUT/access/users.json`: who may sign in, as what; passwords as scrypt hashes only."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from cube.contract import CubeError
from dashboard.access.passwords import new_password, password_fits, password_hash
from dashboard.access.private_file import (
    private_folder,
    read_private_json,
    write_private_json,
)

USER, ADMIN = "user", "admin"
ROLES = (USER, ADMIN)

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_REMEDY = "Bring it back from a copy; or move it away, and the next start makes a new admin."


@dataclass(frozen=True)
class User:
    """One line of users.json.

    name : as typed at the sign-in, in small letters
    role : one of ROLES
    password : of `passwords.password_hash`; "" for who signs in elsewhere (OAuth)
    stamp : changes with the password and the role: sessions from before end
    since : day of the making, UTC
    """

    name: str
    role: str
    password: str
    stamp: str
    since: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise CubeError(f"role is {self.role!r}, expected one of {', '.join(ROLES)}.")
        if not _NAME.fullmatch(self.name) or self.name == "run":
            raise CubeError(
                f"{self.name[:70]!r} is no name of a user: give 1 to 64 of a-z, 0-9 and . _ @ + -, "
                "a letter or digit first, and not `run`."
            )


class Users:
    """The users of one output. Every reading is of the file as it is now."""

    def __init__(self, folder: Path) -> None:
        self.folder = private_folder(folder)
        self.path = folder / "users.json"
        self._seen: tuple[tuple[int, int, int], dict[str, User]] | None = None

    def all(self) -> dict[str, User]:
        """By name.

        Raises
        ------
        CubeError
            If the file is damaged.
        """
        try:
            told = self.path.stat()
        except FileNotFoundError:
            return {}
        key = (told.st_mtime_ns, told.st_size, told.st_ino)
        if self._seen is None or self._seen[0] != key:
            self._seen = key, self._read()
        return dict(self._seen[1])

    def get(self, name: str) -> User | None:
        """The user of that name, if there is one."""
        return self.all().get(name.strip().lower())

    def fits(self, name: str, password: str) -> User | None:
        """The user whose password that is; as slow where there is none."""
        user = self.get(name)
        return user if password_fits(password, user.password if user else "") else None

    def add(self, name: str, role: str, without_password: bool = False) -> str:
        """A new user; the password, which is nowhere kept; "" for who signs in elsewhere.

        Raises
        ------
        CubeError
            For a name that is none or taken, and a role there is not.
        """
        password = "" if without_password else new_password()
        kept = password_hash(password) if password else ""
        user = User(name.strip().lower(), role, kept, _stamp(), _today())

        def added(users: dict[str, User]) -> None:
            if user.name in users:
                raise CubeError(f"there is a user {user.name} already. Give another name.")
            users[user.name] = user

        self._change(added)
        return password

    def remove(self, name: str) -> None:
        """Take a user away; refused for the last admin."""

        def removed(users: dict[str, User]) -> None:
            del users[_known(users, name).name]

        self._change(removed)

    def set_role(self, name: str, role: str) -> None:
        """Another role; refused where no admin would be left."""

        def changed(users: dict[str, User]) -> None:
            user = _known(users, name)
            if user.role != role:
                users[user.name] = replace(user, role=role, stamp=_stamp())

        self._change(changed)

    def reset(self, name: str, password: str = "") -> str:
        """Another password, made up where none is given; sessions from before end."""
        password = password or new_password()
        kept = password_hash(password)

        def changed(users: dict[str, User]) -> None:
            user = _known(users, name)
            users[user.name] = replace(user, password=kept, stamp=_stamp())

        self._change(changed)
        return password

    def _change(self, change: Callable[[dict[str, User]], None]) -> None:
        """Read, change, write, with nobody in between; never without an admin."""
        with FileLock(self.folder / "users.lock", timeout=30):
            users = self._read() if self.path.exists() else {}
            change(users)
            if not any(user.role == ADMIN for user in users.values()):
                raise CubeError("no admin would be left. Make another admin first.")
            rows = [asdict(user) for user in sorted(users.values(), key=lambda user: user.name)]
            write_private_json(self.path, {"format": 1, "users": rows})

    def _read(self) -> dict[str, User]:
        told = read_private_json(self.path, _REMEDY)
        try:
            if told["format"] != 1:
                raise ValueError
            users = [User(**row) for row in told["users"]]
        except (KeyError, TypeError, ValueError) as error:
            raise CubeError(f"{self.path} holds no users as this version keeps them. {_REMEDY}"
                            ) from error  # fmt: skip
        return {user.name: user for user in users}


def _known(users: dict[str, User], name: str) -> User:
    found = users.get(name.strip().lower())
    if found is None:
        raise CubeError(f"there is no user {name[:70]!r}; there are {', '.join(sorted(users))}.")
    return found


def _stamp() -> str:
    return secrets.token_hex(8)


def _today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")
