"""The evidence behind one alert in, the same for machines out: JSON for the page to carry."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import shapely

from analysis.mosaic import PIXEL_HA
from analysis.projection import LONLAT, projected
from pipelines.evidence.pack import Pack
from pipelines.evidence.wording import day


def pack_data(pack: Pack) -> dict[str, Any]:
    """Every number behind the pack, pixel by pixel; lengths in metres, areas in hectares."""
    case, ev = pack.case, pack.evidence
    ground, chosen = case.ground, case.pixels
    shape = projected(np.array([case.shape]), ground.epsg, LONLAT)[0]
    shape = shapely.set_precision(shape, 1e-7, mode="pointwise")
    alert = {
        name: _plain(value)
        for name, value in case.alert.items()
        if name not in ("first_violation_date", "confirmed_date")
    }
    return {
        "alert": alert
        | {
            "first_violation_date": day(case.alert["first_violation_date"]),
            "confirmed_date": day(case.alert["confirmed_date"]),
            "detected_date": day(case.detected_date),
            "sure_ha": round(case.sure_ha, 6),
        },
        "epsg": ground.epsg,
        "pixel_ha": PIXEL_HA,
        "line_error_m": round(case.line_error_m, 3),
        "left_ha": [[m, round(ha, 6)] for m, ha in case.left_ha],
        "severity": case.severity.sum,
        "rule": {
            "rule": case.law_rule.rule,
            "version": case.law_rule.version,
            "title": case.law_rule.title,
            "basis": case.law_rule.basis_for(str(case.alert["zone_type"])),
            "jurisdiction": case.jurisdiction,
            "sha256": case.law_rule.sha256,
        },
        "boundary": _row(case.boundary),
        "rate": _row(case.rate),
        "fronts": [_row(row) for row in case.fronts],
        "pixels": {
            "x": ground.x[chosen].tolist(),
            "y": ground.y[chosen].tolist(),
            "share": np.round(case.part.share[chosen], 6).tolist(),
            "sure": np.round(case.part.sure[chosen], 6).tolist(),
            "onset": [day(when) for when in ground.onset[chosen]],
            "detected": [day(when) for when in case.detected[chosen]],
            "confirmed": [day(when) for when in ground.confirmed[chosen]],
            "confidence": [_plain(round(float(v), 4)) for v in ground.confidence[chosen]],
        },
        "geometry": shapely.geometry.mapping(shape),
        "alternatives": [
            {"name": a.name, "verdict": a.verdict, "why": a.why} for a in ev.alternatives
        ],
        "imagery_sha256": ev.imagery,
        "results_sha256": ev.results,
        "minecube": pack.run.version,
        "versions": dict(pack.run.versions),
        "inputs_sha256": {name: sha for name, _, sha in pack.run.inputs},
    }


def embedded_json(data: dict[str, Any]) -> str:
    """JSON that can stand inside a script element: no `<` in it ends or begins a tag."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A table's row; numbers to six decimals, days as days."""
    told: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, pd.Timestamp) or value is pd.NaT:
            told[name] = day(value)
        else:
            plain = _plain(value)
            told[name] = round(plain, 6) if isinstance(plain, float) else plain
    return told


def _plain(value: Any) -> Any:
    """NumPy's and pandas' scalars as Python's, NaN as null."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value
