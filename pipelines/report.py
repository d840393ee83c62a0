"""The last step: what a run found in, `final/reports/` out."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import jinja2
import pandas as pd

from analysis.alerts import standing
from cube.contract import CubeError
from pipelines.config import settings_of
from pipelines.job import Job
from pipelines.metrics import mine_records
from pipelines.pictures import png
from pipelines.report_law import (
    ZONES,
    alert_rows,
    growth_of,
    growth_rows,
    law_coverage,
    watch_rows,
)
from pipelines.reporting.quicklooks import quicklooks
from pipelines.run_record import key_of, whole_file
from pipelines.summary_picture import summary_figure
from pipelines.tables import safe_cell
from pipelines.wording import counted

ALERTS = Path("final/alerts/violation_alerts.parquet")
"""Where the step before left them, below the run's folder."""


def report(job: Job, mines: gpd.GeoDataFrame) -> None:
    """Draw the summary, the worst mines, and the page that holds them all."""
    steps = job.record.data["steps"]
    failed = [f"{f.mine_id} {f.step}" for f in job.failures]
    upstream = [steps.get(name, {}).get("key") for name in ("zones", "regions", "enforce")]
    key = key_of(upstream, settings_of(job.config.report), failed)
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
        summary = folder / "summary_statistics.png"
        with whole_file(summary, "wb") as stream:
            stream.write(png(summary_figure(records, alerts)))
        bad = set(standing(alerts)["mine_id"])
        order = sorted(records, key=lambda m: (m not in bad, -records[m]["total_excavated_ha"], m))
        looks = quicklooks(job, mines, records, alerts, order, folder / "quicklooks")
        pictures = {mine: one.path for mine, one in looks.items()}
        page = folder / "report.html"
        with whole_file(page) as stream:
            stream.write(_page(job, mines, records, alerts, summary, pictures))
        notes.files = [summary, page, *pictures.values()]
        notes.said = f"{page}"


def mine_rows(job: Job, mines: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """One row per mine for tables: law, areas, growth, observability; most dug first."""
    records = mine_records(job)
    zones = pd.read_csv(job.output / ZONES, dtype=str, keep_default_na=False)
    zone = zones.set_index("mine_id")["zone"].to_dict()
    growing = growth_rows(job.output)
    rows = []
    for mine in mines.itertuples():
        record = records.get(mine.mine_id)
        if record is None:
            continue
        growth = record["growth_ha_per_month"]
        rows.append(
            {
                "mine_id": mine.mine_id,
                "zone": zone.get(safe_cell(mine.mine_id), ""),
                "outline_ha": mine.area_ha,
                "dug_ha": record["total_excavated_ha"],
                "largest_ha": record["largest_pit_ha"],
                "growth": "" if growth is None else f"{growth:.2f}",
                "pace": growth_of(mine.mine_id, growing),
                "looks": record["observability"]["median_clear_looks"],
                "observable": 100 * record["observability"]["observable_share"],
            }
        )
    return sorted(rows, key=lambda row: (-row["dug_ha"], row["mine_id"]))


def _page(
    job: Job,
    mines: gpd.GeoDataFrame,
    records: dict[str, dict[str, Any]],
    alerts: gpd.GeoDataFrame,
    summary: Path,
    quicklooks: dict[str, Path],
) -> str:
    """The report as one self-contained page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True
    )
    metrics = json.loads((job.output / "final" / "metrics" / "evaluation_metrics.json").read_text())
    rows = alert_rows(alerts, job.output)
    return environment.get_template("report.html.j2").render(
        metrics=metrics,
        period=job.config.period.replace("/", " to "),
        simulated=job.simulated,
        synthetic=sum(row["synthetic"] for row in rows if row["stands"]),
        with_synthetic=job.config.synthetic_zones,
        catalog=job.record.data["inputs"]["catalog"]["source"],
        version=job.record.data["minecube"],
        summary=_base64(summary),
        alerts=rows,
        watched=watch_rows(job.output),
        law=law_coverage(metrics, job.output),
        rules=job.record.data["steps"].get("enforce", {}).get("rules", {}),
        failed=job.failures,
        mines=mine_rows(job, mines),
        quicklooks=[(mine, _base64(path)) for mine, path in quicklooks.items()],
        pictured={mine: number for number, mine in enumerate(quicklooks, 1)},
        years="-".join(dict.fromkeys(day[:4] for day in job.config.period.split("/"))),
        counted=counted,
    )


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
