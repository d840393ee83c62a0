"""The kept files of a run in, what people may download out: by mine, by alert, and for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from pipelines.publish.found import Row

KINDS = {
    ".csv": "CSV",
    ".geojson": "GeoJSON",
    ".gpkg": "GeoPackage",
    ".html": "HTML",
    ".json": "JSON",
    ".parquet": "GeoParquet",
    ".pdf": "PDF",
    ".png": "PNG",
    ".tif": "GeoTIFF",
}

NATIONAL = {
    "final/reports/report.html": "Report of the whole run",
    "final/reports/summary_statistics.png": "Summary in pictures",
    "final/alerts/violation_alerts.csv": "All alerts",
    "final/alerts/violation_alerts.geojson": "All alerts, with their ground",
    "final/alerts/watch_list.csv": "Watch list",
    "final/alerts/boundaries.csv": "Inside, astride, outside the line",
    "final/gis/minecube.gpkg": "All map layers, for QGIS",
    "final/gis/mines.geojson": "Mines, with what was found in each",
    "final/gis/regions.geojson": "Excavated regions at the last date",
    "final/metrics/rates.csv": "Growth rates",
    "final/metrics/encroachment.csv": "Regions nearing a line",
    "final/metrics/monthly_areas.csv": "Areas by month and law",
    "final/metrics/observability.csv": "What could be seen, month by month",
    "regions.parquet": "Every region at every date",
}
"""Title of what concerns all mines, in the order it is offered."""


def national_downloads(files: Path) -> list[Row]:
    """What there is for all mines together."""
    return [
        _row(files, name, title) for name, title in NATIONAL.items() if (files / name).is_file()
    ]


def mine_downloads(files: Path, mine_id: str, alerts: Mapping[str, list[str]]) -> list[Row]:
    """What there is of one mine: its regions, rasters, picture, and its alerts' evidence.

    alerts : evidence files by alert, of the mine's alerts
    """
    rows = [
        _row(files, name, title)
        for name, title in (
            (f"mines/{mine_id}/regions.geojson", "Excavated regions at the last date"),
            (f"mines/{mine_id}/areas.csv", "Areas by month and law"),
            (f"mines/{mine_id}/looks.csv", "Every slot: looks, indices, areas"),
            (f"regions/mine_{mine_id}_regions.json", "Every region's life"),
            (f"final/reports/quicklooks/mine_{mine_id}.png", "Before and after"),
        )
        if (files / name).is_file()
    ]
    for alert_id, names in alerts.items():
        rows += [_row(files, name, f"Evidence of alert {alert_id}") for name in names]
    folder = files / "final" / "gis" / "cogs" / mine_id
    rasters = sorted(folder.glob("*.tif")) if folder.is_dir() else []
    start = len(mine_id) + 1
    for path in rasters:
        what = path.stem[start:]
        title = {
            "dates": "Dates of opening and confirmation",
            "quicklook": "Last clear look, false colour",
        }.get(what, f"Ground in {what.removeprefix('ground_')}")
        rows.append(_row(files, str(path.relative_to(files)), title))
    return rows


def evidence_files(files: Path) -> dict[str, list[str]]:
    """Names of evidence packs, the page and the PDF, by alert."""
    found: dict[str, list[str]] = defaultdict(list)
    folder = files / "final" / "evidence"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix in (".html", ".pdf"):
            found[path.stem].append(str(path.relative_to(files)))
    return dict(found)


def _row(files: Path, name: str, title: str) -> Row:
    path = files / name
    return {
        "name": name,
        "title": title,
        "kind": KINDS.get(path.suffix, path.suffix.lstrip(".").upper()),
        "bytes": path.stat().st_size,
    }
