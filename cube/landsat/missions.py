"""The Landsat missions: each one's own band names, scales, and bits of saturation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cube.contract import CORE_BANDS, CubeError
from cube.landsat.contract import THERMAL
from cube.sensors import Band, Sensor
from cube.sources.assets import item_id

REFLECTANCE_SCALE, REFLECTANCE_OFFSET = 2.75e-5, -0.2
KELVIN_PER_NUMBER, KELVIN_OFFSET = 0.00341802, 149.0
QA_BANDS = ("qa_pixel", "qa_radsat")


@dataclass(frozen=True)
class Mission:
    """One mission's instrument.

    saturation : bits of QA_RADSAT that mark each band as saturated; without an entry the
        instrument's product does not say.
    """

    sensor: Sensor
    saturation: dict[str, int]


def _mission(
    name: str, instruments: tuple[str, ...], numbers: dict[str, int], thermal: int, hot: int
) -> Mission:
    """`numbers`: reflective band by band number; `thermal`: number of the surface temperature's
    band; `hot`: QA_RADSAT bits that mark it as saturated, 0 where there are none."""

    def names(band: str, number: int) -> Iterator[str]:
        kind = "st" if band == THERMAL else "sr"
        yield from (f"{kind}_b{number}", f"{kind}_b{number}.tif", f"b{number}")
        yield from (f"{instrument}_b{number}" for instrument in instruments)
        yield from {"nir": ("nir08",), THERMAL: ("lwir11", "lwir")}.get(band, ())

    bands = {
        band: Band(tuple(names(band, numbers[band])), 30, REFLECTANCE_SCALE, REFLECTANCE_OFFSET)
        for band in CORE_BANDS
    }
    bands[THERMAL] = Band(tuple(names(THERMAL, thermal)), 30, KELVIN_PER_NUMBER, KELVIN_OFFSET)
    bands |= {name: Band((f"{name}.tif",), 30) for name in QA_BANDS}
    bits = {band: 1 << (number - 1) for band, number in numbers.items()}
    return Mission(Sensor(name, bands), bits | ({THERMAL: hot} if hot else {}))


_TM = {"blue": 1, "green": 2, "red": 3, "nir": 4, "swir16": 5, "swir22": 7}
_OLI = {"blue": 2, "green": 3, "red": 4, "nir": 5, "swir16": 6, "swir22": 7}

MISSIONS = {
    "landsat-4": _mission("Landsat 4 TM", ("tm",), _TM, 6, 1 << 5),
    "landsat-5": _mission("Landsat 5 TM", ("tm",), _TM, 6, 1 << 5),
    # band 6 is recorded at low and at high gain; the product says not which it took
    "landsat-7": _mission("Landsat 7 ETM+", ("etm", "etm+"), _TM, 6, 1 << 5 | 1 << 8),
    "landsat-8": _mission("Landsat 8 OLI/TIRS", ("oli", "tirs"), _OLI, 10, 0),
    "landsat-9": _mission("Landsat 9 OLI-2/TIRS-2", ("oli", "tirs"), _OLI, 10, 0),
}
"""By platform, as STAC names it.

Source: USGS LSDS-1618 and LSDS-1619, Landsat 4-7 and 8-9 Collection 2 Level 2 Science Product
Guides: tables of band names, of scale and offset, of QA_RADSAT.
"""


def platform_of(item: dict[str, Any]) -> str:
    """The key in MISSIONS of an item's platform, from its properties or its product's name.

    Raises
    ------
    CubeError
        If it is of no Landsat from 4 to 9.
    """
    properties = item.get("properties") or {}
    for said in (properties.get("platform"), properties.get("eo:platform")):
        found = re.fullmatch(r"landsat[-_ ]?0?([1-9])", str(said or "").strip().lower())
        if found and f"landsat-{found[1]}" in MISSIONS:
            return f"landsat-{found[1]}"
    found = re.match(r"L[CETO]0([4-9])_", item_id(item))
    if found and f"landsat-{found[1]}" in MISSIONS:
        return f"landsat-{found[1]}"
    said = properties.get("platform") or "no platform that it names"
    raise CubeError(f"Item {item_id(item)!r} is of {said}: expected one of {', '.join(MISSIONS)}.")
