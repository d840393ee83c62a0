"""A pack in, the rule's arithmetic step by step and the law it was held against, out."""

from __future__ import annotations

import numpy as np

from analysis.mosaic import PIXEL_HA
from pipelines.evidence.blocks import Block, Grid, Heading, Paragraph, Steps
from pipelines.evidence.case import Case, in_force
from pipelines.evidence.pack import Pack
from pipelines.evidence.wording import day, hectares, metres, plain, validity
from pipelines.wording import percent


def arithmetic(pack: Pack) -> list[Block]:
    case, alert, rule = pack.case, pack.alert, pack.case.rule
    part = case.part
    whole = int(np.count_nonzero(part.share == 1))
    edge = len(case.pixels) - whole
    slots = case.standing_slots()
    dates = [pack.when(int(slot)) for slot in slots]
    accuracy = case.governing["accuracy_m"].max() if len(case.governing) else float("nan")
    inside = "in the lease" if pack.too_fast else "beyond the line"
    steps = (
        f"{len(case.pixels)} pixels of 10 m by 10 m lie {pack.where}: {whole} wholly, {edge} "
        f"partly. Their shares add up to {part.share.sum():.2f} pixels of {PIXEL_HA:g} ha: "
        f"{hectares(alert['area_ha'])}.",
        f"The image may be misplaced by {rule.geolocation_m:g} m, the line by "
        f"{_accuracy(accuracy)}: together sqrt({rule.geolocation_m:g}² + "
        f"{0 if np.isnan(accuracy) else accuracy:.3g}²) = {case.line_error_m:.3g} m. Farther "
        f"{inside} than that lie {hectares(case.sure_ha)}; the rule asks for "
        f"{rule.min_area_ha:g} ha, so that no violation stands on pixels that straddle the line.",
        f"Ordered by the day they were opened, the pixels add up to {rule.min_area_ha:g} ha on "
        f"{day(alert['first_violation_date'])}: the first violation date.",
        f"Ordered by the day they were confirmed, the part {inside} by more than that error "
        f"adds up to {rule.min_area_ha:g} ha on {day(alert['confirmed_date'])}.",
        *((f"{case.note[0].upper()}{case.note[1:]}.",) if case.note and pack.too_fast else ()),
        f"Later, {len(slots)} slots of {_cadence(case)} days saw at least "
        f"{percent(rule.min_seen_share)} of that ground clear and still open "
        f"({rule.min_standing_slots} needed): {_listed(dates)}.",
        f"Growth as severity counts it, to the record's end: {alert['area_ha']:.4f} ha / "
        f"{case.months:.2f} months since {day(case.first_onset)} = "
        f"{alert['growth_ha_per_month']:.4f} ha per month.",
        f"{case.severity.sum[0].upper()}{case.severity.sum[1:]}. Area counts in full from "
        f"{rule.severity.full_area_ha:g} ha, growth from "
        f"{rule.severity.full_growth_ha_per_month:g} ha per month; HIGH from "
        f"{rule.severity.high:g}, MEDIUM from {rule.severity.medium:g}: {alert['severity']}.",
    )
    return [
        Heading("The arithmetic"),
        Steps(steps),
        *_law(pack),
    ]


def _law(pack: Pack) -> list[Block]:
    case = pack.case
    first = np.datetime64(pack.alert["first_violation_date"], "D")
    shape = case.shape
    found: list[Block] = [Heading("The law near this ground", 3)]
    for what, law, id_column, kind in (
        ("No-go zones", case.law.zones, "zone_id", "zone_type"),
        ("Leases", case.law.leases, "lease_id", "holder"),
    ):
        if not len(law):
            found.append(Paragraph(f"{what}: none near."))
            continue
        valid = in_force(law, first)
        rows = tuple(
            (
                str(row[id_column]),
                plain(str(row.get(kind) or "not given")),
                validity(row["valid_from"], row["valid_to"]),
                "yes" if valid[i] else "no",
                metres(row["accuracy_m"]),
                f"{row.geometry.distance(shape):,.0f} m",
                str(row["source"]),
            )
            for i, (_, row) in enumerate(law.iterrows())
        )
        found.append(
            Grid(
                what,
                ("id", plain(kind).replace("zone ", ""), "valid", f"in force {first}", "accuracy",
                 "distance", "source"),
                rows,
                frozenset({4, 5}),
                frozenset({0, 1}),
                (1.5, 1.2, 1.8, 1.1, 1, 1, 2),
                small=True,
            )
        )  # fmt: skip
    return found


def _listed(dates: list[str], most: int = 6) -> str:
    """The first and the last of many."""
    if not dates:
        return "none"
    if len(dates) <= most:
        return ", ".join(dates)
    return f"{', '.join(dates[: most - 1])}, ... {dates[-1]}"


def _cadence(case: Case) -> int:
    times = case.ground.times
    return int((times[1] - times[0]).astype(int)) if times.size > 1 else 1


def _accuracy(metres_: float) -> str:
    return "nobody knows how much, which adds nothing" if np.isnan(metres_) else metres(metres_)
