"""One window of either sensor as a grid on the ground: where its pixels were measured."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from affine import Affine
from shapely.geometry.base import BaseGeometry

from analysis.projection import LONLAT, transformer
from cube.polygons import sound_polygon


@dataclass(frozen=True)
class GroundGrid:
    """`size` x `size` pixels of `pixel_m` metres; `left`, `top` [m] is the outer corner."""

    epsg: int
    left: float
    top: float
    pixel_m: float
    size: int

    @property
    def transform(self) -> Affine:
        return Affine(self.pixel_m, 0.0, self.left, 0.0, -self.pixel_m, self.top)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Outer edges (left, bottom, right, top) [m]."""
        side = self.pixel_m * self.size
        return self.left, self.top - side, self.left + side, self.top

    def square(self, row: int, column: int, side: int) -> BaseGeometry:
        """The outline of `side` x `side` pixels from a row and column, in the grid's metres."""
        left, top = self.left + column * self.pixel_m, self.top - row * self.pixel_m
        reach = side * self.pixel_m
        return shapely.box(left, top - reach, left + reach, top)

    def in_degrees(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape of the grid's metres in EPSG:4326; in two parts across the antimeridian."""
        turn = transformer(self.epsg, LONLAT).transform
        turned = shapely.transform(shape, turn, interleaved=False)
        west, _, east, _ = turned.bounds
        return turned if east - west <= 180 else sound_polygon(turned)[0]

    @property
    def outline(self) -> BaseGeometry:
        """The grid's own outline, in EPSG:4326."""
        return self.in_degrees(self.square(0, 0, self.size))
