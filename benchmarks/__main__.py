"""Every measurement of speed, one after the other: `python -m benchmarks`, or `make bench`.

Each is a process of its own that prints its tables, takes turns with its peers, keeps its figures
under `results/`, and is stopped at its limit; together they take at most the sum of the limits,
half an hour, and a third of that on two idle cores. Those of the dashboard show the run of
`make demo`: where there is none yet, it is made first, two minutes more. `python -m benchmarks
loaders codecs` runs these; `--list` says what there is. What takes a machine for itself is not
among them: `python -m benchmarks.scale`, and what is measured of accuracy (`make accuracy`,
`benchmarks.violations`, `benchmarks.lookalikes`).
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import time
from pathlib import Path

from dashboard.stored import Stored

ROOT = Path(__file__).parents[1]

LIMITS_S: dict[str, int] = {
    "codecs": 180,
    "detection_speed": 300,
    "forest_speed": 60,
    "loaders": 240,
    "roofline": 300,
    "one_more_slot": 300,
    "database": 180,
    "dashboard_data": 180,
    "dashboard_users": 180,
    "map_ready": 120,
}
"""Modules of this package in the order they run, with the seconds each may take."""

OUTPUT = ROOT / "outputs"
SHOW_A_RUN = {"dashboard_data", "dashboard_users", "map_ready"}
"""Those that read what a run published there."""


def main(arguments: list[str] | None = None) -> int:
    """Run them; how many failed or were stopped."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    parser.add_argument("--list", action="store_true", help="say what there is")
    told = parser.parse_args(arguments)
    if unknown := sorted(set(told.names) - set(LIMITS_S)):
        parser.error(f"there is no benchmark {unknown[0]!r}: {', '.join(LIMITS_S)}")
    if told.list:
        for name, limit in LIMITS_S.items():
            print(f"{name:18s}at most {limit} s")
        return 0
    names = told.names or list(LIMITS_S)
    if SHOW_A_RUN & set(names) and Stored(OUTPUT).current_key() is None:
        print(
            f"\nnothing is published in {OUTPUT.name} yet: python -m pipelines.full_run", flush=True
        )
        subprocess.run([sys.executable, "-m", "pipelines.full_run"], cwd=ROOT, check=True)
    ended = {name: _run(name, LIMITS_S[name]) for name in names}
    print("\nbenchmark         seconds")
    for name, (seconds, how) in ended.items():
        print(f"{name:18s}{seconds:7.1f}  {how}")
    print(f"figures: {ROOT / 'benchmarks' / 'results'}")
    return sum(how != "" for _, how in ended.values())


def _run(name: str, limit_s: float) -> tuple[float, str]:
    """Seconds it took, and what went wrong, "" if nothing did."""
    module = f"benchmarks.{name}"
    if importlib.util.find_spec(module) is None:
        return 0.0, "absent"
    print(f"\n== {module}", flush=True)
    begun = time.perf_counter()
    try:
        code = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", module], cwd=ROOT, timeout=limit_s, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return time.perf_counter() - begun, f"stopped after {limit_s:.0f} s"
    return time.perf_counter() - begun, f"failed with exit code {code}" if code else ""


if __name__ == "__main__":
    sys.exit(main())
