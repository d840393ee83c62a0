"""Mines, leases, zones and true violations of an archive, as GeoJSON and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pyproj import Transformer
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from shapely.ops import transform

from cube.simulate.places import Place
from cube.simulate.site import Site

MINES = "mines.geojson"
LEASES = "leases.geojson"
ZONES = "zones.geojson"
VIOLATIONS = "truth/violations.json"

SOURCE = "minecube simulator; no real mine, lease or zone"


def write_vectors(folder: Path, sites: Sequence[tuple[Site, Place]]) -> None:
    """Write the mines, leases, zones and true violations of all sites into an archive's folder."""
    mines, leases, zones, violations = [], [], [], []
    for site, place in sites:
        rules = site.law
        mines.append(
            _feature(
                rules.outline,
                place,
                mine_id=place.mine_id,
                state=place.state,
                district=place.district,
            )
        )
        if rules.lease is not None:
            leases.append(
                _feature(
                    rules.lease,
                    place,
                    lease_id=f"{place.mine_id}_L1",
                    mine_id=place.mine_id,
                    holder=f"{place.district} Collieries",
                    valid_from="2008-04-01",
                    valid_to=None,
                    source=SOURCE,
                    accuracy_m=5.0,
                )
            )
        names = {}
        for k, zone in enumerate(rules.zones, start=1):
            names[zone.zone_type] = f"{place.mine_id}_Z{k}"
            zones.append(
                _feature(
                    zone.area,
                    place,
                    zone_id=names[zone.zone_type],
                    zone_type=zone.zone_type,
                    valid_from="2010-01-01",
                    valid_to=None,
                    source=SOURCE,
                    accuracy_m=10.0,
                )
            )
        violations += [
            {
                "mine_id": place.mine_id,
                "case": str(rules.case),
                "rule": violation.rule,
                "zone_id": names.get(violation.zone_type, ""),
                "zone_type": violation.zone_type,
                "area_ha": violation.pixels / 100.0,
                "first_date": str(site.settings.first + np.timedelta64(violation.first_day, "D")),
            }
            for violation in rules.violations
        ]
    _write_collection(folder / MINES, mines)
    _write_collection(folder / LEASES, leases)
    _write_collection(folder / ZONES, zones)
    (folder / VIOLATIONS).write_text(json.dumps(violations, indent=1) + "\n")


def _feature(area: BaseGeometry, place: Place, **properties: object) -> dict:
    """A polygon of pixel coordinates as a GeoJSON feature."""
    to_degrees = Transformer.from_crs(place.epsg, 4326, always_xy=True)

    def on_earth(x, y):
        lon, lat = to_degrees.transform(
            place.left + 10.0 * np.asarray(x), place.top - 10.0 * np.asarray(y)
        )
        return np.round(lon, 8), np.round(lat, 8)

    return {
        "type": "Feature",
        "properties": properties,
        "geometry": mapping(transform(on_earth, area)),
    }


def _write_collection(path: Path, features: list[dict]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}) + "\n")
