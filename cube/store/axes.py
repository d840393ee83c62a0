"""Windows and slots in, room for them in the cube out: laid out once, then only appended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import icechunk
import numpy as np

from cube.contract import BANDS, SENTINEL2_GROUP, CubeError, Window
from cube.store.layout import create_arrays, cube_arrays, dates, group_in, resize, seconds
from cube.store.repository import commit, refuse_other_settings


def create_or_extend_cube(
    repository: icechunk.Repository,
    windows: Sequence[Window],
    times: np.ndarray,
    cadence_days: int,
    bands: Sequence[str] = BANDS,
    settings: Mapping[str, Any] | None = None,
) -> np.ndarray:
    """Room for every window and slot; what is there stays as it is.

    Parameters
    ----------
    windows : Window
        Known ones are recognised by mine and number; new ones are appended.
    times : (slot,) datetime64
        Starts of the slots, `cadence_days` apart; must begin where the cube begins. A shorter
        axis than the stored one is fine, a longer one appends.
    settings : mapping, JSON-able
        What else decides the pixels (composite, masking, ...): kept, and compared on every call.

    Returns
    -------
    (window,) int64
        Position of each window along `mine`. Nothing is committed if nothing had to grow.

    Raises
    ------
    CubeError
        If the cube was made with other settings or another grid, naming the difference.
    """
    times = _regular(times, cadence_days)
    size = _common_size(windows)
    settings = dict(settings or {})
    session = repository.writable_session("main")
    root = group_in(session, mode="a")
    if SENTINEL2_GROUP not in root:
        group = root.create_group(
            SENTINEL2_GROUP,
            attributes={
                "Conventions": "CF-1.11",
                "title": "Sentinel-2 L2A surface reflectance around mines",
                "coordinates": "mine_id window epsg x0 y0",
                "cadence_days": int(cadence_days),
                "window_pixels": size,
                "settings": json.dumps(settings, sort_keys=True),
            },
        )
        plans = cube_arrays(bands, size)
        sizes = {"mine": 0, "time": 0, "band": len(bands), "y": size, "x": size}
        create_arrays(group, plans, sizes)
        group["band"][:] = np.array(bands, dtype=object)
    else:
        group = root[SENTINEL2_GROUP]
        _refuse_other_settings(group, times, cadence_days, bands, size, settings)
    known = _known_windows(group)
    for window in windows:
        _refuse_moved(window, known.get(window.key))
    new = [window for window in windows if window.key not in known]
    old_mines, old_slots = group["mine_id"].shape[0], group["time"].shape[0]
    slots = max(old_slots, len(times))
    if new or slots > old_slots:
        resize(group, {"mine": old_mines + len(new), "time": slots})
        _write_coordinates(group, new, old_mines, times, old_slots)
        commit(
            session,
            f"{old_mines + len(new)} windows, {slots} slots",
            {"step": "extend", "windows_added": len(new), "slots_added": slots - old_slots},
        )
    keys = {key: index for index, key in enumerate([*known, *(w.key for w in new)])}
    return np.array([keys[window.key] for window in windows], np.int64)


def _regular(times: np.ndarray, cadence_days: int) -> np.ndarray:
    times = np.asarray(times, "datetime64[s]")
    step = np.timedelta64(cadence_days * 86400, "s")
    if not len(times) or np.isnat(times).any() or (np.diff(times) != step).any():
        raise CubeError(
            f"The cube's time axis must have a slot every {cadence_days} days without gaps, "
            f"but got {len(times)} slots {times[:3]}..."
        )
    return times


def _common_size(windows: Sequence[Window]) -> int:
    sizes = {window.size for window in windows}
    if len(sizes) != 1:
        raise CubeError(
            f"All windows of a cube must have one size, but got {sorted(sizes) or 'no windows'}."
        )
    key, times = Counter(window.key for window in windows).most_common(1)[0]
    if times > 1:
        raise CubeError(f"Window {key} is given {times} times: it can have one place only.")
    return sizes.pop()


def _refuse_other_settings(
    group: Any,
    times: np.ndarray,
    cadence_days: int,
    bands: Sequence[str],
    size: int,
    settings: Mapping[str, Any],
) -> None:
    stored = group.attrs.asdict()
    there = {
        "bands": [str(band) for band in group["band"][:]],
        "cadence_days": stored["cadence_days"],
        "window_pixels": stored["window_pixels"],
        "start": str(dates(group["time"][:1])[0].astype("datetime64[D]")),
        **json.loads(stored["settings"]),
    }
    here = {
        "bands": list(bands),
        "cadence_days": int(cadence_days),
        "window_pixels": size,
        "start": str(times[0].astype("datetime64[D]")),
        **json.loads(json.dumps(settings)),
    }
    refuse_other_settings(there, here, "The cube")


def _known_windows(group: Any) -> dict[str, Window]:
    size = int(group.attrs["window_pixels"])
    columns = [group[name][:] for name in ("mine_id", "window", "epsg", "x0", "y0")]
    known = [
        Window(str(mine_id), int(number), int(epsg), float(x0), float(y0), size)
        for mine_id, number, epsg, x0, y0 in zip(*columns, strict=True)
    ]
    return {window.key: window for window in known}


def _refuse_moved(window: Window, known: Window | None) -> None:
    if known is not None and known != window:
        raise CubeError(
            f"Window {window.key} lies at EPSG:{window.epsg} ({window.x0:.0f}, {window.y0:.0f}), "
            f"but in the cube at EPSG:{known.epsg} ({known.x0:.0f}, {known.y0:.0f}): the mine's "
            "polygon changed. Give the mine a new id, or use another output folder."
        )


def _write_coordinates(
    group: Any,
    new: Sequence[Window],
    old_mines: int,
    times: np.ndarray,
    old_slots: int,
) -> None:
    if new:
        rows = slice(old_mines, old_mines + len(new))
        group["mine_id"][rows] = np.array([window.mine_id for window in new], dtype=object)
        for name in ("window", "epsg", "x0", "y0"):
            group[name][rows] = np.array([getattr(window, name) for window in new])
    if len(times) > old_slots:
        group["time"][old_slots : len(times)] = seconds(times[old_slots:])
