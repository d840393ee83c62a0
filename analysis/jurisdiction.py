"""Excavated ground and law in, the share of every pixel under each law out, none counted twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely

from analysis.coverage import areas, coverage, settled
from analysis.local_law import valid_on
from analysis.mosaic import PIXEL_HA, Ground

NO_GO_RULE, OUTSIDE_RULE = "no_go", "outside_lease"
LEASED, UNRULED = "leased", "unruled"

PRECEDENCE = ("protected_area", "water", "settlement", "forest", "other")
"""Where zones overlap the ground belongs to the first of these types, then to the lower id."""


@dataclass(frozen=True, eq=False)
class Part:
    """The ground under one law.

    Attributes
    ----------
    rule : str
        `no_go` or `outside_lease`; `leased` where digging is lawful, `unruled` where no law
        speaks.
    zone_id, zone_type : str
        Of the no-go zone; the rule's own name for the others.
    share : (n,) float64 0..1
        Share of every pixel of the ground.
    sure : (n,) float64 0..1
        The part of it that lies beyond the line by more than it may be misplaced.
    polygon : geometry [m]
        Where this law holds.
    """

    rule: str
    zone_id: str
    zone_type: str
    share: np.ndarray
    sure: np.ndarray
    polygon: shapely.Geometry

    @property
    def area_ha(self) -> float:
        """Ground under this law [ha]."""
        return float(self.share.sum()) * PIXEL_HA


def jurisdiction(
    ground: Ground,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    has_lease: bool,
    geolocation_m: float,
) -> list[Part]:
    """Ground divided among the laws in force on the day each pixel was opened.

    The shares of all parts add up to exactly one in every pixel. A no-go zone takes precedence
    over a lease, and among zones PRECEDENCE decides.

    Parameters
    ----------
    ground : Ground
    zones, leases : GeoDataFrame in the ground's UTM zone
        As `analysis.local_law.law_around` cuts them.
    has_lease : bool
        Whether any lease speaks of this mine; if none does, ground outside zones is `unruled`.
    geolocation_m : float [m]
        Error of the imagery's position; added in quadrature to each polygon's `accuracy_m`.
    """
    pieces: dict[tuple[str, str], list[tuple[np.ndarray, Part]]] = {}
    for inside in _epochs(ground.onset, zones, leases):
        day = ground.onset[inside][0]
        x, y = ground.x[inside], ground.y[inside]
        frame = shapely.box(x.min(), y.min(), x.max(), y.max()).buffer(20 * geolocation_m + 100)
        now = zones[valid_on(zones, day)], leases[valid_on(leases, day)]
        for part in _divided(x, y, *now, frame, has_lease, geolocation_m):
            pieces.setdefault((part.rule, part.zone_id), []).append((inside, part))
    return [_whole(found, len(ground)) for _, found in sorted(pieces.items())]


def _epochs(onset: np.ndarray, *laws: gpd.GeoDataFrame) -> list[np.ndarray]:
    """Indices of the pixels opened between two changes of the law, epoch by epoch."""
    begins = [law["valid_from"].to_numpy("datetime64[D]") for law in laws]
    lapses = [law["valid_to"].to_numpy("datetime64[D]") + 1 for law in laws]
    changes = np.unique(np.concatenate(begins + lapses))
    epoch = np.searchsorted(changes[~np.isnat(changes)], onset, side="right")
    return [np.flatnonzero(epoch == number) for number in np.unique(epoch)]


def _divided(
    x: np.ndarray,
    y: np.ndarray,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    frame: shapely.Geometry,
    has_lease: bool,
    geolocation_m: float,
) -> list[Part]:
    """Parts of the pixels x, y under the law of one day."""
    parts = []
    taken: shapely.Geometry = shapely.Polygon()
    rank = zones["zone_type"].map({kind: i for i, kind in enumerate(PRECEDENCE)})
    for zone in zones.assign(rank=rank).sort_values(["rank", "zone_id"]).itertuples():
        own = shapely.difference(zone.geometry, taken)
        core = shapely.difference(zone.geometry.buffer(-_error(zone, geolocation_m)), taken)
        share = coverage(own, x, y)
        if share.any():
            sure = np.minimum(coverage(core, x, y), share)
            parts.append(Part(NO_GO_RULE, zone.zone_id, zone.zone_type, share, sure, own))
        taken = shapely.union(taken, zone.geometry)

    free = shapely.difference(frame, taken)
    left = settled(1.0 - sum((part.share for part in parts), np.zeros(x.size)))
    if not has_lease:
        return [*parts, Part(UNRULED, UNRULED, UNRULED, left, left, free)]
    leased = areas(shapely.intersection(shapely.union_all(leases.geometry.values), free))
    share = np.minimum(coverage(leased, x, y), left)
    parts.append(Part(LEASED, LEASED, LEASED, share, share, leased))
    wide = [lease.geometry.buffer(_error(lease, geolocation_m)) for lease in leases.itertuples()]
    far = coverage(shapely.difference(free, shapely.union_all(wide)), x, y)
    outside = settled(left - share)
    sure = np.minimum(far, outside)
    beyond = shapely.difference(free, leased)
    return [*parts, Part(OUTSIDE_RULE, OUTSIDE_RULE, OUTSIDE_RULE, outside, sure, beyond)]


def _error(law: tuple, geolocation_m: float) -> float:
    """How far the line may be misplaced in the imagery [m]; unknown accuracy adds nothing."""
    accuracy = law.accuracy_m  # type: ignore[attr-defined]
    return float(np.hypot(geolocation_m, 0.0 if np.isnan(accuracy) else accuracy))


def _whole(found: list[tuple[np.ndarray, Part]], n: int) -> Part:
    """One part over all epochs, of the type that the zone had in the last of them."""
    share, sure = np.zeros(n), np.zeros(n)
    for inside, part in found:
        share[inside] += part.share
        sure[inside] += part.sure
    polygon = shapely.union_all([part.polygon for _, part in found])
    return replace(found[-1][1], share=share, sure=sure, polygon=polygon)
