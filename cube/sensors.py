"""The sensors an item can be of: bands, scales, scene classes, and the offset an item declares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from cube.contract import SCALE, CubeError, Scene

FIRST_OFFSET_BASELINE = 4.0
"""Processing baseline from which Sentinel-2 L2A numbers carry +1000."""

OFFSET = -1000
"""Digital numbers to add to a product of baseline 04.00 or later."""


@dataclass(frozen=True)
class Band:
    """One band of a sensor as its files carry it: value = scale * number + offset.

    `names` are the other names catalogues give it, lower case; `metres` its pixel size [m].
    """

    names: tuple[str, ...]
    metres: float
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Sensor:
    """A sensor's name and its bands by common name."""

    name: str
    bands: dict[str, Band]

    def common_name(self, name: str) -> str | None:
        """The common name of what a catalogue calls `name`; None if the sensor has no such band."""
        wanted = name.lower()
        for common, band in self.bands.items():
            if wanted == common or wanted in band.names:
                return common
        return None


def _reflectance(metres: float, *names: str) -> Band:
    return Band(names, metres, SCALE)


SENTINEL2 = Sensor(
    "Sentinel-2 L2A",
    {
        "blue": _reflectance(10, "b02", "b2"),
        "green": _reflectance(10, "b03", "b3"),
        "red": _reflectance(10, "b04", "b4"),
        "nir": _reflectance(10, "b08", "b8"),
        "swir16": _reflectance(20, "b11"),
        "swir22": _reflectance(20, "b12"),
        "rededge071": _reflectance(20, "b05", "b5", "rededge1"),
        "rededge075": _reflectance(20, "b06", "b6", "rededge2"),
        "rededge078": _reflectance(20, "b07", "b7", "rededge3"),
        "nir08": _reflectance(20, "b8a"),
        "coastal": _reflectance(60, "b01", "b1"),
        "nir09": _reflectance(60, "b09", "b9"),
        "scl": Band((), 20),
    },
)
"""Source: ESA, Sentinel-2 Products Specification Document, S2-PDGS-TAS-DI-PSD."""


def _landsat(*names: str) -> Band:
    return Band(names, 30, 2.75e-5, -0.2)


LANDSAT = Sensor(
    "Landsat Collection 2 Level-2",
    {
        "coastal": _landsat(),
        "blue": _landsat(),
        "green": _landsat(),
        "red": _landsat(),
        "nir08": _landsat("nir"),
        "swir16": _landsat(),
        "swir22": _landsat(),
        "lwir11": Band(("lwir",), 30, 0.00341802, 149.0),
        "qa_pixel": Band(("qa_pixel.tif",), 30),
        "qa_radsat": Band(("qa_radsat.tif",), 30),
        "qa_aerosol": Band(("sr_qa_aerosol.tif",), 30),
    },
)
"""Source: USGS LSDS-1619, Landsat 8-9 Collection 2 Level-2 Science Product Guide, table 6-1.

Band numbers are left out on purpose: SR_B4 is red on Landsat 8 and near infrared on Landsat 5.
"""

SENTINEL1 = Sensor(
    "Sentinel-1 RTC",
    {
        "vv": Band(("gamma0_vv",), 20),
        "vh": Band(("gamma0_vh",), 20),
        "incidence": Band(("local_incident_angle",), 20, 0.01),
    },
)
"""Linear gamma-nought power; incidence in degrees. Source: sentinel-s1-rtc-indigo-docs."""


class SceneClass(IntEnum):
    """What the L2A scene classification (`scl`) calls a pixel."""

    NO_DATA = 0
    DEFECTIVE = 1
    DARK = 2
    CLOUD_SHADOW = 3
    VEGETATION = 4
    BARE = 5
    WATER = 6
    UNCLASSIFIED = 7
    CLOUD_MEDIUM = 8
    CLOUD_HIGH = 9
    CIRRUS = 10
    SNOW = 11


@dataclass(frozen=True)
class OffsetDeclaration:
    """What an item says of its offset.

    `offset` is the digital numbers to add (-1000 or 0: other items are refused), `because` the
    statement that decided, `contradiction` what else the item says against it ("" if nothing):
    where it is not empty, only the pixels can tell.
    """

    offset: int
    because: str
    contradiction: str = ""


def offset_declaration(
    baseline: float | None,
    offset_applied: bool | None,
    scale: float | None,
    offset: float | None,
) -> OffsetDeclaration:
    """The offset an item declares, by the most reliable of its statements.

    The flag "already applied" beats everything: Earth Search v1 sets it on items whose
    raster:bands still say -0.1. Then a stated raster offset, then the processing baseline.

    Source
    ------
    ESA, Sentinel-2 Products Specification Document 14.9: BOA_ADD_OFFSET since baseline 04.00.
    """
    carries = None if baseline is None else baseline >= FIRST_OFFSET_BASELINE
    by_baseline = f"processing baseline {baseline:05.2f}" if baseline is not None else "no baseline"
    if offset_applied:
        return OffsetDeclaration(0, "the item says its offset is already applied")
    if offset is not None:
        numbers = round(offset / (scale or SCALE))
        stated = f"raster offset {offset:g}"
        if numbers == 0 and carries:
            against = f"{stated}, but {by_baseline} carries {-OFFSET:+d}"
            if offset_applied is False:
                return OffsetDeclaration(OFFSET, f"{by_baseline}, offset not applied", against)
            return OffsetDeclaration(0, stated, against)
        if numbers != 0 and carries is False:
            against = f"{stated}, but {by_baseline} carries no offset"
            return OffsetDeclaration(numbers, stated, against)
        return OffsetDeclaration(numbers, stated)
    if carries is None:
        return OffsetDeclaration(0, "nothing", "the item states neither offset nor baseline")
    return OffsetDeclaration(OFFSET if carries else 0, by_baseline)


def declaration(scene: Scene, band: str) -> OffsetDeclaration:
    """What `scene` says of the offset of `band`, with the contradiction if there is one."""
    if band == "scl":
        return OffsetDeclaration(0, "scl is a class, not a measurement")
    asset = scene.assets.get(band)
    if asset is None:
        raise CubeError(
            f"Item {scene.item_id!r} has no asset for band {band!r}; it has "
            f"{', '.join(sorted(scene.assets))}."
        )
    return offset_declaration(scene.baseline, scene.offset_applied, asset.scale, asset.offset)
