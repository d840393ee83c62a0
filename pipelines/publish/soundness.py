"""A publication's folder in, whether every file that a reader asks for is there and whole out."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd

from cube.contract import CubeError
from pipelines.publish.folder import FORMAT, about
from pipelines.publish.publication import MINES, SHEETS


def is_sound(folder: Path) -> bool:
    """Whether tables, mines' files and sheets are all there; pictures are not decoded."""
    try:
        if about(folder)["format"] != FORMAT:
            return False
        gpd.read_parquet(folder / "alerts.parquet")
        for mine in gpd.read_parquet(folder / "mines.parquet")["mine_id"]:
            told = json.loads((folder / MINES / f"{mine}.json").read_text(encoding="utf-8"))
            names = [
                f"{layer}_{sheet['year']}.webp"
                for layer in told["sheets"].get("layers", ())
                for sheet in told["sheets"]["years"]
            ]
            if not all((folder / SHEETS / mine / name).is_file() for name in names):
                return False
    except (CubeError, OSError, ValueError, LookupError, TypeError):
        return False
    return True
