"""What a scan found in, one picture out: the ground, the cells that were asked, the candidates."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch, Rectangle

from pipelines.networks.grid import ScanGrid
from pipelines.networks.scanning import Found
from pipelines.pictures import DUG, INK, LEASE, plain, png
from pipelines.reporting.mine_picture import HALO, draw_scale_bar
from pipelines.reporting.scene import FALSE_COLOUR, GAP

MOST_PIXELS = 1400
"""Longest side of the ground in the picture; of a wider scan every second or third pixel."""

NAMED_HA = 5.0
"""Candidates of less [ha] bear their id alone: names must not hide the ground."""

CLEAN = "#7fe0c0"
HITS = "YlOrRd"


def scan_picture(grid: ScanGrid, found: Found, known: gpd.GeoDataFrame | None) -> bytes:
    """PNG of a scan, seen from above in false colour.

    known : the listed mines, if there is a list; EPSG:4326
    """
    figure = Figure(figsize=(10, 10.6), layout="constrained")
    axes = figure.add_subplot()
    left, top = grid.corner
    metres = grid.transform.a * grid.pixels
    extent = (left, left + metres, top - metres, top)
    axes.imshow(_ground(grid, found), extent=extent, interpolation="nearest")
    axes.add_patch(
        Circle(grid.middle, 1000 * grid.radius_km, fill=False, ec="white", lw=0.8, ls=":")
    )
    bar = _draw_cells(axes, found.cells.to_crs(grid.epsg))
    handles: list[Patch | Line2D] = [
        Patch(fill=False, ec=CLEAN, label="suspicious, no mine"),
        Patch(fc="#e31a1c", alpha=0.5, label="hit"),
    ]
    for outlines, colour, style, label in (
        (known, LEASE, "--", "listed mine"),
        (found.candidates, DUG, "-", "candidate"),
    ):
        if outlines is not None and len(outlines):
            outlines.to_crs(grid.epsg).boundary.plot(
                ax=axes, color=colour, linestyle=style, linewidth=1.8, path_effects=HALO
            )
            handles.append(Line2D([], [], color=colour, ls=style, lw=1.8, label=label))
    _name(axes, found.candidates.to_crs(grid.epsg))
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    axes.set_axis_off()
    draw_scale_bar(axes, extent)
    if bar is not None:
        figure.colorbar(bar, ax=axes, shrink=0.4, pad=0.01, label="probability of a mine")
    axes.set_title(
        f"{grid.latitude:.3f}, {grid.longitude:.3f}, radius {grid.radius_km:g} km: "
        f"{len(found.candidates)} candidates in {len(found.cells)} cells",
        fontsize=11,
        color=INK,
    )
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    return png(figure)


def _ground(grid: ScanGrid, found: Found) -> np.ndarray:
    """(y, x, 3) float32 0..1: the medians in false colour, grey where nothing was seen."""
    step = -(-grid.pixels // MOST_PIXELS)
    side = grid.tile_px
    whole = np.full((3, grid.pixels, grid.pixels), np.nan, np.float16)
    for (row, column), _ in found.mosaic.tiles:
        tile = found.mosaic.area(FALSE_COLOUR, row * side, column * side, side, side)
        at = slice(row * side, (row + 1) * side), slice(column * side, (column + 1) * side)
        whole[(slice(None), *at)] = tile
    shown = whole[:, ::step, ::step].astype(np.float32)
    high = [np.nanpercentile(band, 98) if np.isfinite(band).any() else 1.0 for band in shown]
    bright = shown / np.array(high, np.float32)[:, None, None]
    return np.where(np.isnan(bright), GAP, np.clip(bright, 0, 1)).transpose(1, 2, 0)


def _draw_cells(axes: Axes, cells: gpd.GeoDataFrame) -> ScalarMappable | None:
    """Rims of the cells that were classified, hits filled by their probability."""
    asked = cells[cells["probability"].notna()]
    bounds = asked.bounds.to_numpy()
    boxes = [Rectangle((w, s), e - w, n - s) for w, s, e, n in bounds]
    hit = asked["hit"].to_numpy()
    clean = [box for box, one in zip(boxes, hit, strict=True) if not one]
    axes.add_collection(
        PatchCollection(clean, facecolor="none", edgecolor=CLEAN, linewidth=0.6, alpha=0.7)
    )
    if not hit.any():
        return None
    low = float(asked["probability"][hit].min())
    marks = PatchCollection(
        [box for box, one in zip(boxes, hit, strict=True) if one],
        cmap=HITS,
        norm=Normalize(min(low, 0.99), 1.0),
        alpha=0.12,
    )
    marks.set_array(asked["probability"][hit].to_numpy())
    axes.add_collection(marks)
    return ScalarMappable(marks.norm, HITS)


def _name(axes: Axes, candidates: gpd.GeoDataFrame) -> None:
    for row in candidates.itertuples():
        west, _, _, north = row.geometry.bounds
        said = plain(row.candidate_id)
        if row.area_ha >= NAMED_HA:
            said += f"  {row.probability:.2f}  {row.area_ha:.0f} ha"
        size = 9 if row.area_ha >= NAMED_HA else 6
        axes.text(west, north, said, color="white", fontsize=size, va="bottom", path_effects=HALO)
