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
    drawn = _drawn((output or Path(config.output)) / SYNTHETIC_ZONES)
    return together(zones, drawn, config.zones), leases


def together(zones: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, path: str) -> gpd.GeoDataFrame:
    """Given and synthetic zones in one table.

    path : of the given ones

    Raises
    ------
    CubeError
        If one of each has the same id.
    """
    if twice := sorted(set(zones["zone_id"]) & set(drawn["zone_id"])):
        raise CubeError(
            f"zone_id {twice[0]!r} of {path} is that of a synthetic zone. Leave synthetic "
            "zones out of the file, or run without --synthetic-zones."
        )
    filled = [table for table in (zones, drawn) if len(table)] or [zones]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True))


def given_law(config: RunConfig) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Zones and leases as the files have them that the run was given."""
    zones = read_zones(config.zones) if config.zones else no_zones()
    leases = read_leases(config.leases) if config.leases else no_leases()
    return zones, leases


def law_hashes(config: RunConfig) -> list[str]:
    """What stands for the law in a step's key."""
    given = [file_hash(path) if path else "" for path in (config.zones, config.leases)]
    drawn = Path(config.output) / SYNTHETIC_ZONES
    return [*given, file_hash(drawn)] if config.synthetic_zones else given


def stored_law(path: str | Path) -> gpd.GeoDataFrame:
    """Zones or leases from a table that a step wrote, as `cube.law` gives them.

    Raises
    ------
    CubeError
        If it cannot be read.
    """
    try:
        law = gpd.read_parquet(path)
        return gpd.GeoDataFrame(law.astype(dict.fromkeys(DATES, "datetime64[s]")))
    except (ValueError, OSError, KeyError) as error:  # pyarrow's own errors are among them
        raise CubeError(f"{path} is damaged ({error}). Bring it back, or make it again.") from error


def no_zones() -> gpd.GeoDataFrame:
    """The zones of a run that was given none."""
    return _none((*ZONE_COLUMNS, "source"))


def no_leases() -> gpd.GeoDataFrame:
    """The leases of a run that was given none."""
    return _none((*LEASE_COLUMNS, "source"))


def _drawn(path: Path) -> gpd.GeoDataFrame:
    """The zones that the step synthetic drew."""
    if not path.exists():
        raise CubeError(f"there are no synthetic zones in {path} yet: run the step synthetic.")
    return stored_law(path)


def _none(columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    dates = dict.fromkeys(DATES, "datetime64[s]")
    table = pd.DataFrame(columns=list(columns)).astype(dates | {"accuracy_m": "float64"})
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([], crs=4326))
