"""A pack in, what happened out: found what, where, before and after, through time."""

from __future__ import annotations

import numpy as np

from analysis.alert_states import CONFIRMED
from analysis.lookalikes import AGAINST, FOR
from analysis.parts import LEASED, NO_GO_RULE
from analysis.synthetic_zones import zone_words
from pipelines.evidence.blocks import Block, Facts, Heading, Paragraph, Picture, Pictures
from pipelines.evidence.case import Case
from pipelines.evidence.chips import CLEAR_CHIP, CLEAR_GROUND
from pipelines.evidence.curves import LAWS
from pipelines.evidence.pack import Pack
from pipelines.evidence.wording import day, degrees, hectares, sexagesimal
from pipelines.growth_words import rate_words
from pipelines.wording import percent


def summary(pack: Pack) -> list[Block]:
    alert, case = pack.alert, pack.case
    found: list[Block] = [Heading(pack.title, 1)]
    if pack.run.simulated:
        found.append(
            Paragraph(
                "Simulated imagery: this run used minecube's embedded archive. The mine, its law "
                "and everything seen here are invented, and only show what a pack looks like.",
                "warning",
            )
        )
    if pack.synthetic:
        found.append(
            Paragraph(
                "Synthetic zone: the no-go zone was computed from imagery for demonstration. No "
                "authority drew it, and nobody breaks a law by digging in it.",
                "warning",
            )
        )
    inside = "in the lease" if pack.too_fast else "beyond the line"
    said = (
        f"{hectares(alert['area_ha'])} of ground at mine {alert['mine_id']} were dug {pack.where} "
        f"between {day(case.first_onset)} and {pack.run.period[1]}, as Sentinel-2 imagery shows. "
        f"Image and line may be misplaced: nine times in ten it is {pack.interval}, and "
        f"{hectares(case.sure_ha)} lie {inside} by more than the error of {case.line_error_m:.3g} "
        f"m. {_by_whom(alert['state'])}"
    )
    rows = (
        ("Alert", alert["alert_id"]),
        ("State", STATES.get(str(alert["state"]), str(alert["state"]))),
        ("Mine", f"{alert['mine_id']} (outline {hectares(pack.mine_ha, 1)})"),
        ("Limit exceeded" if pack.too_fast else "Line crossed", _line(case)),
        ("Rule", f"{case.law_rule.title} ({case.law_rule.rule}, version {case.law_rule.version})"),
        ("Opened", f"by {day(alert['first_violation_date'])} (the first "
                   f"{case.rule.min_area_ha:g} ha); confirmed in imagery by "
                   f"{day(alert['confirmed_date'])}"),
        ("Area", f"{hectares(alert['area_ha'])}; nine times in ten {pack.interval}"),
        ("P(inside)" if pack.too_fast else "P(outside)",
         f"{percent(case.boundary['p_outside'])} of it is to be expected {inside}"),
        ("Pace", rate_words(case.rate)),
        ("Severity", f"{alert['severity']} (score {case.severity.score:.2f} of 1)"),
        ("Confidence", pack.confidence),
        ("Other explanations", _weighed(pack)),
        ("Go to", degrees(*case.lonlat)),
    )  # fmt: skip
    lon, lat = case.lonlat
    return [*found, Paragraph(said), Facts(rows, (("Go to", f"geo:{lat:.6f},{lon:.6f}"),))]


STATES = {"open": "open: nobody has judged it", "confirmed": "confirmed by a person"}
"""What the state of an alert means."""


def _by_whom(state: str) -> str:
    """Who says so: a rule alone, or a person as well."""
    if state == CONFIRMED:
        return (
            "A rule found this in imagery, and a person has confirmed it: who, when and why stands "
            "in the run's ledger. The pack by itself is no proof."
        )
    return (
        "A rule found this in imagery, and nobody has been there: it says where to look and what "
        "to measure, and is no proof by itself."
    )


def _weighed(pack: Pack) -> str:
    """How many other explanations the numbers speak against, and which they speak for."""
    alternatives = pack.evidence.alternatives
    against = sum(one.verdict == AGAINST for one in alternatives)
    words = f"the numbers speak against {against} of {len(alternatives)}"
    named = [one.name for one in alternatives if one.verdict == FOR]
    return f"{words}, and for: {'; '.join(named)}" if named else words


def _line(case: Case) -> str:
    if case.part.rule == NO_GO_RULE:
        return (
            f"that of {zone_words(case.part.zone_type, case.part.zone_id)} zone {case.part.zone_id}"
        )
    if case.part.rule == LEASED:
        return f"what lease {case.part.zone_id} permits in a year"
    return "the edge of the leases"


def place(pack: Pack) -> list[Block]:
    case, alert = pack.case, pack.alert
    left, bottom, right, top = case.bounds
    x, y = case.centre
    rows = (
        ("WGS 84", f"{degrees(*case.lonlat)}, or {sexagesimal(*case.lonlat)}"),
        ("UTM", f"{x:.0f} E, {y:.0f} N (EPSG:{case.ground.epsg})"),
        ("Extent", f"{left:.0f} to {right:.0f} E, {bottom:.0f} to {top:.0f} N: "
                   f"{right - left:.0f} m by {top - bottom:.0f} m"),
    )  # fmt: skip
    caption = (
        f"Mine {alert['mine_id']} on {pack.when(pack.evidence.after)}, false colour. {LEGEND} "
        "White box: the pictures below. Grid in metres, "
        f"EPSG:{case.ground.epsg}."
    )
    alt = (
        f"False-colour satellite picture of mine {alert['mine_id']} with its outline, leases, "
        "no-go zones, the ground of this alert, and a box around it."
    )
    return [
        Heading("Where it is"),
        Paragraph("The point lies on the alert's ground; the outline is in the page's data."),
        Facts(rows),
        Picture(pack.pictures["overview"], alt, caption, 0.45),
    ]


LEGEND = (
    "Orange: ground of this alert. Yellow dots: other ground dug. Purple: no-go zone. Blue "
    "dashes: lease. White line: outline of the mine."
)


def before_after(pack: Pack) -> list[Block]:
    ev = pack.evidence
    before, after = pack.when(ev.before), pack.when(ev.after)
    shown = {
        "before_true": (ev.before, "true", "before any of it was dug"),
        "after_true": (ev.after, "true", "the last one clear enough"),
        "before_false": (ev.before, "false", "living plants are green (shown as red, green, blue: "
                         "SWIR 1.6 µm, near infrared, red)"),
        "after_false": (ev.after, "false", "bare ground is pink to grey, water black"),
    }  # fmt: skip
    items = tuple(
        Picture(
            pack.pictures[name],
            f"Satellite picture of the alert's ground on {pack.when(slot)}, {kind} colour, with "
            "its outline.",
            f"{pack.when(slot)}, {kind} colour: {words}. {percent(ev.clear[0, slot])} of the "
            f"alert's ground was clear, {percent(ev.clear[1, slot])} of the picture.",
        )
        for name, (slot, kind, words) in shown.items()
        if name in pack.pictures
    )
    strip = Picture(
        pack.pictures["strip"],
        f"{len(ev.strip)} false-colour pictures of the same square from {before} to {after}, "
        "with the ground opened by then outlined.",
        "The same square through time, false colour. Yellow: ground of this alert opened by then. "
        + ("Purple: the zone." if pack.case.part.rule == NO_GO_RULE else "Blue: the leases."),
    )
    return [
        Heading("Before and after"),
        Paragraph(
            f"The later picture is the last that shows {percent(CLEAR_GROUND)} of the ground and "
            f"{percent(CLEAR_CHIP)} of the square clear (scene classification takes dark pits for "
            "shadow). The earlier is from before the first of this ground was opened, in the same "
            "season where there was a choice. Each kind of picture has one stretch for both days; "
            f"pixels are 10 m, drawn as they are. {LEGEND}"
        ),
        Pictures(items),
        strip,
    ]


def series(pack: Pack) -> list[Block]:
    ev, case = pack.evidence, pack.case
    level = ev.ground.baseline
    driest = float(np.nanmedian(level.driest))
    seen = (~np.isnan(ev.ground.series.ndvi)).mean(axis=1)
    looks = int(np.count_nonzero(seen >= 0.5))
    around = (
        f"Green: {ev.around.series.pixels} pixels of undisturbed ground within the pictures, "
        + ("that were as green as this ground once was" if ev.similar else "of any kind")
        + "; the same clouds, the same seasons. "
        if ev.around
        else ""
    )
    caption = (
        f"Orange: NDVI of the alert's ground on {looks} days that saw at least half of it clear "
        f"(dot: median; band: 10 to 90 % of the pixels). {around}Dashed: the ground's own driest "
        f"state in its history ({driest:.2f}); dotted: open ground at this mine "
        f"({level.open_level:.2f}). Below: the evidence the detector had gathered by then."
        " The median falls when half of the ground is open."
    )
    rows = (
        ("Opened", f"{day(pack.alert['first_violation_date'])}: by then the first "
                   f"{case.rule.min_area_ha:g} ha of it were open"),
        ("Detected", f"{day(case.detected_date)}: as much had been flagged for the first time"),
        ("Confirmed", f"{day(pack.alert['confirmed_date'])}: as much was confirmed "
                      f"{'in the lease' if pack.too_fast else 'beyond the line'} by more than the "
                      "error"),
        ("First pixel opened", day(case.first_onset)),
        ("Half of it opened by", day(case.half_opened)),
        ("History", f"until {day(ev.history_end)}; digging is looked for after it"),
    )  # fmt: skip
    part: list[Block] = []
    if len(ev.in_window) < len(case.pixels):
        part.append(
            Paragraph(
                f"The mine spans several windows. Series, dates and items are those of window "
                f"{ev.window.key}, which holds {len(ev.in_window)} of the alert's "
                f"{len(case.pixels)} pixels; areas and arithmetic count them all.",
                "note",
            )
        )
    return [
        Heading("The ground through time"),
        Paragraph(
            "NDVI, (near infrared - red) / (near infrared + red), is high over living plants and "
            "low over bare ground. The detector asks whether ground is barer than it was at its "
            "driest in its history, adds up the evidence of every clear look (log-likelihood of "
            "open ground against its own dry state), and takes it back when plants return. "
            "Clouds say nothing."
        ),
        *part,
        Picture(
            pack.pictures["series"],
            "Chart of NDVI of the alert's ground and of undisturbed ground against time, and of "
            "the evidence below it, with the dates of opening, detection and confirmation.",
            caption,
            0.66,
        ),
        Picture(
            pack.pictures["aligned"],
            "Chart of NDVI of the alert's pixels against the days since each was opened.",
            "Every pixel by the days since it was opened itself (median, and 10 to 90 % of the "
            "looks): ground that is dug by and by shows as one step.",
            0.6,
        ),
        Facts(rows),
    ]


def areas(pack: Pack) -> list[Block]:
    case = pack.case
    curves = pack.case.area_by_law()
    rows = tuple(
        (name, hectares(float(curves[law][-1]))) for law, (name, _) in LAWS.items() if law in curves
    )
    return [
        Heading("Area through time"),
        Picture(
            pack.pictures["areas"],
            "Chart of the mine's dug area by law, and of this alert's area, against time.",
            "Above: all ground dug at this mine since the history ended, by the law it lies under "
            "on the day it was opened. Below: the ground of this alert.",
            0.6,
        ),
        Facts((*rows, ("together", hectares(case.ground.area_ha)))),
    ]
