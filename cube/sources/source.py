"""What every source of scenes is asked and answers: settings, the search, its result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from shapely.errors import ShapelyError
from shapely.geometry import box, shape

from cube.contract import CubeError, Scene
from cube.sensors import SENTINEL2
from cube.sources.assets import item_id
from cube.sources.item import scene

Bbox = tuple[float, float, float, float]

MALFORMED = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What an item raises in which a list, a number or an object stands where STAC has another."""


@dataclass(frozen=True)
class SourceSettings:
    """How a catalogue is asked, and which of its items are taken.

    collection : asked of an API, preferred in a static catalog, ignored in a file of items.
        Earth Search v1 and Planetary Computer both use the default; "" takes any.
    max_cloud_cover : per cent of the whole tile. 100 takes all: the mine may be clear
        where the tile is not.
    needed : bands without which an item is refused.
    timeout_s : seconds to wait for an answer; public catalogues need up to 20.
    retries : further attempts after 429, 500, 502-504, a time-out or a broken connection.
    backoff_s : seconds before the second retry, doubled each time; Retry-After is obeyed.
    page_size : items per page; public catalogues allow 100 to 1000.
    """

    collection: str = "sentinel-2-l2a"
    max_cloud_cover: float = 100.0
    needed: tuple[str, ...] = ()
    timeout_s: float = 60.0
    retries: int = 5
    backoff_s: float = 1.0
    page_size: int = 100

    def __post_init__(self) -> None:
        if not 0 <= self.max_cloud_cover <= 100:
            raise CubeError(
                f"max_cloud_cover is {self.max_cloud_cover}: expected 0 to 100 per cent."
            )
        for name in ("timeout_s", "page_size"):
            if not getattr(self, name) > 0:
                raise CubeError(f"{name} is {getattr(self, name)}: expected more than 0.")
        for name in ("retries", "backoff_s"):
            if getattr(self, name) < 0:
                raise CubeError(f"{name} is {getattr(self, name)}: expected 0 or more.")
        unknown = set(self.needed) - set(SENTINEL2.bands)
        if unknown:
            raise CubeError(
                f"needed names {', '.join(sorted(unknown))}: expected some of "
                f"{', '.join(SENTINEL2.bands)}."
            )

    def scene_of(self, item: dict[str, Any], href: str) -> Scene:
        """The scene an item describes; sources of another sensor have settings of their own."""
        return scene(item, href, self.needed)


@dataclass(frozen=True)
class SearchResult:
    """Scenes by acquisition, and the items that could not be taken, as (item id, reason)."""

    scenes: tuple[Scene, ...]
    refused: tuple[tuple[str, str], ...] = ()


class Source(Protocol):
    """Anything that can be searched for scenes. It pickles."""

    @property
    def description(self) -> str:
        """One line for people: what kind of source, where."""
        ...

    def search(self, bbox: Bbox, start: np.datetime64, end: np.datetime64) -> SearchResult:
        """Scenes that touch `bbox` (EPSG:4326), acquired from day `start` to day `end` inclusive.

        Raises
        ------
        CubeError
            If the catalogue cannot be read, or the period is reversed.
        """
        ...


def parsed(items: Iterable[tuple[dict[str, Any], str]], settings: SourceSettings) -> SearchResult:
    """Every item, with the href it was read from, as a scene or as a refusal; by acquisition.

    Items of other collections are held to what they are, not to their collection's name.
    """
    scenes: dict[str, Scene] = {}
    refused: dict[str, str] = {}
    for item, href in items:
        try:
            one = settings.scene_of(item, href)
            scenes[one.item_id] = one
        except CubeError as error:
            refused[item_id(item)] = str(error)
        except MALFORMED as error:
            name = item_id(item)
            refused[name] = f"Item {name!r} is malformed: {type(error).__name__}: {error}."
    ordered = sorted(scenes.values(), key=lambda s: (s.acquired, s.item_id))
    return SearchResult(tuple(ordered), tuple(sorted(refused.items())))


def matching(
    found: SearchResult,
    bbox: Bbox,
    start: np.datetime64,
    end: np.datetime64,
    settings: SourceSettings,
) -> SearchResult:
    """Those scenes of `found` that answer a search; all refusals, wherever they lie."""
    first, last = period(start, end)
    after = last + np.timedelta64(1, "D")
    scenes = tuple(
        one
        for one in found.scenes
        if first <= one.acquired < after
        and (one.cloud_cover or 0.0) <= settings.max_cloud_cover
        and touches(one, bbox)
    )
    return SearchResult(scenes, found.refused)


def period(start: np.datetime64, end: np.datetime64) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of a search; CubeError if reversed or missing."""
    first, last = start.astype("datetime64[D]"), end.astype("datetime64[D]")
    if np.isnat(first) or np.isnat(last) or last < first:
        raise CubeError(f"The period runs from {first} to {last}: expected the start first.")
    return first, last


def touches(one: Scene, bbox: Bbox) -> bool:
    """Whether a scene's footprint touches a box in EPSG:4326; across the antimeridian its bbox."""
    west, south, east, north = one.bbox
    if bbox[1] > north or bbox[3] < south or not _meet((west, east), (bbox[0], bbox[2])):
        return False
    if not west <= east <= min(180.0, west + 180.0) or bbox[0] > bbox[2]:
        return True
    try:
        return bool(shape(one.footprint).intersects(box(*bbox)))
    except (ShapelyError, ValueError, KeyError, TypeError, AttributeError):
        return True


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two spans of longitude, each from west to east, share any."""
    width, other_width = (east - west + 360.0 * (east < west) for west, east in (one, other))
    return (other[0] - one[0]) % 360.0 <= width or (one[0] - other[0]) % 360.0 <= other_width
