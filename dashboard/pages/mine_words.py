"""A mine's page in, what was found there in a sentence or two that an inspector understands out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.look import words
from dashboard.pages.mine_rates import Row, alert_rate
from dashboard.pages.national_choice import OPEN_STATES

GROUND = {
    "outside_lease": "outside any lease",
    "watch_buffer": "in the watch ring just outside lease {zone}",
    "lease": "beyond what lease {zone} permits",
}


def finding(page: Any) -> str:
    """Where, since when, how much, outside which line, how sure; or why nothing can be said."""
    standing = [alert for alert in page.alerts if alert["state"] in OPEN_STATES]
    if standing:
        more = len(standing) - 1
        rest = f" {words.count(more, 'further alert')} below." if more else ""
        return f"{_violation(standing[0], page.rates)}{rest}"
    summary = page.summary
    if summary["status"] == "not_analysed":
        return f"This mine could not be analysed: {str(summary['status_reason']).rstrip('.')}."
    dug = words.hectares(summary["dug_ha"])
    if page.watch_list:
        notice = page.watch_list[0]
        return (
            f"No violation. {words.hectares(notice['area_ha'])} were opened {ground(notice)} since "
            f"{words.day(notice['first_violation_date'])}: a notice to watch it."
        )
    judged = words.share(summary["observable_share"])
    if not summary["observable_share"]:
        return "None of this mine's ground could be judged, so that nothing can be said of it."
    if summary["zone"] == "UNKNOWN":
        law = "no lease or zone is known here, so that no line could be crossed"
    else:
        law = "none of it beyond a line by more than the imagery can err"
    if not summary["dug_ha"]:
        return f"No excavation was found in the {judged} of the ground that could be judged."
    return f"No violation is open. {dug} were found dug, {law}; {judged} of the ground was judged."


def ground(alert: dict[str, Any]) -> str:
    """Where an alert's ground lies, in words."""
    kind, zone = str(alert["zone_type"]), alert["zone_id"]
    return GROUND.get(kind, f"in {words.named(kind)} zone {zone}").format(zone=zone)


def certainty(alert: dict[str, Any]) -> str:
    """How sure the excavation is, and that it lies beyond the line."""
    sure = f"{words.share(alert['confidence'])} sure that it is excavation"
    if words.missing(alert.get("p_outside")):
        return sure
    return f"{sure}, {words.share(alert['p_outside'])} that it lies beyond the line"


def _violation(alert: dict[str, Any], rates: Sequence[Row]) -> str:
    range_ = ""
    if not (words.missing(alert.get("low_ha")) or words.missing(alert.get("high_ha"))):
        range_ = (
            f" (between {words.hectares(alert['low_ha'])} and {words.hectares(alert['high_ha'])})"
        )
    rate = alert_rate(rates, alert["alert_id"])
    growing = f", growing by {words.rate(rate['ha_per_month'])}" if rate else ""
    return (
        f"{words.hectares(alert['area_ha'])}{range_} were opened {ground(alert)} since "
        f"{words.day(alert['first_violation_date'])}, confirmed on "
        f"{words.day(alert['confirmed_date'])}{growing}; {certainty(alert)}."
    )
