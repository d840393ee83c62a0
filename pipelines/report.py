"""The last step: what a run found in, `final/reports/` out."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import jinja2
import pandas as pd

from analysis.alerts import standing
from analysis.synthetic_zones import is_synthetic
from cube.contract import CubeError
from cube.store import open_cube, open_results
from pipelines.config import settings_of
from pipelines.job import Job
from pipelines.law import law_of
from pipelines.metrics import mine_records
from pipelines.mine_ground import each_mine, positions_of, results_version
from pipelines.mine_picture import mine_figure
from pipelines.pictures import png
from pipelines.report_law import (
    ZONES,
    alert_rows,
    growth_of,
    growth_rows,
    law_coverage,
    watch_rows,
)
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
        quicklooks = _quicklooks(job, mines, records, alerts, folder / "quicklooks")
        page = folder / "report.html"
        with whole_file(page) as stream:
            stream.write(_page(job, mines, records, alerts, summary, quicklooks))
        notes.files = [summary, page, *quicklooks.values()]
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


def _quicklooks(
    job: Job,
    mines: gpd.GeoDataFrame,
    records: dict[str, dict[str, Any]],
    alerts: gpd.GeoDataFrame,
    folder: Path,
) -> dict[str, Path]:
    """Pictures of the worst mines: those with violations first, then those most dug."""
    bad = set(standing(alerts)["mine_id"])
    worst = sorted(records, key=lambda m: (m not in bad, -records[m]["total_excavated_ha"], m))[
        : job.config.report.quicklooks
    ]
    snapshot = results_version(job.repository)
    positions = positions_of(job.repository, snapshot)
    outlines = mines.set_index("mine_id").geometry
    zones, leases = law_of(job.config)
    paths = {m: folder / f"mine_{m}.png" for m in worst}
    told: dict[str, tuple[Any, ...]] = {}
    for mine in worst:
        near = outlines[mine].buffer(0.05)
        shown = zones[zones.intersects(near)]
        made = bool(shown["zone_id"].map(is_synthetic).any())
        told[mine] = (
            job.repository,
            snapshot,
            positions[mine],
            records[mine] | {"synthetic_zones": made},
            outlines[mine],
            shown.geometry,
            leases.geometry[leases.intersects(near)],
        )
    pictures: dict[str, Path] = {}
    for mine, picture in each_mine(job, "report", "drawing mines", draw_mine, told):
        with whole_file(paths[mine], "wb") as stream:
            stream.write(picture)
        pictures[mine] = paths[mine]
    return pictures


def draw_mine(
    repository: str,
    snapshot: str,
    positions: Sequence[int],
    record: dict[str, Any],
    outline: Any,
    zones: gpd.GeoSeries,
    leases: gpd.GeoSeries,
) -> bytes:
    """A mine's picture as PNG: its window with most ground dug; runs on a worker."""
    results = open_results(repository, snapshot=snapshot, chunks=None)
    cube = open_cube(repository, snapshot=snapshot, raw=True, chunks=None)
    dug = [int(results["excavated"].isel(mine=i, time=-1).sum()) for i in positions]
    position = positions[dug.index(max(dug))]
    window = cube.isel(mine=position)
    epsg = int(window["epsg"])
    shapes = {
        "outline": gpd.GeoSeries([outline], crs=4326).to_crs(epsg),
        "zones": zones.to_crs(epsg),
        "leases": leases.to_crs(epsg),
    }
    return png(mine_figure(record, window, results.isel(mine=position), shapes))


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
