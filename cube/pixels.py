"""Pixel-wise CSV tables (one row per pixel and date) in, checked rows and what was found out.

The schema is that of Earth Engine exports of mines: B11, B4, B8 are Sentinel-2 digital numbers,
`date` is DD-MM-YYYY, `geo` a GeoJSON point, NBR and NDVI indices of those bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cube.contract import CubeError
from cube.pixel_indices import IndexCheck, index_check, normalised_difference
from cube.polygon_files import identifiers

SCHEMA = (
    "system:index",
    "B11",
    "B4",
    "B8",
    "NBR",
    "NDVI",
    "date",
    "latitude",
    "longitude",
    "mine_id",
    "geo",
)
TABLE_BANDS = {"B11": "swir16", "B4": "red", "B8": "nir"}
INDEX_COLUMNS = ("NBR", "NDVI")
REQUIRED = (*TABLE_BANDS, "date", "mine_id")
DATE_FORMAT = "%d-%m-%Y"

SAME_PLACE_DEGREES = 1e-4
"""`geo` and latitude/longitude may differ by this, about a pixel: the columns are rounded."""


@dataclass(frozen=True)
class PixelSettings:
    """How a table's numbers are read.

    Parameters
    ----------
    offset : int [digital number]
        Added to every band. 0 for harmonised exports; -1000 for COPERNICUS/S2_SR exports of
        scenes since 2022-01-25, whose numbers still carry baseline 04.00's +1000.
    tolerance : float [1]
        An index column is recognised when it is this close to a formula: columns are rounded,
        or cut, to four or more decimals.
    agreement : float [1]
        ... in at least this share of the rows.
    """

    offset: int = 0
    tolerance: float = 2e-4
    agreement: float = 0.99

    def __post_init__(self) -> None:
        if self.offset != int(self.offset) or abs(self.offset) > 10_000:
            raise CubeError(f"offset is {self.offset}, but a whole number up to 10000 either way.")
        if not 0 < self.tolerance < 0.1:
            raise CubeError(f"tolerance is {self.tolerance}, but must lie between 0 and 0.1.")
        if not 0.5 < self.agreement <= 1:
            raise CubeError(f"agreement is {self.agreement}, but a share above 0.5 up to 1.")


@dataclass(frozen=True)
class PixelTable:
    """The sound rows of a table and an account of the others.

    rows : DataFrame
        row int64 (0 is the file's first), mine_id str, acquired datetime64[s] (UTC), longitude,
        latitude float64 [degree], swir16, red, nir uint16 (reflectance x 10,000; 0 = missing),
        and the indices recognised in the file, recomputed, float32 (NaN where a band is missing).
    total : rows in the file; `total == len(rows) + sum(dropped.values())`.
    dropped : rows left out, by reason.
    missing : single values taken as missing in rows that stay or go, by reason.
    indices : what each index column holds.
    """

    rows: pd.DataFrame
    total: int
    dropped: dict[str, int]
    missing: dict[str, int]
    indices: tuple[IndexCheck, ...]


def read_pixel_table(path: str | Path, settings: PixelSettings | None = None) -> PixelTable:
    """The rows of a pixel-wise CSV that can be used.

    Raises
    ------
    CubeError
        If the file is missing, no CSV, lacks a column, holds reflectance instead of digital
        numbers, or has no usable row.
    """
    settings = settings or PixelSettings()
    table = _csv(Path(path))
    bands, missing = _digital_numbers(table, path)
    longitude, latitude, apart = _places(table)
    acquired, contradicted = _dates(table)
    mine_id = pd.Series(identifiers(table["mine_id"]))
    why = pd.Series("", index=table.index)
    for reason, wrong in (
        ("no mine_id", mine_id == ""),
        ("date is not DD-MM-YYYY", acquired.isna()),
        ("date disagrees with system:index", contradicted),
        ("no position", longitude.isna() | latitude.isna()),
        ("geo disagrees with latitude, longitude", apart),
        ("no spectra", (bands == 0).all(axis=1)),
    ):
        why = why.mask((why == "") & wrong, reason)
    dropped = {str(k): int(v) for k, v in why[why != ""].value_counts(sort=False).items()}
    sound = why == ""
    if not sound.any():
        reasons = ", ".join(f"{reason} ({count})" for reason, count in dropped.items())
        raise CubeError(f"No row of {path} can be used: {reasons or 'it has none'}.")
    checks = tuple(
        index_check(table.loc[sound, column], bands[sound], settings.tolerance, settings.agreement)
        for column in INDEX_COLUMNS
        if column in table
    )
    indices = {
        check.name: normalised_difference(bands, check.name) for check in checks if check.name
    }
    rows = pd.DataFrame(
        {
            "row": np.arange(len(table)),
            "mine_id": mine_id,
            "acquired": acquired,
            "longitude": longitude,
            "latitude": latitude,
        }
    ).join(pd.DataFrame(_without_offset(bands, settings.offset)))
    rows = rows.assign(**indices)[sound].reset_index(drop=True)
    return PixelTable(rows, len(table), dropped, missing, checks)


def _csv(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise CubeError(f"There is no file {path}. Give the path of a pixel-wise CSV.")
    text = dict.fromkeys(("system:index", "date", "mine_id", "geo"), str)
    try:
        table = pd.read_csv(path, dtype=text, encoding="utf-8-sig", low_memory=False)
    except (ValueError, UnicodeDecodeError) as error:  # pandas' own errors are ValueErrors
        raise CubeError(f"{path} cannot be read as CSV: {error}") from error
    table.columns = table.columns.str.strip()
    absent = [column for column in REQUIRED if column not in table]
    if "geo" not in table:
        absent += [column for column in ("latitude", "longitude") if column not in table]
    if absent:
        raise CubeError(
            f"{path} lacks {absent}; it has {list(table.columns)}. Expected the pixel-wise "
            f"schema {', '.join(SCHEMA)} (geo, or latitude and longitude)."
        )
    if table.empty:
        raise CubeError(f"{path} has a header but no rows.")
    return table


def _digital_numbers(table: pd.DataFrame, path: str | Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """(row, band) uint16, 0 = missing, and why values are missing."""
    written = table[list(TABLE_BANDS)].rename(columns=TABLE_BANDS)
    values = written.apply(pd.to_numeric, errors="coerce").astype(np.float64)
    infinite = np.isinf(values)
    unreadable = values.isna() & written.notna()
    finite = values.mask(infinite)
    if finite.max(axis=None) <= 2:
        raise CubeError(
            f"The bands of {path} reach {finite.max(axis=None):g}, so they look like reflectance. "
            "Expected digital numbers, reflectance x 10,000: multiply them."
        )
    numbers = finite.round()
    beyond = numbers.notna() & ~((numbers >= 1) & (numbers <= 65535))
    reasons = {
        "infinite": infinite,
        "empty": written.isna(),
        "not a number": unreadable,
        "outside 1 to 65535": beyond,
    }
    counts = {reason: int(which.to_numpy().sum()) for reason, which in reasons.items()}
    known = numbers.mask(beyond).fillna(0).astype(np.uint16)
    return known, {reason: count for reason, count in counts.items() if count}


def _without_offset(bands: pd.DataFrame, offset: int) -> dict[str, np.ndarray]:
    """Digital numbers with the offset added; measured ground never becomes 0."""
    return {
        str(name): np.where(band > 0, np.clip(band.astype(np.int64) + offset, 1, 65535), 0).astype(
            np.uint16
        )
        for name, band in bands.items()
    }


def _places(table: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Longitude and latitude [degree], `geo` before the rounded columns; and where they differ."""
    nothing = pd.Series(np.nan, index=table.index)
    columns = [
        pd.to_numeric(table[name], errors="coerce") if name in table else nothing
        for name in ("longitude", "latitude")
    ]
    points = [nothing, nothing]
    if "geo" in table:
        number = r"\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*"
        pattern = rf'"coordinates"\s*:\s*\[{number},{number}[,\]]'
        found = table["geo"].str.extract(pattern).astype(np.float64)
        points = [found[0], found[1]]
    east, north = ((p - c).abs() for p, c in zip(points, columns, strict=True))
    apart = (east > SAME_PLACE_DEGREES) | (north > SAME_PLACE_DEGREES)
    longitude, latitude = (p.fillna(c) for p, c in zip(points, columns, strict=True))
    on_earth = (longitude.abs() <= 180) & (latitude.abs() <= 90)
    return longitude.where(on_earth), latitude.where(on_earth), apart


def _dates(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """When each row was taken (UTC), and where `system:index` names another day."""
    day = pd.to_datetime(table["date"].str.strip(), format=DATE_FORMAT, errors="coerce")
    if "system:index" not in table:
        return day.astype("datetime64[s]"), pd.Series(False, index=table.index)
    stamp = table["system:index"].str.extract(r"(\d{8}T\d{2,6})")[0]
    hour = pd.to_datetime(stamp.str.ljust(15, "0"), format="%Y%m%dT%H%M%S", errors="coerce")
    contradicted = hour.notna() & day.notna() & (hour.dt.normalize() != day)
    return hour.where(hour.notna() & day.notna(), day).astype("datetime64[s]"), contradicted
