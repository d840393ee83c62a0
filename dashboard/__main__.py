"""An output of a run in, a web page of it out.

    python -m dashboard --output DIR [--port 5006] [--address 127.0.0.1]
        [--public https://HOST --behind-tls] [--session-hours 12] [--oauth FILE.yaml]
        [--basemap https://HOST/{z}/{x}/{y}.png] [--no-sign-in]

The first start makes the user `admin` and says its password once. Stop it with Ctrl-C; runs that
were started from the web go on.
Exit codes: 0 stopped, 2 bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cube.contract import CubeError
from dashboard.server import serve
from dashboard.settings import ServeSettings


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    try:
        serve(ServeSettings(**vars(told)), partial(print, flush=True))
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.serve", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--output", type=Path, required=True, help="folder of a run")
    parser.add_argument("--port", type=int, default=5006, help="0 takes a free one")
    parser.add_argument("--address", default="127.0.0.1", help="0.0.0.0 for every network")
    parser.add_argument("--public", default="", metavar="URL", help="what people open")
    parser.add_argument("--behind-tls", action="store_true", help="a proxy before it speaks TLS")
    parser.add_argument("--session-hours", type=float, default=12.0, metavar="H")
    parser.add_argument("--oauth", default="", metavar="FILE", help="another way to sign in")
    parser.add_argument("--basemap", default="", metavar="URL", help="map tiles (default: none)")
    parser.add_argument(
        "--no-sign-in", dest="sign_in", action="store_false",
        help="show everything, change nothing; this machine only",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
