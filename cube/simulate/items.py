"""STAC items of simulated scenes, as Earth Search v1 and the Planetary Computer write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyproj import Transformer
from shapely.geometry import Polygon, mapping
from shapely.ops import transform

from cube.contract import BANDS

DIALECTS = ("earth_search", "planetary_computer")

# common name: (Earth Search key, number, title, centre and width [um], pixel [m])
_BANDS: dict[str, tuple[str, str, str, float, float, int]] = {
    "blue": ("blue", "B02", "Blue", 0.49, 0.098, 10),
    "green": ("green", "B03", "Green", 0.56, 0.045, 10),
    "red": ("red", "B04", "Red", 0.665, 0.038, 10),
    "nir": ("nir", "B08", "NIR 1", 0.842, 0.145, 10),
    "swir16": ("swir16", "B11", "SWIR 1.6μm", 1.61, 0.143, 20),
    "swir22": ("swir22", "B12", "SWIR 2.2μm", 2.19, 0.242, 20),
    "rededge071": ("rededge1", "B05", "Red Edge 1", 0.704, 0.019, 20),
    "rededge075": ("rededge2", "B06", "Red Edge 2", 0.74, 0.018, 20),
    "rededge078": ("rededge3", "B07", "Red Edge 3", 0.783, 0.028, 20),
    "nir08": ("nir08", "B8A", "NIR 2", 0.865, 0.033, 20),
}
_COMMON = {"rededge071": "rededge", "rededge075": "rededge", "rededge078": "rededge"}


@dataclass(frozen=True)
class Product:
    """What one item is about.

    `acquired` datetime64[s]; `baseline` e.g. "04.00"; `sequence` counts reprocessings;
    `offset_in_pixels`: digital numbers carry +1000; `offset_applied`: Earth Search's flag that
    somebody took it out again; `outline` of valid pixels [m] in `epsg`; `bounds` of the grid [m];
    `piece`: names the piece of the tile that it shows where the archive holds several, else "".
    """

    tile: str
    epsg: int
    acquired: np.datetime64
    satellite: str
    orbit: int
    baseline: str
    sequence: int
    offset_applied: bool
    bounds: tuple[float, float, float, float]
    outline: Polygon
    scl_share: dict[int, float]
    piece: str = ""

    @property
    def name(self) -> str:
        """Product name, as ESA would give it, without `.SAFE`."""
        taken = _compact(self.acquired)
        made = _compact(self.acquired + np.timedelta64(3 + 400 * self.sequence, "h"))
        number = self.baseline.replace(".", "")
        tile = f"R{self.orbit:03d}_T{self.tile}"
        return f"S2{self.satellite}_MSIL2A_{taken}_N{number}_{tile}_{made}" + _behind(self.piece)


def item(product: Product, dialect: str, bands: tuple[str, ...]) -> dict:
    """One item as a dictionary; asset hrefs are relative to the folder of `items.json`."""
    earth_search = dialect == "earth_search"
    name = earth_search_id(product) if earth_search else product.name
    to_degrees = Transformer.from_crs(product.epsg, 4326, always_xy=True)
    footprint = transform(to_degrees.transform, product.outline)
    share = product.scl_share
    nodata = share.get(0, 0.0)
    seen = max(100.0 - nodata, 1e-9)

    def percent(*classes: int) -> float:
        return round(100.0 * sum(share.get(c, 0.0) for c in classes) / seen, 6)

    properties = {
        "datetime": f"{product.acquired}Z",
        "platform": f"sentinel-2{product.satellite.lower()}" if earth_search
        else f"Sentinel-2{product.satellite}",
        "constellation": "sentinel-2" if earth_search else "Sentinel 2",
        "instruments": ["msi"],
        "eo:cloud_cover": percent(8, 9, 10),
        "proj:epsg": product.epsg,
        "s2:processing_baseline": product.baseline,
        "s2:product_uri": f"{product.name}.SAFE",
        "s2:product_type": "S2MSI2A",
        "s2:nodata_pixel_percentage": round(nodata, 6),
        "s2:cloud_shadow_percentage": percent(3),
        "s2:vegetation_percentage": percent(4),
        "s2:not_vegetated_percentage": percent(5),
        "s2:water_percentage": percent(6),
        "s2:medium_proba_clouds_percentage": percent(8),
        "s2:high_proba_clouds_percentage": percent(9),
        "s2:thin_cirrus_percentage": percent(10),
    }  # fmt: skip
    if earth_search:
        properties |= {
            "mgrs:utm_zone": int(product.tile[:2]),
            "mgrs:latitude_band": product.tile[2],
            "mgrs:grid_square": product.tile[3:],
            "grid:code": f"MGRS-{product.tile}",
            "s2:sequence": str(product.sequence),
            "earthsearch:boa_offset_applied": product.offset_applied,
        }
    else:
        properties |= {
            "s2:mgrs_tile": product.tile,
            "sat:relative_orbit": product.orbit,
            "sat:orbit_state": "descending",
        }
    extensions = ["eo/v1.1.0", "projection/v1.1.0"]
    extensions += (
        ["raster/v1.1.0", "grid/v1.1.0", "mgrs/v1.0.0"] if earth_search else ["sat/v1.0.0"]
    )
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [
            f"https://stac-extensions.github.io/{extension}/schema.json" for extension in extensions
        ],
        "id": name,
        "collection": "sentinel-2-l2a",
        "bbox": [round(v, 7) for v in footprint.bounds],
        "geometry": _rounded(mapping(footprint)),
        "properties": properties,
        "links": [],
        "assets": {
            _key(band, earth_search): _asset(product, dialect, band) for band in (*bands, "scl")
        },
    }


def earth_search_id(product: Product) -> str:
    """e.g. `S2B_44QPJ_20210104_0_L2A`."""
    day = str(product.acquired.astype("datetime64[D]")).replace("-", "")
    plain = f"S2{product.satellite}_{product.tile}_{day}_{product.sequence}_L2A"
    return plain + _behind(product.piece)


def href(product: Product, dialect: str, band: str) -> str:
    """Path of a band's file, relative to the archive's folder."""
    if dialect == "earth_search":
        zone, letter, square = product.tile[:2], product.tile[2], product.tile[3:]
        year, month = str(product.acquired)[:4], int(str(product.acquired)[5:7])
        number = "SCL" if band == "scl" else _BANDS[band][1]
        folder = f"sentinel-2-l2a/{int(zone)}/{letter}/{square}/{year}/{month}"
        return f"{folder}/{earth_search_id(product)}/{number}.tif"
    pixel = 20 if band == "scl" else _BANDS[band][5]
    number = "SCL" if band == "scl" else _BANDS[band][1]
    taken = _compact(product.acquired)
    return (
        f"sentinel2-l2/{product.name}.SAFE/IMG_DATA/R{pixel}m/"
        f"T{product.tile}_{taken}_{number}_{pixel}m.tif"
    )


def _key(band: str, earth_search: bool) -> str:
    if earth_search:
        return "scl" if band == "scl" else _BANDS[band][0]
    return "SCL" if band == "scl" else _BANDS[band][1]


def _asset(product: Product, dialect: str, band: str) -> dict:
    earth_search = dialect == "earth_search"
    pixel = 20 if band == "scl" else _BANDS[band][5]
    left, bottom, right, top = product.bounds
    asset: dict = {
        "href": href(product, dialect, band),
        "type": "image/tiff; application=geotiff; profile=cloud-optimized",
        "proj:shape": [int((top - bottom) // pixel), int((right - left) // pixel)],
        "proj:transform": [pixel, 0, left, 0, -pixel, top],
        "roles": ["data"],
    }
    if band == "scl":
        asset["title"] = "Scene classification map (SCL)"
        if earth_search:
            asset["raster:bands"] = [{"nodata": 0, "data_type": "uint8", "spatial_resolution": 20}]
        return asset
    key, number, title, centre, width, _ = _BANDS[band]
    short = f"{title} (band {number[1:].lstrip('0').lower()})"
    asset["gsd"] = pixel
    asset["title"] = f"{short} - {pixel}m" if earth_search else f"Band {number[1:]} - {title}"
    asset["eo:bands"] = [
        {
            "name": key if earth_search else number,
            "common_name": _COMMON.get(band, band),
            "description": short,
            "center_wavelength": centre,
            "full_width_half_max": width,
        }
    ]
    if earth_search:
        asset["roles"] = ["data", "reflectance"]
        # as the real catalogue has it: -0.1 for every new baseline, even where the flag says
        # that the numbers no longer carry it
        asset["raster:bands"] = [
            {
                "nodata": 0,
                "data_type": "uint16",
                "bits_per_sample": 15,
                "spatial_resolution": pixel,
                "scale": 0.0001,
                "offset": -0.1 if carries_offset(product.baseline) else 0,
            }
        ]
    else:
        asset["proj:bbox"] = list(product.bounds)
    return asset


def carries_offset(baseline: str) -> bool:
    """Whether ESA's digital numbers of a processing baseline carry +1000."""
    return float(baseline) >= 4.0


def _compact(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[s]")).replace("-", "").replace(":", "")


def _behind(piece: str) -> str:
    return f"_{piece}" if piece else ""


def _rounded(geometry: dict) -> dict:
    def walk(value):
        if isinstance(value, tuple | list):
            return [walk(v) for v in value]
        return round(float(value), 7)

    return {"type": geometry["type"], "coordinates": walk(geometry["coordinates"])}


if set(_BANDS) != set(BANDS):
    raise AssertionError("every band of cube.contract.BANDS needs an asset")
