"""The report in, the tables that are printed out, as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pipelines.evaluate.targets import TARGETS, best_peer, met
from pipelines.wording import counted


def lines(report: dict[str, Any]) -> list[str]:
    """All tables one under the other; empty ones are left out."""
    out = []
    for title, table in (
        (_title(report), _detectors(report)),
        ("False alarms standing, ha per mine and year, by what the ground is", _kinds(report)),
        ("Stresses", _stresses(report)),
        ("The core at other scores that confirm", _trade_off(report)),
        ("Estimated from a stratified sample of 2000 pixels (95 % interval)", _adjusted(report)),
        ("Targets, ours beside the peer of highest F1", _targets(report)),
    ):
        if len(table) > 1:
            out += ["", title, *aligned(table)]
    return [*out[1:], "", *_NOTES]


_NOTES = (
    "FA, ever: hectares per mine and year, standing at the end, and with those withdrawn since.",
    "twin: the same on sites where nobody digs. law: violations raised per mine and year, under",
    "the sites' own law, which nobody breaks there, and under the law of other sites laid over.",
    "lag: days from the opening of the ground to its confirmation, median/p90; dry: if opened",
    "November to May. never-green: recall on ground never green in the history; blind: share of",
    "the site the detector says it cannot judge.",
    "nrt and pyxccd run with their defaults, nrt's _annual with one harmonic and no trend; breaks",
    "towards greener ground are not counted; a peer's map is sieved to 10 pixels. nrt_ccdc is run",
    "on every 2nd row and column, cold and sccd on every 4th, and not sieved.",
)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of text: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in rows
    ]


def _title(report: dict[str, Any]) -> str:
    seeds = report["settings"]["seeds"]
    size = report["settings"]["size"]
    many = len(seeds) != 1
    return (
        f"{counted(len(seeds), 'simulated site')} of {size} x {size} pixels, "
        f"{'seeds' if many else 'seed'} {_ranges(seeds)}"
    )


_HEADS = (
    "detector F1 (95%) prec. recall IoU area event-R event-P FA ever twin-FA twin-ever "
    "law twin-law "
    "lag dry-lag onset calib. never-green blind ns/px-date"
)


def _detectors(report: dict[str, Any]) -> list[list[str]]:
    rows = [_HEADS.split()]
    for name, one in report["detectors"].items():
        if one["note"]:
            rows.append([name, one["note"]])
            continue
        a, twin = one["accuracy"], one["placebo_twin"]
        rows.append(
            [
                name,
                _n(a["f1"]),
                "-".join(_n(x, 2) for x in one["f1_interval"]),
                *(_n(a[x]) for x in ("precision", "recall", "iou")),
                _percent(a["area_bias"]),
                *(_n(a[x]) for x in ("event_recall", "event_precision")),
                *(_n(a[x], 2) for x in ("false_ha", "ever_false_ha")),
                *(_n(twin[x], 2) for x in ("false_ha", "ever_false_ha")),
                *(_law(x) for x in (one["law"], twin["law"])),
                _pair(a, "confirmation_lag"),
                _pair(a, "dry_lag"),
                _pair(a, "onset_error"),
                _n(a["calibration_error"]),
                _n(a["recall_never_green"]),
                _n(a["blind_share"], 2),
                _n(one["ns_per_pixel_date"], 0),
            ]
        )
    return rows


def _kinds(report: dict[str, Any]) -> list[list[str]]:
    told = {name: one for name, one in report["detectors"].items() if not one["note"]}
    kinds = sorted({kind for one in told.values() for kind in one["false_ha_by_kind"]})
    return [
        ["detector", *kinds],
        *(
            [name, *(_n(one["false_ha_by_kind"].get(kind), 2) for kind in kinds)]
            for name, one in told.items()
        ),
    ]


_SHORT = (
    ("F1", "f1", 3),
    ("prec.", "precision", 3),
    ("recall", "recall", 3),
    ("FA", "false_ha", 2),
    ("ever", "ever_false_ha", 2),
    ("lag", "confirmation_lag_median", 0),
    ("dry-lag", "dry_lag_median", 0),
    ("onset", "onset_error_median", 0),
    ("never-green", "recall_never_green", 3),
    ("blind", "blind_share", 2),
)


def _short(figures: dict[str, Any]) -> list[str]:
    return [_n(figures[name], places) for _, name, places in _SHORT]


def _stresses(report: dict[str, Any]) -> list[list[str]]:
    """Under every stress, and first the same without one."""
    heads = [["stress", "detector", *(head for head, _, _ in _SHORT)]]
    stressed = {name for by_name in report["stresses"].values() for name in by_name}
    plain = {
        name: one["accuracy"]
        for name, one in report["detectors"].items()
        if name in stressed and not one["note"]
    }
    return heads + [
        [stress, name, *_short(figures)]
        for stress, by_name in ({"none": plain} | report["stresses"] if stressed else {}).items()
        for name, figures in by_name.items()
    ]


def _trade_off(report: dict[str, Any]) -> list[list[str]]:
    heads = [["score", *(head for head, _, _ in _SHORT)]]
    return heads + [
        [name.partition("@")[2], *_short(figures)] for name, figures in report["trade_off"].items()
    ]


def _adjusted(report: dict[str, Any]) -> list[list[str]]:
    rows = [["detector", "users", "producers", "overall", "ha dug", "true ha"]]
    for name, one in report["detectors"].items():
        found = one.get("area_adjusted")
        if found:
            rows.append(
                [
                    name,
                    *(_interval(found[x], 3) for x in ("users", "producers", "overall")),
                    _interval(found["area"], 1),
                    _n(found["true_area"], 1),
                ]
            )
    return rows


def _targets(report: dict[str, Any]) -> list[list[str]]:
    peer = best_peer(report)
    rows = [["what", "target", "ours", "met", peer or "no peer"]]
    for target in TARGETS:
        ours = target.value(report, "confirmation")
        if ours is None:
            continue
        rows.append(
            [
                target.words,
                f"{'>=' if target.at_least else '<='} {target.bound:g}",
                _n(ours, target.places),
                "yes" if met(target, ours) else "no",
                _n(target.value(report, peer), target.places),
            ]
        )
    return rows


def _n(value: float | None, places: int = 3) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:+.1f}%"


def _law(found: dict[str, Any] | None) -> str:
    return "-" if found is None else f"{_n(found['own'], 2)}/{_n(found['shuffled'], 2)}"


def _pair(figures: dict[str, Any], name: str) -> str:
    return f"{_n(figures[f'{name}_median'], 0)}/{_n(figures[f'{name}_p90'], 0)}"


def _interval(found: Sequence[float], places: int) -> str:
    return f"{_n(found[0], places)} +-{_n(found[1], places)}"


def _ranges(seeds: Iterable[int]) -> str:
    """1-3, 7: runs of numbers told by their ends."""
    ordered = sorted(seeds)
    runs: list[list[int]] = []
    for seed in ordered:
        if runs and seed == runs[-1][-1] + 1:
            runs[-1].append(seed)
        else:
            runs.append([seed])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)
