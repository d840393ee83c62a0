"""The report in, the tables that are told out: heads, units, and rows of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pipelines.evaluate.targets import TARGETS, best_peer, met
from pipelines.wording import counted

HA_YEAR = "ha/mine-yr"


@dataclass(frozen=True)
class Table:
    """A title, columns with their units ("" where a column has none), and rows of text."""

    title: str
    heads: tuple[str, ...]
    units: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(report: dict[str, Any]) -> list[Table]:
    """Every table that has a row, the targets last."""
    made = (
        map_table(report),
        delay_table(report),
        placebo_table(report),
        kind_table(report),
        stress_table(report),
        variant_table(report),
        sampled_table(report),
        target_table(report),
    )
    return [table for table in made if table.rows]


def sites_line(report: dict[str, Any]) -> str:
    """What everything was measured on."""
    settings = report["settings"]
    seeds = settings["seeds"]
    return (
        f"{counted(len(seeds), 'simulated site')} of {settings['size']} x {settings['size']} "
        f"pixels of 10 m, {settings['years']} years, "
        f"{'seed' if len(seeds) == 1 else 'seeds'} {_ranges(seeds)}"
    )


@dataclass(frozen=True)
class _Column:
    head: str
    unit: str
    cell: Callable[[dict[str, Any]], str]


def map_table(report: dict[str, Any]) -> Table:
    """The map standing at the end of every detector."""
    columns = (
        _Column("F1", "", lambda one: number(one["accuracy"]["f1"])),
        _Column("95 %", "", lambda one: " to ".join(number(x, 2) for x in one["f1_interval"])),
        *(
            _Column(head, "", _figure(name))
            for head, name in (("precision", "precision"), ("recall", "recall"), ("IoU", "iou"))
        ),
        _Column("area bias", "%", lambda one: percent(one["accuracy"]["area_bias"])),
        _Column("event recall", "", _figure("event_recall")),
        _Column("event prec.", "", _figure("event_precision")),
        _Column("false", HA_YEAR, _figure("false_ha", 2)),
        _Column("ever false", HA_YEAR, _figure("ever_false_ha", 2)),
    )
    return _by_detector(report, f"The map at the end: {sites_line(report)}", columns)


def delay_table(report: dict[str, Any]) -> Table:
    """How soon, how sure, where not at all."""
    columns = (
        _Column("confirmed after", "d, median/p90", _pair("confirmation_lag")),
        _Column("dug Nov-May", "d, median/p90", _pair("dry_lag")),
        _Column("onset error", "d, median/p90", _pair("onset_error")),
        _Column("calibration", "error", _figure("calibration_error")),
        _Column("never green", "recall", _figure("recall_never_green")),
        _Column("unjudged", "share", _figure("blind_share", 2)),
        _Column("time", "ns/px-date", lambda one: number(one["ns_per_pixel_date"], 0)),
    )
    return _by_detector(report, "How soon and how sure", columns)


def placebo_table(report: dict[str, Any]) -> Table:
    """Alarms where none is due."""

    def law(world: str, name: str) -> Callable[[dict[str, Any]], str]:
        def cell(one: dict[str, Any]) -> str:
            held = one["law"] if world == "site" else one["placebo_twin"]["law"]
            return "-" if held is None else number(held[name], 2)

        return cell

    per = "per mine-yr"
    columns = (
        _Column("twin false", HA_YEAR, lambda one: number(one["placebo_twin"]["false_ha"], 2)),
        _Column("twin ever", HA_YEAR, lambda one: number(one["placebo_twin"]["ever_false_ha"], 2)),
        _Column("own law", per, law("site", "own")),
        _Column("other's law", per, law("site", "shuffled")),
        _Column("twin, own", per, law("twin", "own")),
        _Column("twin, other's", per, law("twin", "shuffled")),
    )
    title = "Placebo: ground claimed where nobody digs (twin), violations where nobody breaks a law"
    return _by_detector(report, title, columns)


def kind_table(report: dict[str, Any]) -> Table:
    """False ground by what it is."""
    told = _run(report)
    kinds = sorted({kind for one in told.values() for kind in one["false_ha_by_kind"]})
    columns = tuple(
        _Column(
            kind.replace("_", " "),
            HA_YEAR,
            lambda one, kind=kind: number(one["false_ha_by_kind"].get(kind), 2),  # type: ignore[misc]
        )
        for kind in kinds
    )
    return _by_detector(report, "False ground standing, by what it is", columns)


_SHORT = (
    ("F1", "", "f1", 3),
    ("precision", "", "precision", 3),
    ("recall", "", "recall", 3),
    ("false", HA_YEAR, "false_ha", 2),
    ("ever", HA_YEAR, "ever_false_ha", 2),
    ("confirmed after", "d, median", "confirmation_lag_median", 0),
    ("dug Nov-May", "d, median", "dry_lag_median", 0),
    ("onset error", "d, median", "onset_error_median", 0),
    ("never green", "recall", "recall_never_green", 3),
    ("unjudged", "share", "blind_share", 2),
)


def stress_table(report: dict[str, Any]) -> Table:
    """Under every stress, and first the same without one."""
    stressed = {name for by_name in report["stresses"].values() for name in by_name}
    plain = {name: one["accuracy"] for name, one in _run(report).items() if name in stressed}
    worlds = ({"none": plain} if plain else {}) | report["stresses"]
    rows = [
        (stress, name, *_short(figures))
        for stress, by_name in (worlds if stressed else {}).items()
        for name, figures in by_name.items()
    ]
    return Table("Stresses", ("stress", "detector", *_heads()), ("", "", *_units()), tuple(rows))


def variant_table(report: dict[str, Any]) -> Table:
    """The core as it is, hastier and more careful."""
    rows = [(name, *_short(figures)) for name, figures in report["trade_off"].items()]
    core = report["detectors"].get("confirmation")
    if rows and core and not core["note"]:
        rows = [("confirmation", *_short(core["accuracy"])), *rows]
    title = "The core, and the same confirming at other scores x pixels of a patch that have it"
    return Table(title, ("detector", *_heads()), ("", *_units()), tuple(rows))


def sampled_table(report: dict[str, Any]) -> Table:
    """What a sample would have said."""
    rows = [
        (
            name,
            *(_interval(one["area_adjusted"][x], 3) for x in ("users", "producers", "overall")),
            _interval(one["area_adjusted"]["area"], 1),
            number(one["area_adjusted"]["true_area"], 1),
        )
        for name, one in _run(report).items()
        if one["area_adjusted"]
    ]
    return Table(
        "Area-adjusted accuracy, estimated from a stratified sample of 2000 pixels",
        ("detector", "user's", "producer's", "overall", "dug", "truly"),
        ("", "+- 95 %", "+- 95 %", "+- 95 %", "ha", "ha"),
        tuple(rows),
    )


def target_table(report: dict[str, Any]) -> Table:
    """Every target, what the core reaches, and the best peer in the same world beside it."""
    rows = []
    for target in TARGETS:
        ours = target.value(report, "confirmation")
        if ours is None:
            continue
        peer = best_peer(report, target)
        theirs = target.value(report, peer)
        rows.append(
            (
                target.words,
                target.unit,
                f"{'>=' if target.at_least else '<='} {target.bound:g}",
                number(ours, target.places),
                "met" if met(target, ours) else "missed",
                f"{number(theirs, target.places)} {peer}" if theirs is not None else "-",
            )
        )
    heads = ("target", "unit", "asked", "core", "", "best peer")
    return Table("Targets", heads, ("",) * len(heads), tuple(rows))


def number(value: float | None, places: int = 3) -> str:
    """A figure as text, "-" of what could not be counted."""
    return "-" if value is None else f"{value:.{places}f}"


def percent(value: float | None) -> str:
    """A share as per cent with its sign."""
    return "-" if value is None else f"{100 * value:+.1f}"


def _run(report: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in report["detectors"].items() if not one["note"]}


def _by_detector(report: dict[str, Any], title: str, columns: tuple[_Column, ...]) -> Table:
    rows = [
        (name, one["note"]) if one["note"] else (name, *(column.cell(one) for column in columns))
        for name, one in report["detectors"].items()
    ]
    heads = ("detector", *(column.head for column in columns))
    return Table(title, heads, ("", *(column.unit for column in columns)), tuple(rows))


def _figure(name: str, places: int = 3) -> Callable[[dict[str, Any]], str]:
    return lambda one: number(one["accuracy"][name], places)


def _pair(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda one: "/".join(
        number(one["accuracy"][f"{name}_{part}"], 0) for part in ("median", "p90")
    )


def _short(figures: dict[str, Any]) -> list[str]:
    return [number(figures[name], places) for *_, name, places in _SHORT]


def _heads() -> list[str]:
    return [head for head, *_ in _SHORT]


def _units() -> list[str]:
    return [unit for _, unit, *_ in _SHORT]


def _interval(found: list[float], places: int) -> str:
    return f"{number(found[0], places)} +-{number(found[1], places)}"


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
