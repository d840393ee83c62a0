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

from cube.simulate.law import Violation
from cube.simulate.places import Place
from cube.simulate.site import Site

MINES = "mines.geojson"
LEASES = "leases.geojson"
ZONES = "zones.geojson"
VIOLATIONS = "truth/violations.json"

SOURCE = "minecube simulator; no real mine, lease or zone"

ACCURACY_M = 5.0
"""Position error of leases and zones: both are surveyed."""


def write_vectors(folder: Path, sites: Sequence[tuple[Site, Place]]) -> None:
    """Write the mines, leases, zones and true violations of all sites into an archive's folder."""
    (folder / VIOLATIONS).parent.mkdir(parents=True, exist_ok=True)
    write_collection(folder / MINES, [_mine(*site) for site in sites])
    write_collection(folder / LEASES, [lease for site in sites for lease in _leases(*site)])
    write_collection(folder / ZONES, [zone for site in sites for zone in _zones(*site)])
    breaches = [breach for site in sites for breach in true_violations(*site)]
    (folder / VIOLATIONS).write_text(json.dumps(breaches, indent=1) + "\n")


def true_violations(site: Site, place: Place) -> list[dict]:
    """The breaches that truly happen at a site, as `truth/violations.json` tells them.

    rule, zone_id, zone_type : what is broken; zone_id and zone_type are "" where a lease is left
    area_ha : all that is dug beyond the line
    beyond_10m_ha : the part of it more than 10 m beyond the line, the imagery's position error
    first_date : day on which the first pixel was opened there
    minimum_date : day on which 0.1 ha had been, null if never: the violation's first date
    last_date : day of the last pixel
    monthly_ha : what was newly dug there in every month in which anything was
    """
    first = site.settings.first
    return [
        {
            "mine_id": place.mine_id,
            "case": str(site.law.case),
            "rule": violation.rule,
            "zone_id": "" if violation.zone is None else zone_id(place, violation.zone),
            "zone_type": violation.zone_type,
            "area_ha": violation.pixels / 100.0,
            "beyond_10m_ha": violation.beyond_pixels / 100.0,
            "first_date": str(first + violation.first_day),
            "minimum_date": (
                None if violation.minimum_day is None else str(first + violation.minimum_day)
            ),
            "last_date": str(first + int(violation.days[-1])),
            "monthly_ha": _monthly(first, violation),
        }
        for violation in site.law.violations
    ]


def zone_id(place: Place, number: int) -> str:
    """Id of the zone that stands at `number`, from 0, in the law of a site."""
    return f"{place.mine_id}_Z{number + 1}"


def _monthly(first: np.datetime64, violation: Violation) -> dict[str, float]:
    months = (first + violation.days.astype("timedelta64[D]")).astype("datetime64[M]")
    month, pixels = np.unique(months, return_counts=True)
    return {str(m): int(n) / 100.0 for m, n in zip(month, pixels, strict=True)}


def _mine(site: Site, place: Place) -> dict:
    names = {"mine_id": place.mine_id, "state": place.state, "district": place.district}
    return feature(site.law.outline, place, **names)


def _leases(site: Site, place: Place) -> list[dict]:
    return [
        feature(
            lease.area,
            place,
            lease_id=f"{place.mine_id}_L{k}",
            mine_id=place.mine_id,
            holder=f"{place.district} Collieries",
            valid_from="2008-04-01",
            valid_to=None if lease.until is None else str(site.settings.first + lease.until),
            source=SOURCE,
            accuracy_m=ACCURACY_M,
        )
        for k, lease in enumerate(site.law.leases, start=1)
    ]


def _zones(site: Site, place: Place) -> list[dict]:
    return [
        feature(
            zone.area,
            place,
            zone_id=zone_id(place, k),
            zone_type=zone.zone_type,
            valid_from="2010-01-01",
            valid_to=None,
            source=SOURCE,
            accuracy_m=ACCURACY_M,
        )
        for k, zone in enumerate(site.law.zones)
    ]


def feature(area: BaseGeometry, place: Place, **properties: object) -> dict:
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


def write_collection(path: Path, features: list[dict]) -> None:
    """A GeoJSON file of features."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}) + "\n")
