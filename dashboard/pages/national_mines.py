"""A publication's mines and alerts in, the rows that the national map and table show out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from dashboard.look import words
from dashboard.look.palette import SEVERITY

EARTH_M = 6378137.0
"""Radius of the sphere of the Web Mercator projection (EPSG:3857) [m]."""


def mercator(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """EPSG:3857 of EPSG:4326, (mine,) float64 [m] of [degree]; poles are cut off at 85 degrees."""
    north = np.radians(np.clip(np.asarray(lat, float), -85.06, 85.06))
    return EARTH_M * np.radians(np.asarray(lon, float)), EARTH_M * np.log(
        np.tan(np.pi / 4 + north / 2)
    )


def mine_address(mine_id: str) -> str:
    """The mine page's address, relative to the national page."""
    return f"mine?id={quote(str(mine_id), safe='')}"


def mine_rows(mines: pd.DataFrame) -> pd.DataFrame:
    """The published mines as both views need them, worst first.

    Returns
    -------
    DataFrame of the same columns, with severity (a key of `SEVERITY`), sign, colour, marker,
    href, x, y [m, EPSG:3857] and words for hovering; index 0, 1, 2, ...
    """
    rows = pd.DataFrame(mines.drop(columns=["geometry"], errors="ignore")).copy()
    rows["severity"] = [
        _severity(worst, status, observable)
        for worst, status, observable in zip(
            rows["worst_severity"], rows["status"], rows["observable_share"], strict=True
        )
    ]
    rank = rows["severity"].map({key: place for place, key in enumerate(SEVERITY)})
    rows = rows.assign(rank=rank).sort_values(
        ["rank", "illegal_ha", "mine_id"], ascending=[True, False, True], ignore_index=True
    )
    marks = [SEVERITY[key] for key in rows["severity"]]
    rows["sign"] = [f"{mark.sign} {mark.words}" for mark in marks]
    rows["colour"] = [mark.colour for mark in marks]
    rows["marker"] = [mark.marker for mark in marks]
    rows["href"] = [mine_address(name) for name in rows["mine_id"]]
    rows["x"], rows["y"] = mercator(rows["lon"].to_numpy(), rows["lat"].to_numpy())
    rows["outside_words"] = [words.hectares(v) for v in rows["illegal_ha"]]
    rows["dug_words"] = [words.hectares(v) for v in rows["dug_ha"]]
    rows["since_words"] = [words.day(v) for v in rows["first_violation_date"]]
    rows["place"] = [
        ", ".join(str(v) for v in pair if not words.missing(v))
        for pair in zip(rows["district"], rows["state"], strict=True)
    ]
    return rows


def _severity(worst: Any, status: str, observable: Any) -> str:
    """Key of `SEVERITY` of one mine."""
    if worst in ("HIGH", "MEDIUM", "LOW"):
        return str(worst)
    if status == "watch":
        return "WATCH"
    blind = words.missing(observable) or float(observable) == 0
    return "UNSEEN" if status == "not_analysed" or blind else "NONE"
