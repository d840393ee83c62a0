"""Excavated ground and law in, the share of every pixel under each law out, none counted twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from analysis.coverage import areas, offset, settled
from analysis.line import Moved, Shares, moved_shares
from analysis.local_law import line_error, valid_on
from analysis.mosaic import PIXEL_HA, Ground
from analysis.rims import doubted, rim
from analysis.synthetic_zones import is_synthetic, yielding

NO_GO_RULE, OUTSIDE_RULE = "no_go", "outside_lease"
WATCH, LEASED, UNRULED = "watch_buffer", "leased", "unruled"

CLASSES = (LEASED, WATCH, OUTSIDE_RULE, NO_GO_RULE, UNRULED)
"""Every hectare dug is of one of these classes."""

PRECEDENCE = ("protected_area", "water", "settlement", "forest", "other")
"""Where zones overlap the ground belongs to the first of these types, then to the lower id; of
given and synthetic zones, to the given."""

ONSET_ERROR_DAYS = 20
"""How far the day on which ground was opened may be wrong [d], about twice the median error on
simulated mines (11 days, `DetectionSettings.onset_backdating`). Ground opened so near to a change
of the law lies beyond a line for sure only by the law on either side of it."""

ARC = 32
"""Segments of a quarter circle: the watch ring's corners are true to 0.2 m in 500 m."""


@dataclass(frozen=True, eq=False)
class Part:
    """The ground under one law.

    Attributes
    ----------
    rule : str, one of CLASSES
        `no_go`; `leased`, where digging is lawful; `watch_buffer`, outside every lease but near
        one; `outside_lease`, farther; `unruled`, where no law speaks.
    zone_id, zone_type : str
        Of the no-go zone; the lease's id and `lease` for leased ground; the lease's id and the
        class for a watch ring; the class itself for the others.
    lease_id, holder : str
        The lease that the ground lies in, or that it lies nearest to in its watch ring; "" for
        other ground, and where a holder is not known.
    share : (n,) float64 0..1
        Share of every pixel of the ground.
    sure : (n,) float64 0..1
        The part of it that lies beyond the line by more than it may be misplaced.
    touched, least, most : (n,) float64 0..1
        Shares with the line moved: what may lie beyond it (moved by its error), and the share at
        the ends of a 90 % interval (moved by 1.645 of them).
    polygon : geometry [m]
        Where this law holds.
    """

    rule: str
    zone_id: str
    zone_type: str
    share: np.ndarray
    sure: np.ndarray
    touched: np.ndarray
    least: np.ndarray
    most: np.ndarray
    polygon: shapely.Geometry
    lease_id: str = ""
    holder: str = ""

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
    watch_ring_m: float = 0.0,
) -> list[Part]:
    """Ground divided among the laws in force on the day each pixel was opened.

    The shares of all parts add up to one in every pixel. A no-go zone takes precedence over a
    lease; among zones PRECEDENCE decides, among leases the lower id; a watch ring's ground belongs
    to the lease nearest to the pixel, at equal distance to the lower id. Ground at the rim of what
    was opened under another law (`analysis.rims`), or within ONSET_ERROR_DAYS of one, lies beyond a
    line for sure only by both laws.

    Parameters
    ----------
    ground : Ground
    zones, leases : GeoDataFrame in the ground's UTM zone
        As `analysis.local_law.law_around` cuts them, with a reach of at least the watch ring.
    has_lease : bool
        Whether any lease speaks of this mine; if none does, ground outside zones is `unruled`.
    geolocation_m : float [m]
        Error of the imagery's position; added in quadrature to each polygon's `accuracy_m`.
    watch_ring_m : float [m]
        Ground outside every lease but this near to one is its watch ring; 0: there is none.
    """

    def divided(pixels: np.ndarray, day: np.datetime64) -> list[Part]:
        valid = leases[valid_on(leases, day)]
        now = yielding(zones[valid_on(zones, day)], valid, has_lease), valid
        x, y = ground.x[pixels], ground.y[pixels]
        return _divided(x, y, *now, has_lease, geolocation_m, watch_ring_m)

    changes = _changes(zones, leases)
    days = np.concatenate([changes[:1] - 1, changes]) if changes.size else ground.onset[:1]
    epoch, earliest, latest = (
        np.searchsorted(changes, ground.onset + by, side="right")
        for by in (0, -ONSET_ERROR_DAYS, ONSET_ERROR_DAYS)
    )
    pieces: dict[tuple[str, str], list[tuple[np.ndarray, Part]]] = {}
    present = np.unique(epoch)
    for number in present:
        inside = np.flatnonzero(epoch == number)
        parts = divided(inside, days[number])
        for other in np.setdiff1d(np.arange(days.size), number):
            doubt = (earliest[inside] <= other) & (latest[inside] >= other)
            if other < number and other in present:
                before = np.flatnonzero(epoch == other)
                at = rim(ground.x[inside], ground.y[inside], ground.x[before], ground.y[before])
                doubt[at] = True
            at = np.flatnonzero(doubt)
            if at.size:
                then = divided(inside[at], days[other])
                parts = doubted(parts, at, then, ((NO_GO_RULE,), (WATCH, OUTSIDE_RULE)))
        for part in parts:
            pieces.setdefault((part.rule, part.zone_id), []).append((inside, part))
    return [_whole(found, len(ground)) for _, found in sorted(pieces.items())]


def _changes(*laws: gpd.GeoDataFrame) -> np.ndarray:
    """Days on which the law changes, in order: between two of them it is the same."""
    begins = [law["valid_from"].to_numpy("datetime64[D]") for law in laws]
    lapses = [law["valid_to"].to_numpy("datetime64[D]") + 1 for law in laws]
    changes = np.unique(np.concatenate(begins + lapses))
    return changes[~np.isnat(changes)]


def _divided(
    x: np.ndarray,
    y: np.ndarray,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    has_lease: bool,
    geolocation_m: float,
    watch_ring_m: float,
) -> list[Part]:
    """Parts of the pixels x, y under the law of one day."""
    frame = shapely.box(x.min(), y.min(), x.max(), y.max()).buffer(20 * geolocation_m + 100)
    parts = _no_go(x, y, zones, geolocation_m)
    free = shapely.difference(frame, shapely.union_all(zones.geometry.values))
    left = np.maximum(1.0 - sum((part.share for part in parts), np.zeros(x.size)), 0.0)
    if not has_lease:
        parts.append(Part(UNRULED, UNRULED, UNRULED, *Shares(*[left] * 5), free))
        return _adding_up(parts)
    held = _leased(x, y, leases, free, left, geolocation_m)
    left = np.maximum(left - sum((part.share for part in held), np.zeros(x.size)), 0.0)

    def moved(k: float) -> shapely.Geometry:
        inward = [offset(o, -k * error, 8) for o, error in zip(outlines, errors, strict=True)]
        return areas(shapely.difference(free, _union(inward)))

    outlines = leases.geometry.values
    errors = line_error(leases["accuracy_m"], geolocation_m)
    beyond = areas(shapely.difference(free, _union(outlines)))
    ring = _union([offset(outline, watch_ring_m, ARC) for outline in outlines])
    ring = shapely.intersection(ring, beyond)
    ring = areas(ring) if watch_ring_m > 0 else shapely.Polygon()
    line = shapely.union_all(shapely.boundary(outlines))
    outside = moved_shares(beyond, moved, line, errors.max(initial=0.0), x, y, left)
    outside = outside._replace(share=settled(left))  # what nobody else has taken, to the last bit
    watched, rest = outside.divided(ring, x, y)
    nearest = _nearest(x, y, watched.most > 0, leases)
    rings = [
        Part(WATCH, row.lease_id, WATCH, *watched.only(nearest == i), ring, *_names(row))
        for i, row in enumerate(leases.itertuples())
    ]
    rings = [part for part in rings if part.share.any() or part.touched.any()]
    far = Part(OUTSIDE_RULE, OUTSIDE_RULE, OUTSIDE_RULE, *rest, shapely.difference(beyond, ring))
    return _adding_up([*parts, *held, *rings, far])


def _no_go(
    x: np.ndarray, y: np.ndarray, zones: gpd.GeoDataFrame, geolocation_m: float
) -> list[Part]:
    """Parts in no-go zones, the gravest first."""
    parts = []
    left = np.ones(x.size)
    taken: shapely.Geometry = shapely.Polygon()
    rank = zones["zone_type"].map({kind: i for i, kind in enumerate(PRECEDENCE)})
    made = zones["zone_id"].map(is_synthetic)  # what somebody declared comes first
    order = zones.assign(rank=rank, made=made).sort_values(["made", "rank", "zone_id"])
    for zone in order.itertuples():
        error = line_error(zone.accuracy_m, geolocation_m)
        moved = _outward(zone.geometry, error, minus=taken)
        own = moved(0.0)
        shares = moved_shares(own, moved, zone.geometry.boundary, error, x, y, left)
        if shares.share.any():
            parts.append(Part(NO_GO_RULE, zone.zone_id, zone.zone_type, *shares, own))
            left = left - shares.share
        taken = shapely.union(taken, zone.geometry)
    return parts


def _leased(
    x: np.ndarray,
    y: np.ndarray,
    leases: gpd.GeoDataFrame,
    free: shapely.Geometry,
    left: np.ndarray,
    geolocation_m: float,
) -> list[Part]:
    """Parts in leases and in no zone; ground that several claim is the lower id's."""
    parts = []
    taken: shapely.Geometry = shapely.Polygon()
    for lease in leases.sort_values("lease_id").itertuples():
        error = line_error(lease.accuracy_m, geolocation_m)
        moved = _outward(lease.geometry, error, minus=taken, within=free)
        own = moved(0.0)
        shares = moved_shares(own, moved, lease.geometry.boundary, error, x, y, left)
        if shares.share.any():
            parts.append(Part(LEASED, lease.lease_id, "lease", *shares, own, *_names(lease)))
            left = left - shares.share
        taken = shapely.union(taken, lease.geometry)
    return parts


def _outward(
    outline: shapely.Geometry,
    error: float,
    minus: shapely.Geometry,
    within: shapely.Geometry | None = None,
) -> Moved:
    """An area whose line moves outward by k errors; the lines of others stay where they are."""

    def area(k: float) -> shapely.Geometry:
        moved = offset(outline, k * error) if k else outline
        moved = moved if within is None else shapely.intersection(moved, within)
        return areas(shapely.difference(moved, minus))

    return area


def _union(geometries: Sequence[shapely.Geometry]) -> shapely.Geometry:
    return areas(shapely.union_all(geometries))


def _nearest(
    x: np.ndarray, y: np.ndarray, wanted: np.ndarray, leases: gpd.GeoDataFrame
) -> np.ndarray:
    """Row of the lease nearest to the pixel's centre, to the centimetre; ties: the lower id.

    -1 where it is not wanted, or there is no lease.
    """
    nearest = np.full(x.size, -1)
    if leases.empty or not wanted.any():
        return nearest
    order = np.argsort(leases["lease_id"].to_numpy(object), kind="stable")
    points = shapely.points(x[wanted], y[wanted])
    outlines = leases.geometry.values[order]
    away = np.stack([np.round(shapely.distance(outline, points), 2) for outline in outlines])
    nearest[wanted] = order[away.argmin(axis=0)]
    return nearest


def _names(lease: tuple) -> tuple[str, str]:
    """Id and holder; tables made by hand may have no holder."""
    return lease.lease_id, str(getattr(lease, "holder", "") or "")  # type: ignore[attr-defined]


def _adding_up(parts: list[Part]) -> list[Part]:
    """Parts whose shares add up to one: overlays leave a square centimetre here and there."""
    total = sum((part.share for part in parts), np.zeros(parts[0].share.size))
    even = [replace(part, share=part.share / total) for part in parts]
    return [replace(part, sure=np.minimum(part.sure, part.share)) for part in even]


def _whole(found: list[tuple[np.ndarray, Part]], n: int) -> Part:
    """One part over all epochs, of the type and holder that it had in the last of them."""
    whole: dict[str, Any] = {name: np.zeros(n) for name in Shares._fields}
    for inside, part in found:
        for name, values in whole.items():
            values[inside] += getattr(part, name)
    polygon = shapely.union_all([part.polygon for _, part in found])
    return replace(found[-1][1], **whole, polygon=polygon)
