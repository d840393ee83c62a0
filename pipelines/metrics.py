"""What a run found, as the numbers of `final/metrics/evaluation_metrics.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np

from analysis.alerts import standing
from analysis.compliance import Compliance
from analysis.mine_growth import MineGrowth
from analysis.parts import CLASSES
from analysis.synthetic_zones import is_synthetic
from pipelines.accuracy_record import published_accuracy
from pipelines.growth import growth_metrics
from pipelines.job import Job
from pipelines.spectral_signature import NUMBERS


def mine_records(job: Job) -> dict[str, dict[str, Any]]:
    """The `mine_<id>_regions.json` of every mine of this run, by mine."""
    names = job.record.data["steps"].get("regions", {}).get("files", {})
    files = [job.output / name for name in names if name.startswith("regions/mine_")]
    records = [json.loads(file.read_text()) for file in files]
    return {record["mine_id"]: record for record in records}


def metrics_of(
    job: Job,
    checked: Mapping[str, Compliance],
    alerts: gpd.GeoDataFrame,
    grown: Sequence[MineGrowth] = (),
) -> dict[str, Any]:
    """Totals of the run: excavation by law, growth, observability, violations.

    Areas in hectares, on each mine's UTM grid. No truth is known of real mines, so nothing here
    is an accuracy of this run; `simulated_accuracy` is what this version reached on simulated
    sites, its placebo rates among it, and `observable_share` says on how much of the ground
    nothing could be found.
    """
    records = mine_records(job)
    still = standing(alerts)
    pairs = zip(still["zone_type"], still["zone_id"], strict=True)
    kinds = [f"synthetic {kind}" if is_synthetic(zone) else kind for kind, zone in pairs]
    areas = {
        law: round(sum(found.areas_ha[law] for found in checked.values()), 2) for law in CLASSES
    }
    seen = [record["observability"] for record in records.values()]
    return {
        "mines": len(records),
        "mines_with_excavation": sum(r["total_excavated_ha"] > 0 for r in records.values()),
        "regions": sum(len(r["regions"]) for r in records.values()),
        "excavated_ha": round(sum(r["total_excavated_ha"] for r in records.values()), 2),
        "excavated_ha_by_law": areas,
        "largest_pit_ha": max((r["largest_pit_ha"] for r in records.values()), default=0.0),
        "growth_consistency_median": _median(
            [r["growth_consistency"] for r in records.values() if r["growth_consistency"]]
        ),
        "growth": growth_metrics(grown),
        "signature": _signature(job),
        "simulated_accuracy": published_accuracy(),
        "observability": {
            "median_clear_looks": _median([o["median_clear_looks"] for o in seen]),
            "observable_share": _mean(seen, "observable_share"),
            "imaged_share": _mean(seen, "imaged_share"),
            "failed_share": _mean(seen, "failed_share"),
        },
        "violations": {
            "open": len(still),
            "retracted": len(alerts) - len(still),
            "mines": int(still["mine_id"].nunique()),
            "area_ha": round(float(still["area_ha"].sum()), 2),
            "by_rule": _counts(still, "rule"),
            "by_zone_type": _counts(still.assign(zone_type=kinds), "zone_type"),
            "by_severity": _counts(still, "severity"),
        },
    }


def _signature(job: Job) -> dict[str, Any] | None:
    """Index quantiles of dug and of undisturbed ground, as the step regions measured them."""
    file = job.output / NUMBERS
    return json.loads(file.read_text()) if file.exists() else None


def _mean(seen: list[dict[str, float]], name: str) -> float | None:
    """Mean over mines weighted by their pixels."""
    pixels = np.array([one["pixels"] for one in seen], float)
    if not pixels.sum():
        return None
    return round(float(np.average([one[name] for one in seen], weights=pixels)), 4)


def _median(values: list[float]) -> float | None:
    return round(float(np.median(values)), 4) if values else None


def _counts(alerts: gpd.GeoDataFrame, column: str) -> dict[str, int]:
    return {str(k): int(n) for k, n in sorted(alerts[column].value_counts().items())}
