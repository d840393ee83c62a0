"""Make one evidence pack again and compare it, byte for byte, with the one that the run left.

    python -m pipelines.evidence --output RUN --alert ID [--into FOLDER]

Reads run.json and the repository, writes nothing into the run. Exit codes: 0 identical, 1 not
identical (or no pack there to compare with), 2 bad input.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import icechunk

from cube.contract import CubeError
from cube.store.repository import first_line
from pipelines.evidence.packs import Files
from pipelines.evidence.remake import remade_pack
from pipelines.evidence.step import FOLDER
from pipelines.finished_run import other_software, recorded
from pipelines.run_record import whole_file


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.evidence",
        description=(__doc__ or "").split("\n")[0],
        epilog="Exit codes: 0 identical, 1 not identical, 2 bad input.",
        allow_abbrev=False,
    )
    parser.add_argument("--output", default="outputs", help="the run's folder (default: outputs)")
    parser.add_argument("--alert", required=True, help="alert_id of violation_alerts.csv")
    parser.add_argument("--into", help="folder for the remade files (default: they are not kept)")
    for name in ("mines", "leases", "zones", "rules"):
        parser.add_argument(f"--{name}", help=f"where the run's {name} lie now, if they moved")
    told = parser.parse_args(arguments)
    moved = {name: getattr(told, name) for name in ("mines", "leases", "zones", "rules")}
    output = Path(told.output)
    try:
        pack = remade_pack(output, told.alert, {k: v for k, v in moved.items() if v})
        if told.into:
            for suffix, content in pack.items():
                with whole_file(Path(told.into) / f"{told.alert}{suffix}", "wb") as stream:
                    stream.write(content)
        return said_identical(output, told.alert, pack)
    except CubeError as error:
        print(f"error: {error}", file=sys.stderr)
    except (OSError, icechunk.IcechunkError) as error:
        print(f"error: {first_line(error)}", file=sys.stderr)
    return 2


def said_identical(output: Path, alert_id: str, pack: Files) -> int:
    """Say of every file of a pack whether the run's is the same; 0 if all are, 1 if not."""
    same = True
    data = recorded(output)
    listed = data["steps"].get("evidence", {}).get("files", {})
    for suffix, content in sorted(pack.items()):
        path = output / FOLDER / f"{alert_id}{suffix}"
        made = hashlib.sha256(content).hexdigest()
        kept = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
        told = listed.get(str(FOLDER / path.name))
        if kept == made and told in (None, made):
            print(f"identical: {path}  sha256 {made}")
            continue
        same = False
        if kept is None:
            print(f"missing: {path} is not there. Remade: sha256 {made}")
        elif kept != made:
            print(f"DIFFERENT: {path}  sha256 {kept}, remade {made}")
        if told not in (None, made):
            print(f"DIFFERENT: run.json records {told} for {path.name}, remade {made}")
    for line in () if same else other_software(data):
        print(f"  {line}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
