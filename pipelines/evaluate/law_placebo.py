"""A detector's map and a law in, how many violations it raises out: its own law, or another's."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import xarray as xr

from analysis.compliance import OPEN, compliance
from analysis.detection import Excavation
from analysis.detectors import Block
from analysis.mosaic import ground
from analysis.regions import regions
from cube.contract import Window
from cube.law import read_leases, read_zones
from cube.simulate.places import Place, place_of
from cube.simulate.site import Site
from cube.simulate.vectors import LEASES, MINES, ZONES, write_vectors


@dataclass(frozen=True)
class Violations:
    """Violations raised, and the excavated ground beyond the lines they are of [ha]."""

    count: int
    area_ha: float


@dataclass(frozen=True, eq=False)
class Law:
    """The law that holds where a site lies: its mine's outline, zones and leases in EPSG:4326."""

    place: Place
    outline: object
    zones: gpd.GeoDataFrame
    leases: gpd.GeoDataFrame


def law_at(site: Site, lawgiver: Site) -> Law:
    """The law of one site laid over another: lines that know nothing of the ground under them.

    Both lie at the same made-up place, so that pixel for pixel one stands for the other. A site
    over itself has its own law.
    """
    place = place_of(0, 0, site.settings.size)
    with tempfile.TemporaryDirectory() as folder:
        write_vectors(Path(folder), [(lawgiver, place)])
        return Law(
            place,
            gpd.read_file(Path(folder) / MINES).geometry.iloc[0],
            read_zones(Path(folder) / ZONES),
            read_leases(Path(folder) / LEASES),
        )


def violations(found: Excavation, block: Block, law: Law) -> Violations:
    """What the whole way from a map to alerts makes of it under a law."""
    place, size = law.place, block.shape[1]
    window = Window(place.mine_id, 0, place.epsg, place.left + 5.0, place.top - 5.0, size)
    maps, planes = ("mine", "time", "y", "x"), ("mine", "y", "x")
    results = xr.Dataset(
        {
            "excavated": (maps, found.excavated[np.newaxis]),
            "state": (maps, found.state[np.newaxis]),
            "quality": (maps, block.quality[np.newaxis]),
            **{
                name: (planes, getattr(found, name)[np.newaxis])
                for name in ("onset", "confirmed", "confidence")
            },
        },
        coords={"time": block.acquired.astype("datetime64[ns]")},
    )
    dug = regions(ground(results, [window]))
    findings = compliance(dug, law.outline, law.zones, law.leases).findings
    still = findings[findings["state"] == OPEN]
    return Violations(len(still), float(still["area_ha"].sum()))
