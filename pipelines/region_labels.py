"""A run's region files in, which regions look more like something other than excavation out."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.reasons import EXCAVATION


def labelled_otherwise(output: Path) -> dict[str, frozenset[str]]:
    """Ids of such regions by mine, as the step regions labelled them; mines without any absent."""
    found = {}
    for file in sorted((output / "regions").glob("mine_*_regions.json")):
        record = json.loads(file.read_text())
        others = frozenset(
            region["region_id"]
            for region in record["regions"]
            if region.get("label", EXCAVATION) != EXCAVATION
        )
        if others:
            found[record["mine_id"]] = others
    return found
