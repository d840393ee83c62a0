"""What a run found in; `final/reports/` out: the page, the summary, pictures of the worst mines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from cube.contract import CubeError
from pipelines.accuracy_record import published_accuracy
from pipelines.alert_files import ALERTS
from pipelines.config import settings_of
from pipelines.job import Job
from pipelines.metrics import mine_records
from pipelines.pictures import png
from pipelines.report_law import ZONES, Row, alert_rows, growth_rows, law_coverage, watch_rows
from pipelines.reporting.mine_rows import KINDS, map_rows, mine_rows
from pipelines.reporting.mine_sections import (
    headline,
    mine_sections,
    other_pictures,
    violations_by_mine,
)
from pipelines.reporting.monthly import MonthlyAreas, begun_months, observed_months
from pipelines.reporting.national_map import national_map
from pipelines.reporting.page import page
from pipelines.reporting.quicklooks import Looks, quicklooks
from pipelines.reporting.trust import trust
from pipelines.run_record import key_of, whole_file
from pipelines.summary_picture import summary_figure

METRICS = Path("final/metrics/evaluation_metrics.json")
REJECTED = Path("validation/rejected_mines.csv")


def report(job: Job, mines: gpd.GeoDataFrame) -> None:
    """Draw the summary, the worst mines, and the page that holds them all."""
    steps = job.record.data["steps"]
    failed = [f"{f.mine_id} {f.step}" for f in job.failures]
    upstream = [steps.get(name, {}).get("key") for name in ("zones", "regions", "enforce")]
    key = key_of(upstream, settings_of(job.config.report), failed, published_accuracy())
    if job.record.done("report", key):
        job.skip("report", "unchanged")
        return
    for step, left in (("zones", ZONES), ("enforce", ALERTS)):
        if not (job.output / left).exists():
            raise CubeError(f"nothing to report yet: run the step {step} first.")
    with job.step("report", key) as notes:
        folder = job.output / "final" / "reports"
        records = mine_records(job)
        alerts = gpd.read_parquet(job.output / ALERTS)
        areas = MonthlyAreas(job.output)
        rows = alert_rows(alerts, job.output)
        summary = folder / "summary_statistics.png"
        with whole_file(summary, "wb") as stream:
            stream.write(png(summary_figure(records, areas, alerts, _period(job))))
        order = _order(rows, records)
        looks = quicklooks(job, mines, records, alerts, order, folder / "quicklooks")
        written = folder / "report.html"
        with whole_file(written) as stream:
            stream.write(page(report_facts(job, mines, records, rows, looks)))
        notes.files = [summary, written, *(one.path for one in looks.values())]
        notes.said = f"{written}"


def _order(rows: list[Row], records: dict[str, Row]) -> list[str]:
    """Mines in the order they are pictured: violations by gravity, then the most dug."""
    bad = [mine for mine, _ in violations_by_mine(rows)]
    others = sorted(records, key=lambda mine: (-records[mine]["total_excavated_ha"], mine))
    return list(dict.fromkeys([*bad, *others]))


def report_facts(
    job: Job,
    mines: gpd.GeoDataFrame,
    records: dict[str, Row],
    alerts: list[Row],
    looks: dict[str, Looks],
) -> dict[str, Any]:
    """All that the page says, by the names its template knows."""
    metrics = json.loads((job.output / METRICS).read_text())
    areas = MonthlyAreas(job.output)
    observed, months = observed_months(job.output)
    sections = mine_sections(alerts, mines, records, growth_rows(job.output), areas, looks)
    watched = watch_rows(job.output)
    rejected = pd.read_csv(job.output / REJECTED, dtype=str, keep_default_na=False)
    last = max((record["dates"][-1] for record in records.values() if record["dates"]), default="")
    places = map_rows(mines, records, sections, {row["mine_id"] for row in watched})
    return {
        "metrics": metrics,
        "headline": headline(alerts),
        "period": _period(job),
        "last": last,
        "simulated": job.simulated,
        "synthetic": sum(row["synthetic"] for row in alerts if row["stands"]),
        "with_synthetic": job.config.synthetic_zones,
        "map": national_map(places),
        "kinds": {kind: sum(row["kind"] == kind for row in places) for kind in KINDS},
        "kind_words": KINDS,
        "charts": [areas.total(), areas.total_beyond(), observed, begun_months(alerts, last)],
        "sections": sections,
        "numbers": {section["mine_id"]: section["number"] for section in sections},
        "pictured": sum(section["looks"] is not None for section in sections),
        "others": other_pictures(looks, sections, mines, records),
        "fallen": [row for row in alerts if not row["stands"]],
        "watched": watched,
        "trust": trust(metrics, months, job.output),
        "law": law_coverage(metrics, job.output),
        "rules": job.record.data["steps"].get("enforce", {}).get("rules", {}),
        "failed": job.failures,
        "rejected": rejected.to_dict("records"),
        "mines": mine_rows(job, mines),
        "catalog": _catalog(job),
        "version": job.record.data["minecube"],
        "years": "-".join(dict.fromkeys(day[:4] for day in job.config.period.split("/"))),
    }


def _period(job: Job) -> str:
    return job.config.period.replace("/", " to ")


def _catalog(job: Job) -> str:
    """Where the imagery came from; of a file only its name: folders of a machine concern nobody."""
    said = str(job.record.data["inputs"]["catalog"]["source"])
    return re.sub(r"(?<![\w:/])/[^\s:]*/(?=[^/\s]+)", "", said)
