"""Reads an uploaded file of law, in a process of its own with little memory and little time.

    python -m dashboard.law.check LAYER FILE FOLDER

Prints one line of JSON: `{"read": "law.geojson", "features": 12}`, or `{"error": "in words"}`.
Readers of geodata are large programs; what is wrong with them or with a file ends here.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import pyarrow.parquet as pq

from cube.contract import CubeError
from cube.law import read_leases, read_zones
from dashboard.law.kinds import LEASES, RULES, SECONDS, refuse_alias, unpacked
from pipelines.rules import read_rules

MEMORY = 3_000_000_000
"""Bytes of address space; reading 50 MB of GeoJSON takes 600 MB."""
MOST_FEATURES = 200_000


def main(layer: str, file: Path, folder: Path) -> int:
    """Read the file; 0 if it is law."""
    try:
        path = unpacked(file, folder) if file.suffix == ".zip" else file
        told = {"read": path.name, "features": count_of(layer, path)}
    except CubeError as error:
        told = {"error": str(error).replace(str(folder) + "/", "")}
    except MemoryError:
        told = {"error": "that file takes too much memory to read. Is it what you meant?"}
    except Exception as error:  # whatever a reader of geodata may raise at a file made to do so
        told = {"error": f"that file cannot be read ({type(error).__name__})."}
    print(json.dumps(told))
    return 2 if "error" in told else 0


def count_of(layer: str, path: Path) -> int:
    """How many features, or rules, a file of law has.

    Raises
    ------
    CubeError
        If the main job would not take it.
    """
    if layer == RULES:
        refuse_alias(path)
        return len(read_rules(str(path)).rules)
    if path.suffix == ".parquet":
        rows = pq.read_metadata(path).num_rows
        if rows > MOST_FEATURES:
            raise CubeError(f"that file has {rows:,} features, {MOST_FEATURES:,} are the most.")
    law = read_leases(path) if layer == LEASES else read_zones(path)
    if len(law) > MOST_FEATURES:
        raise CubeError(f"that file has {len(law):,} features, {MOST_FEATURES:,} are the most.")
    return len(law)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
