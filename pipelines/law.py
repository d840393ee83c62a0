"""The run's lease and zone files in, checked tables out; empty ones where no file is given."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from analysis.zones import LEASE_COLUMNS, ZONE_COLUMNS
from cube.contract import CubeError
from cube.law import read_leases, read_zones
from pipelines.config import RunConfig
from pipelines.run_record import file_hash

SYNTHETIC_ZONES = Path("validation/synthetic_zones.parquet")
"""Where the step synthetic leaves its zones, below the run's folder."""

DATES = ("valid_from", "valid_to")


def law_of(
    config: RunConfig, output: Path | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Zones and leases of a run (EPSG:4326), empty where it was given none.

    With them the synthetic zones, where the run was told to draw some.

    output : where the run's folder lies now, if not where it was told to

    Raises
    ------
    CubeError
        If a file is unusable; if synthetic zones are asked for and not drawn yet, or one has the
        id of a given zone.
    """
    zones, leases = given_law(config)
    if not config.synthetic_zones:
        return zones, leases
    drawn = _synthetic((output or Path(config.output)) / SYNTHETIC_ZONES)
    if twice := sorted(set(zones["zone_id"]) & set(drawn["zone_id"])):
        raise CubeError(
            f"zone_id {twice[0]!r} of {config.zones} is that of a synthetic zone. Leave synthetic "
            "zones out of the file, or run without --synthetic-zones."
        )
    filled = [table for table in (zones, drawn) if len(table)] or [zones]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True)), leases


def given_law(config: RunConfig) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Zones and leases as the files have them that the run was given."""
    zones = read_zones(config.zones) if config.zones else _none((*ZONE_COLUMNS, "source"))
    leases = read_leases(config.leases) if config.leases else _none((*LEASE_COLUMNS, "source"))
    return zones, leases


def law_hashes(config: RunConfig) -> list[str]:
    """What stands for the law in a step's key."""
    given = [file_hash(path) if path else "" for path in (config.zones, config.leases)]
    drawn = Path(config.output) / SYNTHETIC_ZONES
    return [*given, file_hash(drawn)] if config.synthetic_zones else given


def _synthetic(path: Path) -> gpd.GeoDataFrame:
    """The zones that the step synthetic drew."""
    if not path.exists():
        raise CubeError(f"there are no synthetic zones in {path} yet: run the step synthetic.")
    try:
        zones = gpd.read_parquet(path)
    except (ValueError, OSError) as error:  # pyarrow's own errors are both
        raise CubeError(f"{path} is damaged ({error}). Run the step synthetic again.") from error
    return gpd.GeoDataFrame(zones.astype(dict.fromkeys(DATES, "datetime64[s]")))


def _none(columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    dates = dict.fromkeys(DATES, "datetime64[s]")
    table = pd.DataFrame(columns=list(columns)).astype(dates | {"accuracy_m": "float64"})
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([], crs=4326))
