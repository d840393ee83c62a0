"""Exported files in, a self-contained STAC 1.1 catalog of them out.

`catalog.json` > `excavation/collection.json` > one catalog per mine > one item per month in which
ground was confirmed, and one for the last month of the record. No snapshot ids and no clock: the
same results make the same catalog. What run made it says `run.json`, which the catalog points to.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import shapely
from pystac.stac_io import DefaultStacIO

from cube.slots import slot_axis
from pipelines.exports.layers import LAYERS
from pipelines.exports.stac_items import (
    PROCESSING,
    File,
    MineItems,
    add_checksum,
    mine_items,
    provenance,
)
from pipelines.job import Job
from pipelines.run_record import file_hash, whole_file

MEDIA_TYPES = {
    ".geojson": pystac.MediaType.GEOJSON,
    ".gpkg": pystac.MediaType.GEOPACKAGE,
    ".parquet": pystac.MediaType.VND_APACHE_PARQUET,
}


def write_catalog(job: Job, mines: Sequence[MineItems], layers: Sequence[Path]) -> list[Path]:
    """Write the catalog into `final/stac`; every file of it.

    layers : the map layers, which become assets of the collection.
    """
    version = str(job.record.data["minecube"])
    folder = job.output.absolute() / "final" / "stac"
    below = folder / "excavation"
    catalog = pystac.Catalog("minecube", "What minecube found.", title="minecube results")
    catalog.set_self_href(str(folder / "catalog.json"))
    said = "The run that made this: versions, settings, input hashes, snapshots"
    catalog.add_link(pystac.Link("related", "../../run.json", pystac.MediaType.JSON, said))
    collection = _collection(job, mines, version)
    catalog.add_child(collection)
    collection.set_self_href(str(below / "collection.json"))
    for path in layers:
        _add_layer(collection, path.absolute())
    for mine in mines:
        own = pystac.Catalog(mine.mine_id, f"Mine {mine.mine_id}, month by month.")
        collection.add_child(own)
        own.set_self_href(str(below / mine.mine_id / "catalog.json"))
        for item in mine_items(mine, version):
            item.set_collection(collection)
            own.add_item(item)
            item.set_self_href(str(below / mine.mine_id / f"{item.id}.json"))
    catalog.make_all_asset_hrefs_relative()
    writer = _WholeFiles()
    catalog.save(pystac.CatalogType.SELF_CONTAINED, stac_io=writer)
    return writer.written


def _collection(job: Job, mines: Sequence[MineItems], version: str) -> pystac.Collection:
    """Where and when, and by whom."""
    boxes = [list(mine.grid.footprint.bounds) for mine in mines]
    whole = shapely.total_bounds(shapely.box(*np.array(boxes).T)).tolist()
    axis = slot_axis(job.config.period, job.config.slots.cadence_days)
    days = axis.start, axis.bounds(axis.count - 1)[1]
    period = [datetime.fromisoformat(str(day)[:10]) for day in days]
    described = "Ground found excavated around mines, by month."
    if job.simulated:
        described += " From a simulated archive: it shows no real place."
    collection = pystac.Collection(
        "excavation",
        described,
        pystac.Extent(
            pystac.SpatialExtent([whole, *boxes] if len(boxes) > 1 else [whole]),
            pystac.TemporalExtent([[*period]]),
        ),
        title="Excavation",
        license="other",
        keywords=["mining", "excavation", *(["simulated"] if job.simulated else [])],
        providers=[
            pystac.Provider(
                "minecube",
                roles=[pystac.ProviderRole.PROCESSOR],
                extra_fields=provenance(version),
            )
        ],
    )
    collection.stac_extensions.append(PROCESSING)
    return collection


def _add_layer(collection: pystac.Collection, path: Path) -> None:
    title = LAYERS.get(path.stem, "All layers, with their styles")
    asset = pystac.Asset(str(path), title, None, MEDIA_TYPES[path.suffix], ["data"])
    collection.add_asset(path.name, asset)
    add_checksum(asset, File(path, path.stat().st_size, file_hash(path)))


class _WholeFiles(DefaultStacIO):
    """Writes every file whole, the same bytes whatever JSON library is there; remembers each."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Path] = []

    def json_dumps(self, json_dict: dict[str, Any], *args: Any, **kwargs: Any) -> str:
        return json.dumps(json_dict, indent=1) + "\n"

    def write_text_to_href(self, href: str, txt: str) -> None:
        path = Path(href)
        with whole_file(path) as stream:
            stream.write(txt)
        self.written.append(path)
