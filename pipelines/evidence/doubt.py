"""A pack in, how sure it is, what else it could be and what it does not say, out."""

from __future__ import annotations

import numpy as np

from pipelines.evidence.blocks import Block, Grid, Heading, Paragraph, Picture, Steps
from pipelines.evidence.pack import Pack
from pipelines.evidence.wording import day


def confidence(pack: Pack) -> list[Block]:
    case = pack.case
    values = case.ground.confidence[case.pixels]
    known = values[~np.isnan(values)]
    spread = (
        f"over its pixels {known.min():.2f} to {known.max():.2f}"
        if known.size
        else "of no pixel known"
    )
    looks = (~np.isnan(pack.evidence.ground.series.ndvi)).sum(axis=0)
    return [
        Heading("How sure this is"),
        Paragraph(
            f"Confidence {pack.confidence} ({spread}): the share of "
            "ground with as much evidence that had truly been dug, counted on simulated mines. "
            "Simulated ground has fewer lookalikes than real ground; take it for a rank, not for "
            f"a probability. The alert's pixels were seen clear {np.median(looks):.0f} times in "
            f"the median, {looks.min()} to {looks.max()}."
        ),
        Picture(
            pack.pictures["spectrum"],
            "Chart of reflectance by band of the alert's ground before and since, and of "
            "undisturbed ground.",
            "Reflectance by band, median and quartiles over the pixels. Plants are dark in red "
            "and bright in near infrared; bare ground rises towards SWIR; coal is dark throughout.",
            0.7,
        ),
    ]


def alternatives(pack: Pack) -> list[Block]:
    found: list[Block] = [
        Heading("What else it could be"),
        Paragraph(
            "Other things lay ground bare. Each is held against what was measured on this ground. "
            "The limits were set on simulated ground: there, of 67 patches that only looked dug, "
            "the numbers spoke against the true explanation of one. A verdict sorts what to look "
            "at first when you are there; it rules nothing out for good."
        ),
        Grid(
            "Other explanations",
            ("explanation", "the numbers", "why"),
            tuple((a.name, a.verdict, a.why) for a in pack.evidence.alternatives),
            widths=(1.6, 1.3, 4),
        ),
        Grid(
            "The numbers",
            ("explanation", "measured", "found", "it would be"),
            tuple(
                (a.name if i == 0 else "", m.what, m.found, m.would_be)
                for a in pack.evidence.alternatives
                for i, m in enumerate(a.measures)
            ),
            widths=(1.7, 2.6, 1.3, 2.6),
            small=True,
        ),
    ]
    return found


def limits(pack: Pack) -> list[Block]:
    return [
        Heading("What this pack does not say"),
        Steps(
            (
                "Who dug, and with what permit. A lease, renewal, surrender or clearance that is "
                "not in the files named below is not known here: ask the holder and the authority "
                "for theirs, and for the surveyed boundary.",
                "How often a finding like this is wrong on real ground: that has been measured on "
                "simulated mines only.",
                "What lies underground, how deep it is, and what is smaller than 0.1 ha.",
                f"What was dug and bare before {day(pack.evidence.history_end)}: the detector "
                "compares with a history, and ground that is never green is invisible to it.",
                "The exact day of opening: it lies between the first clear look that showed the "
                f"ground bare and the one before; {_which(pack)} is given.",
            )
        ),
    ]


def _which(pack: Pack) -> str:
    """The day given, of those between two looks."""
    back = pack.evidence.detection.onset_backdating
    if back in (0, 1):
        return "the earlier" if back else "the later"
    return f"a day {100 * back:.0f} % of the way back"
