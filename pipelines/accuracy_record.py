"""What was measured of this version's accuracy, as it ships with it, out.

`accuracy_record.json` beside this file is written by the command that it names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_suffix(".json")


def published_accuracy() -> dict[str, Any] | None:
    """Figures and placebo rates in words ready to print; None where none were measured.

    Returns
    -------
    dict or None
        minecube (the version measured), measured (day), command, ground (what it was measured on),
        figures and placebo: lists of dicts with what, value, unit, note, all str.
    """
    return json.loads(RECORD.read_text()) if RECORD.exists() else None
