"""One STAC item of Landsat Collection 2 Level 2 in, its scene out; and which scenes are wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isclose
from typing import Any, Literal

from cube.contract import CORE_BANDS, Asset, CubeError, Scene
from cube.landsat.missions import MISSIONS, Mission, platform_of
from cube.sources.assets import absolute, assets_of, item_id, number
from cube.sources.item import acquired_of, extent_of, properties_of
from cube.sources.source import SourceSettings

NEEDED = (*CORE_BANDS, "qa_pixel")
"""Without these an item is refused. Scenes processed without surface temperature (L2SR) stay."""


@dataclass(frozen=True)
class LandsatSettings(SourceSettings):
    """How a catalogue is asked for Landsat, and which scenes are taken.

    collection : the default is what Planetary Computer and Earth Search v1 call it.
    max_cloud_cover : per cent of the whole scene; cloudier ones hardly add to a year's median.
    tiers : T1 alone has the geometry (12 m) that a series needs; T2 where there is no T1.
    missions : platforms that count. Landsat 7 has gaps since June 2003, which come as fill.
    alternate : of an asset that offers several addresses, the one by this name, "s3" say: the
        objects of Earth Search are free only there (AWS_REQUEST_PAYER=requester). "": the first.
    """

    collection: str = "landsat-c2-l2"
    max_cloud_cover: float = 80.0
    tiers: tuple[Literal["T1", "T2"], ...] = ("T1",)
    missions: tuple[str, ...] = tuple(MISSIONS)
    alternate: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.tiers or not set(self.tiers) <= {"T1", "T2"}:
            raise CubeError(f"tiers are {self.tiers}: expected T1, T2 or both.")
        unknown = set(self.missions) - set(MISSIONS)
        if unknown or not self.missions:
            raise CubeError(
                f"missions are {', '.join(self.missions) or 'none'}: expected some of "
                f"{', '.join(MISSIONS)}."
            )

    def scene_of(self, item: dict[str, Any], href: str) -> Scene:
        """See `SourceSettings.scene_of`."""
        return landsat_scene(item, href, self)


def landsat_scene(
    item: dict[str, Any], base_href: str = "", settings: LandsatSettings | None = None
) -> Scene:
    """The scene an item describes, its assets under our band names (`LANDSAT_BANDS`, QA).

    Parameters
    ----------
    item : dict
        STAC item of Planetary Computer, Earth Search, USGS or stactools.
    base_href : str
        Path or URL of the document it was read from.
    settings : LandsatSettings

    Raises
    ------
    CubeError
        If it is of another sensor, collection, level, tier or mission than asked for, lacks a
        band, or states another scale than Collection 2 has.
    """
    settings = settings or LandsatSettings()
    properties, name = properties_of(item), item_id(item)
    platform = platform_of(item)
    if platform not in settings.missions:
        raise CubeError(f"Item {name!r} is of {platform}, which was not asked for.")
    _require_level_2(name, properties)
    tier = str(properties.get("landsat:collection_category") or name.rsplit("_", 1)[-1])
    if tier not in settings.tiers:
        raise CubeError(
            f"Item {name!r} is of tier {tier}: {' and '.join(settings.tiers)} asked for."
        )
    mission = MISSIONS[platform]
    assets = assets_of(_readdressed(item, settings.alternate), mission.sensor, base_href)
    for band in NEEDED:
        if band not in assets:
            known = ", ".join(alias.upper() for alias in mission.sensor.bands[band].names)
            raise CubeError(f"Item {name!r} lacks {band}: no asset is called {band}, {known}.")
    _require_known_scales(name, assets, mission)
    bbox, footprint = extent_of(item)
    return Scene(
        item_id=name,
        collection=str(item.get("collection") or ""),
        acquired=acquired_of(item),
        platform=platform,
        tile=_path_row(properties, name),
        epsg=next((a.epsg for a in assets.values() if a.epsg is not None), None),
        baseline=None,
        offset_applied=None,
        cloud_cover=number(properties.get("eo:cloud_cover")),
        bbox=bbox,
        footprint=footprint,
        assets=assets,
    )


def _require_level_2(name: str, properties: dict[str, Any]) -> None:
    """Level 1 is radiance, Collection 1 has other scales: neither may pass for reflectance."""
    number_said = str(properties.get("landsat:collection_number") or "")
    by_name = re.match(r"L[CETO]\d{2}_(L\d[A-Z]{2})_\d{6}_\d{8}_(?:\d{8}_)?(\d{2})_", name)
    collection = number_said or (by_name[2] if by_name else "02")
    if int(number(collection) or 0) != 2:
        raise CubeError(f"Item {name!r} is of Landsat Collection {collection}: expected 02.")
    level = str(properties.get("landsat:correction") or (by_name[1] if by_name else ""))
    if level and not level.startswith("L2"):
        raise CubeError(
            f"Item {name!r} is of level {level}: expected L2SP or L2SR, surface reflectance."
        )


def _require_known_scales(name: str, assets: dict[str, Asset], mission: Mission) -> None:
    """Refuse numbers that are not Collection 2's. Scale 1 is what tools write: it says nothing."""
    for band, asset in assets.items():
        known = mission.sensor.bands[band]
        for word, said, expected, nothing in (
            ("scale", asset.scale, known.scale, 1.0),
            ("offset", asset.offset, known.offset, 0.0),
        ):
            if said not in (None, nothing) and not isclose(said, expected, rel_tol=1e-4):
                raise CubeError(
                    f"Item {name!r} states {word} {said:g} for {band}: expected {expected:g}."
                )


def _readdressed(item: dict[str, Any], alternate: str) -> dict[str, Any]:
    """The item with every asset at its address of that name, where it has one."""
    if not alternate:
        return item
    assets = {}
    for key, asset in item["assets"].items():
        other = (asset.get("alternate") or {}).get(alternate) if isinstance(asset, dict) else None
        href = other.get("href") if isinstance(other, dict) else None
        assets[key] = {**asset, "href": absolute(href, "")} if href else asset
    return {**item, "assets": assets}


def _path_row(properties: dict[str, Any], name: str) -> str | None:
    """WRS-2 path and row as six digits: scenes of one place."""
    path, row = (number(properties.get(f"landsat:wrs_{part}")) for part in ("path", "row"))
    if path and row:
        return f"{int(path):03d}{int(row):03d}"
    found = re.match(r"L[CETO]\d{2}_L2[A-Z]{2}_(\d{6})_", name)
    return found[1] if found else None
