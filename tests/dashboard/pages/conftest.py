"""A mine's page as a publication holds it, small enough to be read here."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.stored import MinePage

RING = [[1100, 1900], [1200, 1900], [1200, 1800], [1100, 1900]]
SQUARE = {"type": "Polygon", "coordinates": [RING]}

SUMMARY = {
    "mine_id": "A", "state": "Odisha", "district": "Angul", "lon": 85.0, "lat": 21.0,
    "area_ha": 200.0, "zone": "LEGAL", "status": "quiet", "status_reason": "no excavation found",
    "dug_ha": 0.0, "growth_ha_per_month": 0.0, "illegal_ha": 0.0, "observable_share": 0.66,
    "last_clear_look": "2022-01-21",
}  # fmt: skip

ALERT = {
    "alert_id": "a1", "zone_id": "Z1", "zone_type": "forest", "rule": "no_go",
    "first_violation_date": "2022-01-11", "confirmed_date": "2022-01-21", "area_ha": 0.4909,
    "growth_ha_per_month": 0.0326, "severity": "LOW", "confidence": 0.9969, "state": "open",
    "reason": "0.49 ha excavated in forest zone Z1", "low_ha": 0.0938, "high_ha": 1.0497,
    "p_outside": 0.7969, "geometry": SQUARE,
}  # fmt: skip

REGION = {
    "region_id": "R1", "area_ha": 19.9, "first_date": "2022-01-11", "confirmed_date": "2022-01-21",
    "confidence": 0.99, "label": "excavation", "because": "NDVI -0.2", "geometry": SQUARE,
}  # fmt: skip


@pytest.fixture
def page_of():
    """Makes a page of three slots; whatever is named is as told."""

    def make(summary: dict[str, Any] | None = None, **told: Any) -> MinePage:
        slots = [
            {"date": "2022-01-01", "acquired": "2022-01-03", "clear": 0.9, "failed": 0},
            {"date": "2022-01-11", "acquired": None, "clear": None, "failed": 0},
            {"date": "2022-01-21", "acquired": "2022-01-21", "clear": 0.7, "failed": 1},
        ]
        sheets = {
            "tile": [100, 100], "extent": [1000.0, 1000.0, 2000.0, 2000.0],
            "layers": ["truecolour", "state"],
            "years": [{"year": 2022, "first": 0, "count": 3, "columns": 2, "rows": 2}],
        }  # fmt: skip
        fields: dict[str, Any] = {
            "mine_id": "A", "summary": SUMMARY | (summary or {}), "epsg": 32644,
            "extent": [1000.0, 1000.0, 2000.0, 2000.0], "windows": [], "outline": SQUARE,
            "leases": [], "zones": [], "slots": slots, "series": {}, "sheets": sheets,
            "regions": [], "curve": {}, "areas": [], "months": [], "rates": [],
            "encroachment": [], "observability": {}, "alerts": [], "watch_list": [], "ledger": [],
            "downloads": [],
        }  # fmt: skip
        return MinePage(**(fields | told))

    return make


@pytest.fixture
def alert() -> dict[str, Any]:
    return dict(ALERT)


@pytest.fixture
def region() -> dict[str, Any]:
    return dict(REGION)
