"""One mine's rasters in, its STAC items out: one per month."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pystac
import shapely
from pystac.extensions.classification import Classification, ClassificationExtension
from pystac.extensions.file import FileExtension
from pystac.extensions.projection import ProjectionExtension

from pipelines.exports.grid import Grid
from pipelines.exports.rasters import CLASSES, DATES, FALSE_COLOUR, NO_DATA, Month

PROCESSING = "https://stac-extensions.github.io/processing/v1.1.0/schema.json"

LINEAGE = (
    "From Sentinel-2 L2A surface reflectance. Ground barer than at its driest in the first year, "
    "and staying so, is confirmed as excavated and stays excavated; connected ground above the "
    "minimum mapping unit counts."
)

SHA256 = "1220"
"""Head of a multihash: SHA-256, 32 bytes. The rest is what sha256sum prints."""


@dataclass(frozen=True)
class File:
    """A file as written: size [byte] and SHA-256 in hex."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, eq=False)
class MineItems:
    """What there is of one mine.

    months : in order, each with the ids of the scenes it was seen in.
    looks : first and last day of the looks in the quicklook, None where there is none.
    files : its rasters by name: `<mine>_ground_<month>.tif`, `<mine>_dates.tif`,
        `<mine>_quicklook.tif`.
    """

    mine_id: str
    grid: Grid
    months: list[tuple[Month, list[str]]]
    looks: tuple[str, str] | None
    files: dict[str, File]


def provenance(version: str) -> dict[str, Any]:
    """The fields of the processing extension."""
    return {
        "processing:level": "L4",
        "processing:lineage": LINEAGE,
        "processing:software": {"minecube": version},
    }


def mine_items(mine: MineItems, version: str) -> list[pystac.Item]:
    """An item per month; the last one carries the dates and the quicklook as well."""
    items = []
    for known, scenes in mine.months:
        item = _item(mine, known, scenes, version)
        _add_ground(item, mine.files[f"{mine.mine_id}_ground_{known.month}.tif"])
        items.append(item)
    _add_dates(items[-1], mine.files[f"{mine.mine_id}_dates.tif"])
    _add_quicklook(items[-1], mine.files[f"{mine.mine_id}_quicklook.tif"], mine.looks)
    return items


def add_checksum(asset: pystac.Asset, file: File) -> None:
    """State size and hash; the asset has an owner by now, which learns of the extension."""
    stated = FileExtension.ext(asset, add_if_missing=True)
    stated.apply(checksum=SHA256 + file.sha256, size=file.size)


def _item(mine: MineItems, known: Month, scenes: list[str], version: str) -> pystac.Item:
    first = pd.Timestamp(known.month)
    last = first + pd.offsets.MonthEnd() + pd.Timedelta(hours=23, minutes=59, seconds=59)
    footprint = mine.grid.footprint
    item = pystac.Item(
        f"{mine.mine_id}-{known.month}",
        shapely.geometry.mapping(footprint),
        list(footprint.bounds),
        None,
        {
            "title": f"{mine.mine_id}, {known.month}",
            "minecube:mine_id": mine.mine_id,
            "minecube:excavated_ha": known.excavated_ha,
            "minecube:newly_confirmed_ha": known.newly_confirmed_ha,
            "minecube:clear_share": known.clear_share,
            "minecube:source_items": scenes,
            **provenance(version),
        },
        start_datetime=first.to_pydatetime(),
        end_datetime=last.to_pydatetime(),
    )
    item.stac_extensions.append(PROCESSING)
    ProjectionExtension.ext(item, add_if_missing=True).apply(
        code=f"EPSG:{mine.grid.epsg}",
        bbox=list(mine.grid.bounds),
        shape=list(mine.grid.shape),
        transform=list(mine.grid.transform)[:6],
    )
    return item


def _add_ground(item: pystac.Item, file: File) -> None:
    fields = {"data_type": "uint8", "nodata": NO_DATA}
    asset = _asset(item, "ground", file, "Ground at the end of the month", ["data"], fields)
    ClassificationExtension.ext(asset, add_if_missing=True).classes = [
        Classification.create(
            value=value,
            name=name,
            description=meaning,
            color_hint=colour.upper(),
            nodata=True if value == NO_DATA else None,
        )
        for value, (name, meaning, colour) in CLASSES.items()
    ]


def _add_dates(item: pystac.Item, file: File) -> None:
    bands = [{"name": band.name, "unit": band.unit} for band in DATES]
    fields = {"data_type": "uint16", "nodata": 0, "bands": bands}
    _asset(item, "dates", file, "When ground was opened and confirmed", ["data"], fields)


def _add_quicklook(item: pystac.Item, file: File, looks: tuple[str, str] | None) -> None:
    bands = [{"name": name} for name in FALSE_COLOUR]
    fields = {"data_type": "uint8", "nodata": 0, "bands": bands}
    if looks:
        first, last = looks
        fields |= {"start_datetime": f"{first}T00:00:00Z", "end_datetime": f"{last}T23:59:59Z"}
    title = "Each pixel when last seen clear, false colour"
    _asset(item, "quicklook", file, title, ["visual", "overview"], fields)


def _asset(
    item: pystac.Item, key: str, file: File, title: str, roles: list[str], fields: dict[str, Any]
) -> pystac.Asset:
    href = str(file.path.absolute())
    asset = pystac.Asset(href, title, None, pystac.MediaType.COG, roles, fields)
    item.add_asset(key, asset)
    add_checksum(asset, file)
    return asset
