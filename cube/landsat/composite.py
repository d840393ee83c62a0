"""The scenes of a year in, the median of each pixel's clear looks at a tile out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import shapely
from rasterio.features import geometry_mask

from cube.contract import CORE_BANDS, CubeError, Quality, Scene
from cube.footprint import footprint
from cube.landsat.clarity import ClaritySettings, look_quality
from cube.landsat.contract import LANDSAT_BANDS, AnnualComposite, Tile
from cube.landsat.grid import tile_bbox
from cube.landsat.reading import SceneReader
from cube.polygons import projected
from cube.slots import clear_median
from cube.sources.duplicates import SAME_PASS, newest
from cube.sources.reading import ReadFailure
from cube.sources.source import touches


@dataclass(frozen=True)
class AnnualSettings:
    """How a year becomes one image.

    scenes : at most this many scenes of a tile are read, the least cloudy ones of each path and
        row. Two satellites give 46 a year, twice that where paths overlap; each holds 3.7 MB
        while the median is taken.
    threads : scenes read at once; remote reads wait for the network, not the core.
    clarity : what counts as a clear look.
    """

    scenes: int = 60
    threads: int = 8
    clarity: ClaritySettings = field(default_factory=ClaritySettings)

    def __post_init__(self) -> None:
        if not 1 <= self.scenes <= 255:
            raise CubeError(f"scenes is {self.scenes}: expected 1 to 255 of a tile and year.")
        if self.threads < 1:
            raise CubeError(f"threads is {self.threads}: expected 1 or more.")


def annual_composite(
    scenes: Sequence[Scene],
    tile: Tile,
    reader: SceneReader | None = None,
    settings: AnnualSettings | None = None,
) -> AnnualComposite | None:
    """The median of every pixel's clear looks.

    Of reprocessed duplicates the newest counts; two scenes of one pass that overlap are one look.
    A scene that cannot be read costs itself: where nothing else was clear, quality says so.

    Parameters
    ----------
    scenes : Scene
        Of one year, wherever they lie.
    tile : Tile
    reader : SceneReader
    settings : AnnualSettings

    Returns
    -------
    AnnualComposite or None
        None where no scene reaches the tile.

    Raises
    ------
    CubeError
        If scenes reach the tile and none of them can be read.
    """
    settings, reader = settings or AnnualSettings(), reader or SceneReader()
    around, box = tile_bbox(tile), shapely.box(*tile.bounds)
    near = newest(scene for scene in scenes if touches(scene, around))
    ground = {scene.item_id: projected(footprint(scene), tile.epsg) for scene in near}
    near = [scene for scene in near if shapely.intersects(ground[scene.item_id], box)]
    wanted = _clearest(near, settings.scenes)
    if not wanted:
        return None
    measured, quality, gave, failures = _read(wanted, tile, reader, settings)
    if len(failures) == len(wanted):
        raise CubeError(
            f"None of the {len(failures)} scenes of {tile.tile_id} can be read: "
            f"{failures[0].item_id}: {failures[0].reason}"
        )
    size = tile.size
    median = np.zeros((len(LANDSAT_BANDS), size, size), np.uint16)
    clear_median(measured, quality, median)
    count = (quality == Quality.CLEAR).sum(axis=0).astype(np.uint8)
    worth = np.full((size, size), Quality.OUTSIDE_SWATH, np.uint8)
    worth[(quality == Quality.CLOUD).any(axis=0)] = Quality.CLOUD
    for lost in failures:
        worth[(count == 0) & _covered(ground[lost.item_id], tile)] = Quality.READ_FAILED
    worth[count > 0] = Quality.CLEAR
    return AnnualComposite(
        reflectance=median[: len(CORE_BANDS)],
        temperature=median[len(CORE_BANDS)],
        looks=count,
        quality=worth,
        source_items=_sources(wanted, gave, failures),
        failed_reads=len(failures),
        scenes=len(wanted) - len(failures),
    )


def _look(
    scene: Scene, tile: Tile, reader: SceneReader, settings: AnnualSettings
) -> tuple[np.ndarray, np.ndarray] | ReadFailure:
    """(band, y, x) measurements and (y, x) quality of a scene; hidden ones are not read."""
    qa_pixel = reader.qa_pixel(scene, tile)
    if isinstance(qa_pixel, ReadFailure):
        return qa_pixel
    quality = look_quality(qa_pixel, settings.clarity)
    if not (quality == Quality.CLEAR).any():
        return np.zeros((0, tile.size, tile.size), np.uint16), quality
    measured = reader.measured(scene, tile)
    if isinstance(measured, ReadFailure):
        return measured
    dark = ~measured[: len(CORE_BANDS)].any(axis=0)
    quality[dark & (quality == Quality.CLEAR)] = Quality.OUTSIDE_SWATH
    return measured, quality


def _read(
    scenes: Sequence[Scene], tile: Tile, reader: SceneReader, settings: AnnualSettings
) -> tuple[np.ndarray, np.ndarray, list[int], list[ReadFailure]]:
    """Scenes read; those of one overflight are laid over each other, the first on top.

    Returns measured (pass, band, y, x), 0 where not clear; quality (pass, y, x); the clear pixels
    that each scene gave; and the failures.
    """
    places = _passes(scenes)
    shape = max(places) + 1, tile.size, tile.size
    quality = np.full(shape, Quality.OUTSIDE_SWATH, np.uint8)
    measured = np.zeros((shape[0], len(LANDSAT_BANDS), *shape[1:]), np.uint16)
    gave: list[int] = []
    failures: list[ReadFailure] = []
    with ThreadPoolExecutor(settings.threads) as threads:
        told = threads.map(lambda scene: _look(scene, tile, reader, settings), scenes)
        for place, look in zip(places, told, strict=True):  # each is let go when it is laid
            if isinstance(look, ReadFailure):
                failures.append(look)
                gave.append(0)
                continue
            numbers, worth = look
            new = (quality[place] == Quality.OUTSIDE_SWATH) & (worth != Quality.OUTSIDE_SWATH)
            np.copyto(quality[place], worth, where=new)
            new &= worth == Quality.CLEAR
            if len(numbers):
                np.copyto(measured[place], numbers, where=new)
            gave.append(int(new.sum()))
    return measured, quality, gave, failures


def _passes(scenes: Sequence[Scene]) -> list[int]:
    """The number of each scene's overflight: one platform, minutes apart."""
    last: dict[str, tuple[np.datetime64, int]] = {}
    places: list[int] = []
    for scene in scenes:
        when, place = last.get(scene.platform, (None, -1))
        if when is None or scene.acquired - when > SAME_PASS:
            place = max(places, default=-1) + 1
        last[scene.platform] = scene.acquired, place
        places.append(place)
    return places


def _clearest(scenes: Sequence[Scene], most: int) -> list[Scene]:
    """At most so many scenes: the least cloudy of every path and row first, then their seconds."""
    ranked, seen = [], Counter[str | None]()
    for scene in sorted(scenes, key=lambda s: (s.cloud_cover or 0.0, s.acquired, s.item_id)):
        ranked.append((seen[scene.tile], scene.cloud_cover or 0.0, scene.item_id, scene))
        seen[scene.tile] += 1
    taken = [scene for *_, scene in sorted(ranked, key=lambda entry: entry[:3])[:most]]
    return sorted(taken, key=lambda s: (s.acquired, s.item_id))


def _covered(ground: shapely.Geometry, tile: Tile) -> np.ndarray:
    """(y, x) bool, True where a polygon in the tile's metres touches the pixel."""
    shape = (tile.size, tile.size)
    return geometry_mask([ground], shape, tile.transform, all_touched=True, invert=True)


def _sources(
    scenes: Sequence[Scene], pixels: Sequence[int], failures: Sequence[ReadFailure]
) -> str:
    """Compact JSON: the scenes that gave pixels, by acquisition, then those not read."""
    used = [
        {
            "id": scene.item_id,
            "acquired": str(scene.acquired),
            "platform": scene.platform,
            "href": scene.assets["red"].href.split("?")[0],
            "pixels": count,
        }
        for scene, count in zip(scenes, pixels, strict=True)
        if count
    ]
    lost = [{"id": lost.item_id, "error": lost.reason} for lost in failures]
    return json.dumps([*used, *lost], separators=(",", ":"))
