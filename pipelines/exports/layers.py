"""What a run left in, the five layers of a map out: mines, regions, alerts, zones, leases."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely

from analysis.alert_states import STANDING
from cube.store import measured_windows, open_results
from cube.windows import lonlat_bbox
from pipelines.job import Job
from pipelines.law import law_of
from pipelines.metrics import mine_records
from pipelines.tables import safe_cell

LAYERS = {
    "leases": "Mining leases near the mines, as given to the run",
    "zones": "No-go zones near the mines, as given to the run; synthetic ones say so",
    "mines": "Outlines of the mines, with what was found in each",
    "regions": "Excavated regions at the last date",
    "alerts": "Violations found, standing and withdrawn",
}
"""Name and meaning, in the order they are drawn: what matters most lies on top."""

ALERTS = Path("final/alerts/violation_alerts.parquet")
REGIONS = Path("regions.parquet")
ASSIGNMENTS = Path("validation/step2_zone_assignments.csv")
"""Where the steps before left them, below the run's folder."""

ARROW = {"M": pd.ArrowDtype(pa.date32()), "O": pd.ArrowDtype(pa.string())}
"""Types that keep their meaning in every format, and in a table without rows."""


def map_layers(job: Job, mines: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """The layers of LAYERS by name, in EPSG:4326; days as dates, text as text.

    All columns that the steps before wrote are kept: mines get what was found in them, regions
    are those alive at the last date.
    """
    alerts = gpd.read_parquet(job.output / ALERTS)
    zones, leases = law_of(job.config)
    seen = _seen(job)
    layers = {
        "leases": leases[leases.intersects(seen)],
        "zones": zones[zones.intersects(seen)],
        "mines": _mines(job, mines, alerts),
        "regions": living_regions(gpd.read_parquet(job.output / REGIONS)),
        "alerts": alerts,
    }
    return {name: typed(layers[name]) for name in LAYERS}


def living_regions(history: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every region that is there at its mine's last date, as it is then."""
    last = history.groupby("mine_id")["date"].transform("max")
    return history[history["date"] == last].drop(columns="merged_into", errors="ignore")


def _mines(job: Job, mines: gpd.GeoDataFrame, alerts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The outlines with zone, areas, growth, observability and the count of standing violations.

    A mine that could not be analysed keeps empty cells: nothing found is not nothing known.
    """
    assigned = pd.read_csv(job.output / ASSIGNMENTS, dtype=str, keep_default_na=False)
    zone = assigned.set_index("mine_id")["zone"].to_dict()
    records = mine_records(job)
    found = pd.DataFrame(
        [
            {
                "mine_id": mine,
                "excavated_ha": record["total_excavated_ha"],
                "largest_pit_ha": record["largest_pit_ha"],
                "growth_ha_per_month": record["growth_ha_per_month"],
                "clear_looks": record["observability"]["median_clear_looks"],
                "observable_share": record["observability"]["observable_share"],
            }
            for mine, record in records.items()
        ]
    )
    standing = alerts.loc[alerts["state"].isin(STANDING), "mine_id"].value_counts()
    outlines = mines.rename(columns={"area_ha": "outline_ha"})
    table = outlines.assign(
        zone=[zone.get(safe_cell(mine), "") for mine in mines["mine_id"]],
        violations=mines["mine_id"].map(standing).fillna(0).astype("int64"),
    ).merge(found, on="mine_id", how="left")
    numbers = dict.fromkeys(found.columns.drop("mine_id"), "float64")
    return table.astype(numbers)[[*(n for n in table.columns if n != "geometry"), "geometry"]]


def _seen(job: Job) -> shapely.Geometry:
    """All that the windows of the run cover [degree]; two pieces where one crosses 180 degrees."""
    pieces = []
    for window in measured_windows(open_results(job.repository, chunks=None)):
        west, south, east, north = lonlat_bbox(window)
        spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
        pieces += [shapely.box(left, south, right, north) for left, right in spans]
    return shapely.union_all(pieces)


def typed(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The layer with the types of ARROW and MultiPolygons only, numbered from 0."""
    shapes = gpd.GeoSeries(layer.geometry.map(_multi), crs=layer.crs)
    types = {
        name: ARROW[dtype.kind]
        for name, dtype in layer.dtypes.items()
        if name != shapes.name and dtype.kind in ARROW
    }
    return layer.set_geometry(shapes).astype(types).reset_index(drop=True)


def _multi(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    return shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape
