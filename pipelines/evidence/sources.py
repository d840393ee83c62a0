"""A pack in, where its pixels and numbers come from, out."""

from __future__ import annotations

import numpy as np

from analysis.alert_states import CONFIRMED
from pipelines.evidence.blocks import Block, Facts, Grid, Heading, Paragraph, Steps
from pipelines.evidence.pack import Pack, baseline_name
from pipelines.wording import percent


def sources(pack: Pack) -> list[Block]:
    ev = pack.evidence
    found: list[Block] = [
        Heading("Where the pixels come from"),
        Paragraph(
            f"Contains modified Copernicus Sentinel data {_years(pack)}: Sentinel-2 Level-2A "
            "surface reflectance. The offset of processing "
            "baseline 04.00 and later is removed as each item says of itself, and checked against "
            "the pixels."
            if not pack.run.simulated
            else "Simulated scenes in the form of Sentinel-2 Level-2A surface reflectance."
        ),
    ]
    for slot, name in ((ev.before, "before"), (ev.after, "after")):
        for item in pack.items(slot):
            found.append(
                Facts(
                    (
                        (f"Item {name}", item["id"]),
                        ("Taken", f"{item['acquired']} UTC"),
                        ("Processing baseline", baseline_name(item["baseline"])),
                        ("Offset removed", f"{item['offset']} ({item.get('note', 'as declared')})"),
                        ("File", pack.run.href(item["href"])),
                    )
                )
            )
    return found


def _years(pack: Pack) -> str:
    """`2021-2023`."""
    first, last = (day[:4] for day in pack.run.period)
    return first if first == last else f"{first}-{last}"


def custody(pack: Pack) -> list[Block]:
    """From the satellite to this page: who had it in hand, and its fingerprint there."""
    ev, run = pack.evidence, pack.run
    files = tuple((f"{name}: {file}", sha) for name, file, sha in run.inputs)
    days = int(np.count_nonzero(~np.isnat(ev.acquired)))
    state = (
        "A person confirmed it; name, day and reason stand in the ledger."
        if pack.alert["state"] == CONFIRMED
        else "No person has judged it when this page was made; the ledger says whether one has "
        "since."
    )
    return [
        Heading("Chain of custody"),
        Steps(
            (
                f"{'Simulated' if run.simulated else 'Taken by Sentinel-2 (European Union, ESA)'} "
                f"on {days} days, {run.period[0]} to {run.period[1]}; every scene is named in the "
                "appendix.",
                f"Served by the catalogue {run.catalog}. What it served was not compared with the "
                "agency's own copies; anybody can, by the names of the scenes.",
                "Kept as read in the run's cube, in which nothing is overwritten: every change is "
                "a snapshot of its own. The imagery's hash stands below.",
                f"Measured by minecube {run.version} with the settings in run.json; the same "
                "input and settings give the same result to the byte. Its hash stands below.",
                "Held against the law in the files named below, under the rule named above, each "
                "with its hash.",
                "Entered in the run's ledger, ledger.jsonl, in which every line carries the hash "
                "of the line before: nothing can be changed or taken out unseen.",
                state,
            )
        ),
        Paragraph(
            "SHA-256 of what was read and what was concluded. Snapshots of the cube have names "
            "that differ between two runs with the same content; run.json has them, the content "
            "has these:"
        ),
        Facts(
            (
                *((f"Imagery of window {key}", sha) for key, sha in ev.imagery.items()),
                (f"Results of {pack.alert['mine_id']}", ev.results),
                *files,
                (f"Rule {pack.case.law_rule.rule}", pack.case.law_rule.sha256),
            )
        ),
        Paragraph(
            f"minecube {run.version} with "
            + ", ".join(f"{name} {version}" for name, version in run.versions)
            + "."
        ),
    ]


def looks(pack: Pack) -> list[Block]:
    ev = pack.evidence
    series, rule = ev.ground.series, ev.detection.confirmation
    seen = ~np.isnan(series.ndvi)
    rows = []
    for slot in map(int, np.flatnonzero(seen.any(axis=1))):
        items = pack.items(slot)
        around = ev.around.series.ndvi[slot] if ev.around else np.array([np.nan])
        rows.append(
            (
                pack.when(slot),
                percent(seen[slot].mean()),
                *(
                    f"{np.nanmedian(values[slot]):.3f}"
                    for values in (series.ndvi, series.bsi, series.mndwi)
                ),
                f"{np.nanmedian(around):.3f}" if np.isfinite(around).any() else "",
                f"{np.nanmedian(ev.score[slot]):.1f}",
                "; ".join(item["id"] for item in items),
                "; ".join(baseline_name(item["baseline"]) for item in items),
            )
        )
    return [
        Heading("Appendix: every look at this ground"),
        Paragraph(
            "Medians over those of the alert's pixels that were seen clear on the day. BSI: bare "
            "soil index. MNDWI: water above 0. Around: NDVI of the undisturbed ground. Evidence: "
            f"confirmed from {rule.strong:g}, taken back below {rule.keep:g}.",
            "note",
        ),
        Grid(
            "Looks",
            ("day", "clear", "NDVI", "BSI", "MNDWI", "around", "evidence", "item", "baseline"),
            tuple(rows),
            frozenset({1, 2, 3, 4, 5, 6}),
            frozenset({0, 7}),
            (1.25, 0.8, 0.9, 0.9, 1, 0.9, 1.1, 3.4, 1.1),
            small=True,
        ),
    ]
