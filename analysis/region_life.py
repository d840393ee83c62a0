"""A region's area through time in, the turns of its life out: born, dormant, active, merged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

QUIET_DAYS = 180
"""Days without growth after which a region is dormant: half a year is longer than any monsoon
keeps a pit out of sight."""

LEAST_HA = 0.01
"""Growth [ha] that counts: one pixel."""


def life_events(
    days: Sequence[str], areas_ha: Sequence[float], merged_into: str | None = None
) -> list[dict[str, str]]:
    """What happened to one region, in order.

    Parameters
    ----------
    days : sequence of str
        First day of every slot from birth on, YYYY-MM-DD, ascending.
    areas_ha : sequence of float [ha]
        Its area at each.
    merged_into : the older region that took it over after its last date

    Returns
    -------
    list of dict
        `event` and `date`: `born`; `dormant`, the day of the last growth before a quiet of
        QUIET_DAYS or more; `reactivated`, the day growth was seen again; `merged`, with `into`.
    """
    events = [{"event": "born", "date": days[0]}]
    last = 0
    dates = np.array(days, "datetime64[D]")
    for now in range(1, len(days)):
        if areas_ha[now] - areas_ha[last] < LEAST_HA - 1e-9:
            continue
        if (dates[now] - dates[last]).astype(int) >= QUIET_DAYS:
            events.append({"event": "dormant", "date": days[last]})
            events.append({"event": "reactivated", "date": days[now]})
        last = now
    if (dates[-1] - dates[last]).astype(int) >= QUIET_DAYS:
        events.append({"event": "dormant", "date": days[last]})
    if merged_into:
        events.append({"event": "merged", "date": days[-1], "into": merged_into})
    return events
