"""A mine's history in, no-go zones for demonstrations out: its greenest ground and its waters.

Nobody declared these zones. They show what enforcement would look like where no zone is known,
and whatever names one says so: by the id, which begins with SYNTHETIC_PREFIX, and by the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import ndimage

from analysis.coverage import areas
from analysis.history_means import HistoryMeans, joined_means
from analysis.mosaic import PIXEL_HA
from analysis.outlines import outline
from analysis.projection import LONLAT, projected
from cube.contract import PIXEL_M, CubeError, Window

SYNTHETIC_PREFIX = "synthetic-"
"""How the id of every such zone begins, and of no other."""

SYNTHETIC_SOURCE = "synthetic (minecube, demonstration only)"

SYNTHETIC_NOTE = "the zone is synthetic, for demonstration only: nobody declared it"
"""What the reason of every alert in one says."""

LONGEST_EDGE_M = 500.0
"""Edges are cut this short before they are projected: a straight one bends by millimetres."""

COLUMNS = ("zone_id", "zone_type", "valid_from", "valid_to", "source", "accuracy_m", "repaired",
           "geometry")  # fmt: skip


@dataclass(frozen=True)
class SyntheticRule:
    """What passes for a forest and for water.

    share : float [1]
        Ground that is ranked highest or lowest: a tenth.
    buffer_m : float [m]
        Zones reach so far beyond it.
    least_core_ha : float [ha]
        Patches below are left out: India counts as forest what covers a hectare or more.
    min_looks : int
        Clear looks a mean needs, as the detector's baseline does.
    least_ndvi : float [1]
        The greenest tenth of bare land is no forest.
    least_mndwi : float [1]
        Water is brighter in green than in the infrared; coal, ash and shadow, as dark, are not.
    open_ndvi : float [1]
        Ground this bare all through the history is open already, and in no zone.

    Source
    ------
    Tenths and buffer are a convention for demonstrations; no statute knows them. The hectare:
    Forest Survey of India, India State of Forest Report. MNDWI above 0: Xu 2006,
    doi:10.1080/01431160600589179. The bounds of NDVI are ours.
    """

    share: float = 0.1
    buffer_m: float = 50.0
    least_core_ha: float = 1.0
    min_looks: int = 6
    least_ndvi: float = 0.3
    least_mndwi: float = 0.0
    open_ndvi: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise CubeError(f"share is {self.share}, expected a share between 0 and 1.")
        if not (0 <= self.buffer_m <= 1000 and self.least_core_ha >= 0 and self.min_looks >= 1):
            raise CubeError(
                f"buffer_m {self.buffer_m}, least_core_ha {self.least_core_ha} and min_looks "
                f"{self.min_looks} must be 0 to 1000 m, 0 or more, and 1 or more."
            )


def is_synthetic(zone_id: str) -> bool:
    """Whether a zone was made here and declared by nobody."""
    return zone_id.startswith(SYNTHETIC_PREFIX)


def zone_words(zone_type: str, zone_id: str) -> str:
    """The kind of a zone, or of what a rule without zones calls one, for people to read.

    `protected area`, `synthetic forest`, `outside lease`.
    """
    return f"{'synthetic ' * is_synthetic(zone_id)}{zone_type.replace('_', ' ')}"


def synthetic_masks(means: HistoryMeans, rule: SyntheticRule) -> dict[str, np.ndarray]:
    """Ground of each kind of zone, (y, x) bool by zone type; none in two, water first.

    Water is in the lowest tenth of NIR and, at once, of SWIR1, with an MNDWI above the least:
    either band alone is low over coal and shadow too. Forest is in the highest tenth of NDVI. A
    field where all is alike has no tenth that stands out, and no zone.
    """
    known = means.looks >= rule.min_looks
    if not known.any():
        return {kind: np.zeros(known.shape, bool) for kind in ("water", "forest")}
    with np.errstate(invalid="ignore"):  # NaN is neither high nor low
        wet = known & (means.mndwi > rule.least_mndwi)
        dark = [
            plane < np.quantile(plane[known], rule.share) for plane in (means.nir, means.swir16)
        ]
        high = means.ndvi > np.quantile(means.ndvi[known], 1 - rule.share)
        green = known & high & (means.ndvi >= rule.least_ndvi) & ~wet
        bare = known & (means.ndvi < rule.open_ndvi) & ~wet
    water = _zone(wet & dark[0] & dark[1], bare, rule)
    return {"water": water, "forest": _zone(green, bare | water, rule)}


def synthetic_zones(
    windows: Sequence[Window],
    means: Sequence[HistoryMeans],
    valid_from: np.datetime64,
    rule: SyntheticRule | None = None,
) -> gpd.GeoDataFrame:
    """Synthetic zones of one mine, ranked over all ground that its windows see.

    They may lie within the mine's outline: that is where such zones are customarily drawn, and
    outside it there is little digging to hold against them. They never lie on ground that was
    open all through the history, and hold from its end on: what was opened before breaks no law.

    Parameters
    ----------
    windows : the windows of one mine
    means : HistoryMeans of each, of slots before monitoring only
    valid_from : datetime64
        First day after the history.

    Returns
    -------
    GeoDataFrame in EPSG:4326, water first, each kind from the upper left
        The columns of `cube.law.read_zones`. Edges follow the pixels', not simplified; accuracy
        is that pixel.
    """
    rule = rule or SyntheticRule()
    whole, plane = joined_means(windows, means)
    rows: list[dict] = []
    shapes: list[shapely.Geometry] = []
    for kind, mask in synthetic_masks(plane, rule).items():
        found = zone_polygons(mask, whole)
        shapes += found
        rows += [
            {"zone_id": f"{SYNTHETIC_PREFIX}{kind}-{whole.mine_id}-{n}", "zone_type": kind}
            for n in range(1, len(found) + 1)
        ]
    table = pd.DataFrame(rows, columns=["zone_id", "zone_type"]).astype("str")
    dates = {"valid_from": valid_from, "valid_to": np.datetime64("NaT")}
    for name, day in dates.items():
        table[name] = np.full(len(rows), day, "datetime64[s]")
    table = table.assign(source=SYNTHETIC_SOURCE, accuracy_m=PIXEL_M, repaired="")
    cut = shapely.segmentize(np.array(shapes, object), LONGEST_EDGE_M)
    outlines = gpd.GeoSeries(list(projected(cut, whole.epsg, LONLAT)), crs=LONLAT)
    return gpd.GeoDataFrame(table, geometry=outlines)


def zone_polygons(mask: np.ndarray, window: Window) -> list[shapely.Polygon]:
    """Outlines [m] of a mask (y, x) along its pixels' edges, from the upper left.

    Pixels that touch at a corner only are polygons of their own.
    """
    row, column = np.nonzero(mask)
    parts = outline(window.x0 + PIXEL_M * column, window.y0 - PIXEL_M * row)
    return sorted(parts.geoms, key=lambda part: (-part.bounds[3], part.bounds[0], part.wkb))


def _zone(core: np.ndarray, never: np.ndarray, rule: SyntheticRule) -> np.ndarray:
    """Patches of a core large enough, widened, without the ground that is in no such zone."""
    core = _large(core, rule)
    if not core.any():
        return core
    metres = ndimage.distance_transform_edt(~core, sampling=PIXEL_M)
    return _large((metres <= rule.buffer_m) & ~never, rule)


def _large(area: np.ndarray, rule: SyntheticRule) -> np.ndarray:
    """Without the patches below the least area."""
    labels, number = ndimage.label(area)  # by edges, as the outlines are
    pixels = np.bincount(labels.ravel(), minlength=number + 1)
    keep = pixels * PIXEL_HA >= rule.least_core_ha - 1e-9
    keep[0] = False
    return keep[labels]


def yielding(
    zones: gpd.GeoDataFrame, leases: gpd.GeoDataFrame, has_lease: bool
) -> gpd.GeoDataFrame:
    """Zones of which the synthetic ones leave to real law what it forbids already.

    Where a lease speaks of the mine, ground outside all leases is forbidden without them: they
    are cut to the leases. Given and in force on one day, in one UTM zone.
    """
    made = zones["zone_id"].map(is_synthetic).to_numpy(bool)
    if not (has_lease and made.any()):
        return zones
    leased = shapely.union_all(leases.geometry.values)
    shapes = zones.geometry.values.copy()
    shapes[made] = [areas(shapely.intersection(shape, leased)) for shape in shapes[made]]
    cut = zones.set_geometry(gpd.GeoSeries(shapes, index=zones.index, crs=zones.crs))
    return cut[~cut.is_empty]
