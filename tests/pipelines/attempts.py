"""A run that may end badly: how it ended, and the odd files that are given to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MONTH = "--period=2021-01-01/2021-01-30"
READING = "--steps=validate,ingest"


@dataclass
class Ended:
    """How a run ended: its exit code and all that it said."""

    code: int
    said: str
    output: Path

    def refused(self, *words: str) -> bool:
        """Whether it ended as bad input does: code 2 and one short sentence, no traceback."""
        lines = self.said.strip().splitlines()
        error = [line for line in lines if line.startswith("error: ")]
        assert self.code == 2, self.said
        assert len(error) == 1, self.said
        assert "Traceback" not in self.said
        assert len(error[0]) < 700
        for word in words:
            assert word in error[0]
        return True


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def collection(path: Path, features: list[Any]) -> Path:
    return written(path, json.dumps({"type": "FeatureCollection", "features": features}))
