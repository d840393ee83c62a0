"""Where the results database lies: a URL in, an address whose password is never shown out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from cube.contract import CubeError

FILE = "results.sqlite"
"""The database below a run's folder, unless another is named."""

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
ALIASES = {"postgres": "postgresql"}
EXAMPLE = "postgresql://user@host:5432/name"


@dataclass(frozen=True)
class DatabaseSettings:
    """Where a run's results are kept for asking.

    url : SQLite or PostgreSQL as `postgresql://user@host:5432/name` (none: OUTPUT/results.sqlite).
        Without its password, because settings are written to run.json: libpq finds that in
        PGPASSWORD or ~/.pgpass.
    """

    url: str = ""

    def __post_init__(self) -> None:
        if self.url and _secrets(address(self.url, Path())):
            raise CubeError(
                "url holds a password, and settings are written to run.json. Leave it out of the "
                "URL and put it in PGPASSWORD or ~/.pgpass."
            )


def address(url: str, output: Path) -> URL:
    """The database that `url` names; with no URL the SQLite file of the run at `output`.

    Raises
    ------
    CubeError
        If it is no URL, or one of a database that results are not kept in. The URL itself is not
        repeated: it may hold a password.
    """
    if not url:
        return URL.create(DRIVERS["sqlite"], database=str(output / FILE))
    try:
        found = make_url(url)
        kind = found.get_backend_name()
    except (ArgumentError, ValueError):
        raise CubeError(
            f"the database's URL cannot be read; expected {EXAMPLE} or sqlite:///results.sqlite."
        ) from None
    kind = ALIASES.get(kind, kind)
    driver = DRIVERS.get(kind)
    if driver is None or found.drivername not in (kind, driver, *ALIASES):
        raise CubeError(
            f"results are not kept in {found.drivername!r}; expected {EXAMPLE} or "
            "sqlite:///results.sqlite."
        )
    if kind == "sqlite" and found.database in (None, "", ":memory:"):
        raise CubeError("a database in memory is gone with the run; name a file for SQLite.")
    if kind == "postgresql" and not (found.database or "service" in found.query):
        raise CubeError(f"the database's URL names no database; expected {EXAMPLE}.")
    return found.set(drivername=driver)


def said(address: URL) -> str:
    """The address as it may be shown: without password and without the driver's options."""
    if address.database and is_file(address):
        return address.database
    kind = address.get_backend_name()
    shown = URL.create(kind, address.username, None, address.host, address.port, address.database)
    return shown.render_as_string()


def is_file(address: URL) -> bool:
    """Whether the database is an SQLite file."""
    return address.get_backend_name() == "sqlite"


@contextmanager
def spoken(address: URL, doing: str) -> Iterator[None]:
    """Say what the database says against `doing` as a CubeError, its password blotted out."""
    try:
        yield
    except NoSuchModuleError:
        raise CubeError(f"{said(address)}: SQLAlchemy has no such driver.") from None
    except ModuleNotFoundError as error:
        raise CubeError(
            f"{said(address)}: the driver {error.name} is not installed. "
            "Install minecube[postgresql]."
        ) from None
    except UnicodeEncodeError as error:
        raise CubeError(
            f"{said(address)}: {doing} failed, {error.object!r:.80} is no text of Unicode. "
            "Mend the file that says so."
        ) from None
    except SQLAlchemyError as error:
        words = _scrubbed(_first_line(error), _secrets(address))
        raise CubeError(f"{said(address)}: {doing} failed: {words}. {_advice(error)}") from None


def _advice(error: SQLAlchemyError) -> str:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return "Move the file away and load again."
    if isinstance(error, OperationalError):
        return "Nothing was changed; see that it is there and lets you in, then run again."
    if isinstance(error, DatabaseError):
        return "Nothing was changed."
    return "Check the URL and its options."


def _first_line(error: SQLAlchemyError) -> str:
    told = str(getattr(error, "orig", None) or error).strip()
    return " ".join(told.split("\n")[0].split()).rstrip(".")


def _secrets(address: URL) -> list[str]:
    """Passwords of an address, in its URL proper or among the driver's options."""
    options = [
        text
        for name, value in address.query.items()
        if "password" in name.lower()
        for text in ([value] if isinstance(value, str) else value)
    ]
    told = [str(address.password)] if address.password else []
    return [secret for secret in told + options if secret]


def _scrubbed(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        for written in {secret, quote(secret, safe=""), quote_plus(secret)}:
            text = text.replace(written, "***")
    return text
