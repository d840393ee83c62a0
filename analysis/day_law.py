"""The law of one day around a mine in, the share of any of its pixels under each law out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from analysis.coverage import DIAGONAL, areas, coverage, offset, settled
from analysis.edges import area_distance
from analysis.line import Moved, Shares, moved_shares
from analysis.local_law import line_error
from analysis.parts import LEASED, NO_GO_RULE, OUTSIDE_RULE, UNRULED, WATCH, Part
from analysis.synthetic_zones import is_synthetic, yielding

PRECEDENCE = ("protected_area", "water", "settlement", "forest", "other")
"""Where zones overlap the ground belongs to the first of these types, then to the lower id; of
given and synthetic zones, to the given."""

ARC = 32
"""Segments of a quarter circle: the watch ring's corners are true to 0.2 m in 500 m."""

RING_ERROR = 0.02
"""The outer edge of a ring is drawn true to so much of its width: GEOS simplifies what it buffers
by 1 %, and cuts corners by less."""


@dataclass(frozen=True, eq=False)
class _Area:
    """A zone or lease of one day: its row, and the area that is its own as its line moves."""

    row: Any
    error: float
    moved: Moved


class DayLaw:
    """The law in force on one day. What it takes to measure pixels is drawn once, when asked for.

    Parameters
    ----------
    zones, leases : GeoDataFrame [m]
        Those in force, as `analysis.jurisdiction.LawInTime` takes them.
    frame : geometry [m]
        Around all pixels that will be asked about, with a margin that no line is moved by.
    """

    def __init__(
        self,
        zones: gpd.GeoDataFrame,
        leases: gpd.GeoDataFrame,
        has_lease: bool,
        geolocation_m: float,
        watch_ring_m: float,
        frame: shapely.Geometry,
    ) -> None:
        zones = yielding(zones, leases, has_lease)
        rank = zones["zone_type"].map({kind: i for i, kind in enumerate(PRECEDENCE)})
        made = zones["zone_id"].map(is_synthetic)  # what somebody declared comes first
        order = zones.assign(rank=rank, made=made).sort_values(["made", "rank", "zone_id"])
        self._zones = list(_in_turn(order, geolocation_m, None))
        self._free = shapely.difference(frame, shapely.union_all(zones.geometry.values))
        self._has_lease = has_lease
        self._leases = list(_in_turn(leases.sort_values("lease_id"), geolocation_m, self._free))
        self._rows = list(leases.itertuples())
        self._outlines = leases.geometry.values
        self._errors = np.asarray(line_error(leases["accuracy_m"], geolocation_m))
        self._ring_m = watch_ring_m
        self._outside = cache(self._moved_outside)

    def divided(self, x: np.ndarray, y: np.ndarray) -> list[Part]:
        """Parts of the pixels x, y (n,) [m]; their shares add up to one in every pixel."""
        left = np.ones(x.size)
        parts = []
        for area, shares in _taken(self._zones, x, y, left):
            zone = area.row
            drawn = partial(area.moved, 0.0)
            parts.append(Part(NO_GO_RULE, zone.zone_id, zone.zone_type, *shares, drawn))
        left = np.maximum(1.0 - _sum(parts, x.size), 0.0)
        if not self._has_lease:
            parts.append(Part(UNRULED, UNRULED, UNRULED, *Shares(*[left] * 5), lambda: self._free))
            return _adding_up(parts)
        held = []
        for area, shares in _taken(self._leases, x, y, left):
            lease, drawn = area.row, partial(area.moved, 0.0)
            held.append(Part(LEASED, lease.lease_id, "lease", *shares, drawn, *_names(lease)))
        left = np.maximum(left - _sum(held, x.size), 0.0)
        error = self._errors.max(initial=0.0)
        outside = moved_shares(self._outside, self._line, error, x, y, left)
        outside = outside._replace(share=settled(left))  # what nobody else has taken, to a bit
        nearest, away = self._nearest(x, y, outside.most > 0)
        watched, rest = outside.divided(self._in_ring(outside, away, x, y))
        everything = partial(self._outside, 0.0)
        rings = [
            Part(
                WATCH, row.lease_id, WATCH, *watched.only(nearest == i), lambda: self._ring,
                *_names(row), everything,
            )
            for i, row in enumerate(self._rows)
        ]  # fmt: skip
        rings = [part for part in rings if part.share.any() or part.touched.any()]
        far = Part(
            OUTSIDE_RULE, OUTSIDE_RULE, OUTSIDE_RULE, *rest, lambda: self._far,
            drawn_outside=everything,
        )  # fmt: skip
        return _adding_up([*parts, *held, *rings, far])

    def _moved_outside(self, k: float) -> shapely.Geometry:
        """Ground in no zone and no lease, with the leases' lines moved inward by k errors."""
        inward: Iterable[shapely.Geometry] = self._outlines
        if k:
            pairs = zip(self._outlines, self._errors, strict=True)
            inward = [offset(outline, -k * error, 8) for outline, error in pairs]
        return areas(shapely.difference(self._free, _union(inward)))

    @cached_property
    def _line(self) -> shapely.Geometry:
        """The leases' lines."""
        return shapely.geometrycollections(self._outlines)

    @cached_property
    def _ring(self) -> shapely.Geometry:
        """The watch ring of all leases together."""
        return self._ring_of(self._outlines)

    def _ring_of(self, outlines: Iterable[shapely.Geometry]) -> shapely.Geometry:
        if not self._ring_m > 0:
            return shapely.Polygon()
        ring = _union([offset(outline, self._ring_m, ARC) for outline in outlines])
        return areas(shapely.intersection(ring, self._outside(0.0)))

    @cached_property
    def _far(self) -> shapely.Geometry:
        """Ground outside leases, zones and the ring."""
        return shapely.difference(self._outside(0.0), self._ring)

    def _in_ring(
        self, outside: Shares, away: np.ndarray, x: np.ndarray, y: np.ndarray
    ) -> np.ndarray:
        """(n,) 0..1: which part of what lies outside the leases lies in their watch ring.

        The distance `away` (n,) [m] from the leases tells, but where the ring's outer edge may
        cross the pixel: only there is the ring drawn, around the leases near by. A pixel that as
        drawn lies in a lease or a zone, and only may be outside, counts to the ring, which borders
        on them, if there is any.
        """
        part = np.zeros(x.size)
        asked = outside.share > 0
        if not self._ring_m > 0 or not self._rows or not outside.most.any():
            return part
        edge = DIAGONAL + RING_ERROR * self._ring_m
        part[asked] = away[asked] < self._ring_m
        at = np.flatnonzero(asked & (np.abs(away - self._ring_m) < edge))
        if at.size:
            reach = self._ring_m + 5 * edge
            here = shapely.box(
                x[at].min() - reach, y[at].min() - reach, x[at].max() + reach, y[at].max() + reach
            )
            ring = self._ring_of(shapely.intersection(self._outlines, here))
            own = outside.share[at]
            part[at] = settled(np.minimum(coverage(ring, x[at], y[at]), own) / own)
        if not asked.all():
            any_ring = (
                part.any()
                or shapely.dwithin(self._outside(0.0), self._outlines, self._ring_m).any()
            )
            part[~asked] = any_ring
        return part

    def _nearest(
        self, x: np.ndarray, y: np.ndarray, wanted: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Row of the lease nearest to the pixel's centre, and how far it is [m].

        Distances that are equal to the centimetre are equal: then it is the lower id. -1 and
        infinite where it is not wanted, or there is no lease.
        """
        nearest, away = np.full(x.size, -1), np.full(x.size, np.inf)
        if not self._rows or not wanted.any():
            return nearest, away
        ids = np.array([row.lease_id for row in self._rows], object)
        order = np.argsort(ids, kind="stable")
        found = [area_distance(one, x[wanted], y[wanted]) for one in self._outlines[order]]
        nearest[wanted] = order[np.round(found, 2).argmin(axis=0)]
        away[wanted] = np.min(found, axis=0)
        return nearest, away


def _in_turn(
    law: gpd.GeoDataFrame, geolocation_m: float, within: shapely.Geometry | None
) -> Iterator[_Area]:
    """Every zone or lease with the area that is left to it by those before."""
    taken: shapely.Geometry = shapely.Polygon()
    for row in law.itertuples():
        error = line_error(row.accuracy_m, geolocation_m)
        yield _Area(row, error, cache(partial(_outward, row.geometry, error, taken, within)))
        taken = shapely.union(taken, row.geometry)


def _outward(
    outline: shapely.Geometry,
    error: float,
    minus: shapely.Geometry,
    within: shapely.Geometry | None,
    k: float,
) -> shapely.Geometry:
    """An area whose line is moved outward by k errors; the lines of others stay where they are."""
    moved = offset(outline, k * error) if k else outline
    moved = moved if within is None else shapely.intersection(moved, within)
    return areas(shapely.difference(moved, minus))


def _taken(
    law: Iterable[_Area], x: np.ndarray, y: np.ndarray, left: np.ndarray
) -> Iterator[tuple[_Area, Shares]]:
    """What each zone or lease takes of the pixels, of those that take anything."""
    for area in law:
        shares = moved_shares(area.moved, area.row.geometry, area.error, x, y, left)
        if shares.share.any():
            yield area, shares
            left = left - shares.share


def _union(geometries: Iterable[shapely.Geometry]) -> shapely.Geometry:
    return areas(shapely.union_all(list(geometries)))


def _sum(parts: Iterable[Part], n: int) -> np.ndarray:
    return sum((part.share for part in parts), np.zeros(n))


def _names(lease: tuple) -> tuple[str, str]:
    """Id and holder; tables made by hand may have no holder."""
    return lease.lease_id, str(getattr(lease, "holder", "") or "")  # type: ignore[attr-defined]


def _adding_up(parts: list[Part]) -> list[Part]:
    """Parts whose shares add up to one: overlays leave a square centimetre here and there."""
    total = _sum(parts, parts[0].share.size)
    even = [replace(part, share=part.share / total) for part in parts]
    return [replace(part, sure=np.minimum(part.sure, part.share)) for part in even]
