"""What is known of how right a run can be in, sentences and figures for its reader out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.accuracy_record import published_accuracy
from pipelines.growth import RATES
from pipelines.reporting.stored_table import stored_table
from pipelines.wording import percent


def trust(metrics: Mapping[str, Any], months: Mapping[str, int], output: Path) -> dict[str, Any]:
    """The box "how far to trust this".

    months : mine-months by status, as `observed_months` counts them.
    """
    return {
        "accuracy": published_accuracy(),
        "limits": [said for said in _limits(metrics["observability"], months) if said],
        "counted_until": counted_until(output),
    }


def counted_until(output: Path) -> str:
    """The day up to which what was opened would be confirmed by now; "" where nothing grew."""
    rates = stored_table(output / RATES)
    if not len(rates):
        return ""
    days = rates.loc[rates["subject"] == "mine", "counted_until"]
    return str(min((day for day in days if day), default=""))


def _limits(seen: Mapping[str, float | None], months: Mapping[str, int]) -> list[str]:
    """What a run could not see, the largest part first."""
    share, failed = seen["observable_share"], seen["failed_share"]
    total = sum(months.values())
    blind = months.get("not_observable", 0)
    return [
        f"{percent(share)} of the ground inside the mines' outlines could be judged. On the rest, "
        "already open when the record begins, never green or too rarely seen, nothing is found, "
        "which does not mean that nothing is there."
        if share is not None
        else "None of the mines' ground could be judged.",
        f"In {blind:,} of {total:,} months of a mine nothing could be judged: the first year, "
        "which is the yardstick, and months under cloud."
        if blind
        else "",
        f"{percent(failed)} of what was asked of the catalogue could not be read."
        if failed
        else "",
        "Digging of less than about 0.12 ha, underground mining, and pits that flood before they "
        "were seen dry are not seen at all.",
        "Who dug, and with whose leave, no satellite sees: a permit that is not in the law files "
        "given to this run is not known here.",
    ]
