"""A run to look at, and who serves it: hostile names, a mine never seen, one alert."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cube.simulate import Archive
from dashboard.access.users import Users
from pipelines import full_run
from tests.pipelines.attempts import collection
from tests.pipelines.processes import heard, started

SCRIPT = "<script>document.title='owned'</script>"
PICTURE = '"><img src=x onerror="document.title=1">'

PLAIN, HOSTILE, UNSEEN = "SIM_000", "Grube & Söhne's #1 100%", "NEVER_SEEN"
"""The three mines: nothing unlawful, one alert, and one that no scene reaches."""

PERIOD, LONGER = "2021-01-01/2022-10-27", "2021-01-01/2022-12-31"


def hostile_inputs(archive: Archive, folder: Path) -> list[str]:
    """Flags of a run over the archive under other names: markup wherever a text may stand."""
    names = {"SIM_000": PLAIN, "SIM_001": HOSTILE}
    mines, leases, zones = (
        json.loads(path.read_text())["features"]
        for path in (archive.mines, archive.leases, archive.zones)
    )
    for feature in mines + [lease for lease in leases if lease["properties"].get("mine_id")]:
        feature["properties"]["mine_id"] = names[feature["properties"]["mine_id"]]
    mines[1]["properties"] |= {"state": SCRIPT, "district": PICTURE}
    mines.append(_elsewhere(mines[0]))
    for zone in zones:
        zone["properties"]["zone_id"] += f" {SCRIPT}"
    for lease in leases:
        lease["properties"]["holder"] = PICTURE
    files = {"mines": mines, "leases": leases, "zones": zones}
    told = [f"--{name}={collection(folder / f'{name}.geojson', f)}" for name, f in files.items()]
    return [*told, f"--catalog={archive.items}", "--windows.size=64", "--cluster=threads"]


def _elsewhere(mine: dict[str, Any]) -> dict[str, Any]:
    """The same outline a degree to the south-east, where nobody took a picture."""
    other = copy.deepcopy(mine)
    other["properties"] |= {"mine_id": UNSEEN, "state": "Odisha", "district": "Angul"}
    other["geometry"]["coordinates"] = _moved(other["geometry"]["coordinates"])
    return other


def _moved(coordinates: list[Any]) -> list[Any]:
    if isinstance(coordinates[0], list):
        return [_moved(inner) for inner in coordinates]
    return [coordinates[0] + 1.0, coordinates[1] - 1.0]


def made_site(archive: Archive, folder: Path) -> Path:
    """A finished and published run in `folder`/outputs; one of its three mines failed."""
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / "outputs"
    told = [*hostile_inputs(archive, folder), f"--period={PERIOD}", f"--output={output}"]
    assert full_run.main(told) == 3
    return output


@dataclass
class Served:
    """A server at work, and who may sign in."""

    address: str
    output: Path
    passwords: dict[str, str]
    said: list[str]


@contextmanager
def serving(output: Path, *flags: str) -> Iterator[Served]:
    """`python -m pipelines.serve` over an output on a free port, stopped with the block.

    The users `boss` (admin), `second` (admin) and `looker` (user) are known.
    """
    users = Users(output / "access")
    roles = {"boss": "admin", "second": "admin", "looker": "user"}
    passwords = {name: users.add(name, role) for name, role in roles.items()}
    told = ["-m", "pipelines.serve", f"--output={output}", "--port=0", *flags]
    with started(*told) as process:
        before: list[str] = []
        address = ""
        assert process.stdout
        for line in process.stdout:
            before.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                address = found[0]
                break
        assert address, "".join(before)
        yield Served(address, output, passwords, heard(process))
