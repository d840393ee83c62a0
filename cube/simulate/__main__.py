"""`python -m cube.simulate --output FOLDER`: write a simulated archive from the command line."""

from __future__ import annotations

import argparse
import json
import sys
import time

from cube.contract import BANDS, CubeError
from cube.simulate.archive import ArchiveSettings, write_archive
from cube.simulate.items import DIALECTS


def main(arguments: list[str] | None = None) -> int:
    """Write an archive and say what is in it. 0 if it is there, 2 if something asked is wrong."""
    default = ArchiveSettings()
    parser = argparse.ArgumentParser(
        prog="python -m cube.simulate",
        description="Write a made-up Sentinel-2 archive (COGs, STAC items, mines, law, truth).",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--output", required=True, help="folder of the archive")
    parser.add_argument("--seed", type=int, default=default.seed, help="other seed, other mines")
    parser.add_argument("--mines", type=int, default=default.mines)
    parser.add_argument("--size", type=int, default=default.size, help="pixels of 10 m")
    parser.add_argument("--start", default=default.start, help="first date")
    parser.add_argument("--years", type=int, default=default.years)
    parser.add_argument("--cadence-days", type=int, default=default.cadence_days)
    parser.add_argument("--dialect", choices=DIALECTS, default=default.dialect)
    parser.add_argument("--bands", nargs="+", choices=BANDS, default=default.bands, metavar="BAND")
    parser.add_argument("--workers", type=int, default=default.workers, help="0: automatic")
    asked = vars(parser.parse_args(arguments))
    folder = asked.pop("output")
    began = time.monotonic()
    try:
        settings = ArchiveSettings(**{**asked, "bands": tuple(asked["bands"])})
        archive = write_archive(folder, settings, _progress if sys.stderr.isatty() else None)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    scenes = len(json.loads(archive.items.read_text())["features"])
    breaches = len(json.loads(archive.violations.read_text()))
    print(
        f"{settings.mines} mines, {scenes} scenes, {breaches} true violations "
        f"in {time.monotonic() - began:.0f} s: {archive.items}"
    )
    return 0


def _progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\r{done} of {total} scenes", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
