"""The run's lease and zone files in, checked tables out; empty ones where no file is given."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from analysis.zones import LEASE_COLUMNS, ZONE_COLUMNS
from cube.law import read_leases, read_zones
from pipelines.config import RunConfig
from pipelines.run_record import file_hash


def law_of(config: RunConfig) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Zones and leases of a run (EPSG:4326), empty where it was given none."""
    zones = read_zones(config.zones) if config.zones else _none((*ZONE_COLUMNS, "source"))
    leases = read_leases(config.leases) if config.leases else _none((*LEASE_COLUMNS, "source"))
    return zones, leases


def law_hashes(config: RunConfig) -> list[str]:
    """What stands for the law in a step's key."""
    return [file_hash(path) if path else "" for path in (config.zones, config.leases)]


def _none(columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    dates = dict.fromkeys(("valid_from", "valid_to"), "datetime64[s]")
    table = pd.DataFrame(columns=list(columns)).astype(dates | {"accuracy_m": "float64"})
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([], crs=4326))
