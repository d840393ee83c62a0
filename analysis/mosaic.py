"""The windows of one mine in, the excavated ground of that mine out, as pixels in one list.

Excavation covers a few per cent of the windows, so what follows (regions, areas, law) works on
the list of excavated pixels in metres and never on the full raster: a region that crosses from
one window into the next needs no special care, and a mine of 20 km costs what was dug in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from cube.contract import PIXEL_M, CubeError, Quality, State, Window

PIXEL_HA = PIXEL_M**2 / 1e4
"""Area of one pixel on its UTM grid [ha]."""

VARIABLES = ("excavated", "state", "onset", "confirmed", "confidence", "quality")


@dataclass(frozen=True, eq=False)
class Ground:
    """The excavated pixels of one mine, n of them, in row-major order from the upper left.

    Attributes
    ----------
    mine_id, epsg
        Whose ground, and its UTM zone.
    times : (time,) datetime64[D]
        First day of every slot.
    x, y : (n,) float64 [m]
        Pixel centres in `epsg`.
    since : (n,) int16
        Slot from which on the pixel is in the envelope.
    onset, confirmed : (n,) datetime64[D]
        When the ground was opened, and when that was confirmed; never NaT.
    confidence : (n,) float32 [1]
        NaN where not known.
    standing : (time, n) bool
        Seen clear in that slot, and still open ground (state confirmed).
    """

    mine_id: str
    epsg: int
    times: np.ndarray
    x: np.ndarray
    y: np.ndarray
    since: np.ndarray
    onset: np.ndarray
    confirmed: np.ndarray
    confidence: np.ndarray
    standing: np.ndarray

    def __len__(self) -> int:
        return self.x.size

    @property
    def area_ha(self) -> float:
        """Area of all pixels on the UTM grid [ha]."""
        return len(self) * PIXEL_HA

    def where(self, keep: np.ndarray) -> Ground:
        """The pixels for which `keep` (n,) bool holds."""
        columns = ("x", "y", "since", "onset", "confirmed", "confidence")
        kept = {name: getattr(self, name)[keep] for name in columns}
        return replace(self, **kept, standing=self.standing[:, keep])

    def raster(self, values: np.ndarray, fill: object, window: Window) -> np.ndarray:
        """`values` (n,) laid out on the (y, x) pixels of a window, `fill` where there is none."""
        row = np.rint((window.y0 - self.y) / PIXEL_M).astype(np.int64)
        column = np.rint((self.x - window.x0) / PIXEL_M).astype(np.int64)
        inside = (row >= 0) & (row < window.size) & (column >= 0) & (column < window.size)
        out = np.full((window.size, window.size), fill, values.dtype)
        out[row[inside], column[inside]] = values[inside]
        return out


def ground(results: xr.Dataset, windows: Sequence[Window]) -> Ground:
    """The excavated ground of one mine across its windows.

    Parameters
    ----------
    results : Dataset, loaded
        One entry along `mine` per window, in the order of `windows`: excavated (mine, time, y, x)
        bool, state (mine, time, y, x) uint8, onset and confirmed (mine, y, x) datetime64,
        confidence (mine, y, x) float32, and the cube's quality (mine, time, y, x) uint8.
    windows : sequence of Window
        Windows of one mine; on one 10 m grid, none overlapping another.

    Raises
    ------
    CubeError
        If a variable is missing or not loaded; if the windows belong to several mines, lie on
        several grids or overlap; if the envelope shrinks anywhere.
    """
    _check(results, windows)
    times = results["time"].values.astype("datetime64[D]")
    pieces = [
        _piece({name: results[name].values[i] for name in VARIABLES}, times, window)
        for i, window in enumerate(windows)
    ]
    columns = {name: np.concatenate([p[name] for p in pieces], axis=-1) for name in pieces[0]}
    order = np.lexsort((columns["x"], -columns["y"]))
    return Ground(
        mine_id=windows[0].mine_id,
        epsg=windows[0].epsg,
        times=times,
        **{name: column[..., order] for name, column in columns.items()},
    )


def _check(results: xr.Dataset, windows: Sequence[Window]) -> None:
    """Refuse what is not one mine's loaded results on one grid."""
    missing = [name for name in VARIABLES if name not in results]
    if missing:
        raise CubeError(
            f"The results lack {', '.join(missing)}. Expected {', '.join(VARIABLES)}; quality "
            "comes from the cube: results.assign(quality=cube.quality)."
        )
    lazy = [name for name in VARIABLES if results[name].chunks is not None]
    if lazy:
        raise CubeError(f"{', '.join(lazy)} not loaded. Call .load() on the mine's windows first.")
    if not windows or results.sizes.get("mine") != len(windows):
        raise CubeError(
            f"{len(windows)} windows given for {results.sizes.get('mine', 0)} entries along "
            "'mine'. Give one window per entry, in the same order."
        )
    first = windows[0]
    for window in windows[1:]:
        if window.mine_id != first.mine_id:
            raise CubeError(f"Windows of {first.mine_id} and {window.mine_id} given as one mine.")
        steps = (window.x0 - first.x0) / PIXEL_M, (window.y0 - first.y0) / PIXEL_M
        if window.epsg != first.epsg or any(step % 1 for step in steps):
            raise CubeError(f"Windows {first.key} and {window.key} do not lie on one 10 m grid.")
    for i, one in enumerate(windows):
        for other in windows[i + 1 :]:
            reach = max(one.size, other.size) * PIXEL_M
            if abs(one.x0 - other.x0) < reach and abs(one.y0 - other.y0) < reach:
                raise CubeError(
                    f"Windows {one.key} and {other.key} overlap: their ground would count twice."
                )


def _piece(
    block: dict[str, np.ndarray], times: np.ndarray, window: Window
) -> dict[str, np.ndarray]:
    """Columns of the excavated pixels of one window."""
    row, column = np.nonzero(block["excavated"].any(axis=0))
    excavated = block["excavated"][:, row, column]
    if (excavated[1:] < excavated[:-1]).any():
        raise CubeError(
            f"The envelope of {window.key} shrinks: a pixel is excavated in one slot and not in "
            "a later one. A retraction must clear the pixel's whole history."
        )
    since = excavated.argmax(axis=0).astype(np.int16)
    confirmed = block["confirmed"][row, column].astype("datetime64[D]")
    confirmed = np.where(np.isnat(confirmed), times[since], confirmed)
    onset = block["onset"][row, column].astype("datetime64[D]")
    clear = block["quality"][:, row, column] == Quality.CLEAR
    return {
        "x": window.x0 + PIXEL_M * column,
        "y": window.y0 - PIXEL_M * row,
        "since": since,
        "onset": np.where(np.isnat(onset), confirmed, onset),
        "confirmed": confirmed,
        "confidence": block["confidence"][row, column].astype(np.float32),
        "standing": clear & (block["state"][:, row, column] == State.CONFIRMED),
    }
