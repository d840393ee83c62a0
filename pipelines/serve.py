"""The dashboard of an output: `python -m pipelines.serve --output DIR [--port 5006] [...]`.

The dashboard is a room of its own that the jobs know nothing of: this only starts it.
`--help` lists its flags.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Become the dashboard's process."""
    told = sys.argv[1:] if arguments is None else list(arguments)
    os.execv(sys.executable, [sys.executable, "-m", "dashboard", *told])


if __name__ == "__main__":
    main()
