"""A finished run and another law in, the alerts that it would change out; nothing is written.

    python -m pipelines.replay --output DIR [--zones FILE] [--leases FILE] [--rules FILE]
        [--as-known DATE] [--cluster FILE|ADDRESS|threads] [--json]
    python -m pipelines.replay --output DIR --versions

The published excavation is held against the law that the run's alerts stand on and against the
other one. `--as-known` takes the law that runs over the folder judged by at the end of a day;
files given beside it replace its layers. A real run with the changed files enters in the ledger
what this only shows.
Exit codes: 0 done, 2 bad input, 3 some mines could not be judged (listed).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from analysis.law_change import APPEARS, CHANGES, VANISHES, LawChange
from cube.contract import CubeError
from pipelines.cluster import cluster_spec, connected
from pipelines.law_preview import LawPreview, OtherLaw, law_preview
from pipelines.law_versions import law_versions
from pipelines.wording import counted

WORDS = {APPEARS: "would appear", VANISHES: "vanish", CHANGES: "change"}

SHOWN = 20
"""Rows of each table; `--json` has them all."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    try:
        if not told.output.is_dir():
            raise CubeError(f"there is no folder {told.output}. Give the output folder of a run.")
        if told.versions:
            _say_versions(told.output, console)
            return 0
        preview = _preview(told)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if told.json:
        print(json.dumps(as_json(preview), indent=1))
    else:
        _say(preview, console)
    return 3 if preview.failed else 0


def as_json(preview: LawPreview) -> dict[str, Any]:
    """A preview as JSON-ready values: dates as days, unknown ones as null, no geometry."""
    change = preview.change
    return {
        "alerts": _records(change.alerts.drop(columns="geometry")),
        "unchanged": change.unchanged,
        "hectares": _records(change.areas),
        "features": _records(change.features.drop(columns="geometry")),
        "failed": preview.failed,
    }


def _preview(told: argparse.Namespace) -> LawPreview:
    other = OtherLaw(told.zones, told.leases, told.rules, told.as_known)
    if not told.cluster:
        return law_preview(told.output, other)
    with connected(cluster_spec(told.cluster)) as client:
        return law_preview(told.output, other, client)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    days = {
        str(name): table[name].dt.strftime("%Y-%m-%d")
        for name in table
        if table[name].dtype.kind == "M"
    }
    plain = table.assign(**days).astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _say(preview: LawPreview, console: Console) -> None:
    """What differs in the law, in the alerts and in the hectares."""
    change = preview.change
    if change.features.empty:
        console.print("The other law is the same, feature by feature.")
    for row in change.features.head(SHOWN).itertuples():
        console.print(f"{row.layer.removesuffix('s')} {row.feature}: {row.change}")
    _say_rest(console, len(change.features), "feature")
    if len(change.alerts):
        console.print()
        console.print(_alerts(change))
        _say_rest(console, len(change.alerts), "alert")
        for row in change.alerts.head(SHOWN).itertuples():
            if row.because:
                console.print(f"  {row.alert_id}: {row.because}", style="dim")
    console.print()
    console.print(_hectares(change))
    console.print()
    for mine, reason in preview.failed.items():
        console.print(f"failed: {mine}: {reason}")
    kinds = change.alerts["change"].value_counts()
    said = ", ".join(f"{kinds.get(kind, 0)} {word}" for kind, word in WORDS.items())
    console.print(f"{said}; {counted(change.unchanged, 'alert')} would stay. Nothing was written.")


def _alerts(change: LawChange) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("mine", "where", "change", "since", "severity"):
        table.add_column(name, overflow="fold")
    table.add_column("ha", justify="right")
    for row in change.alerts.head(SHOWN).itertuples():
        since = [f"{day:%Y-%m-%d}" if pd.notna(day) else "" for day in
                 (row.since_before, row.since_after)]  # fmt: skip
        ha = [f"{area:.2f}" if area else "" for area in (row.area_before_ha, row.area_after_ha)]
        table.add_row(
            row.mine_id,
            row.zone_id.replace("_", " ") if row.zone_id == row.zone_type else row.zone_id,
            row.change,
            _arrow(since),
            _arrow([row.severity_before, row.severity_after]),
            _arrow(ha),
        )
    return table


def _hectares(change: LawChange) -> Table:
    """Excavated ground by class of law, all mines together."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("ground dug")
    for name in ("ha now", "ha by the other law"):
        table.add_column(name, justify="right")
    for law, row in change.totals.iterrows():
        table.add_row(str(law).replace("_", " "), f"{row.before_ha:.2f}", f"{row.after_ha:.2f}")
    return table


def _arrow(pair: Sequence[str]) -> str:
    """`a -> b`, or the one of them that there is."""
    return pair[0] if pair[0] == pair[1] else " -> ".join(one or "none" for one in pair)


def _say_rest(console: Console, count: int, noun: str) -> None:
    if count > SHOWN:
        console.print(f"and {counted(count - SHOWN, f'more {noun}')}; --json lists all")


def _say_versions(output: Path, console: Console) -> None:
    """Since when runs judged by which law."""
    versions = law_versions(output)
    if not versions:
        console.print("No run has kept the law that it judged by yet.")
    for one in versions:
        held = f", {counted(one.features, 'feature')}" if one.sha256 else ""
        console.print(f"{one.since}  {one.layer:9}  {one.told}{held}; {one.run}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.replay", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--output", type=Path, required=True, help="folder of a run")
    parser.add_argument("--zones", default="", metavar="FILE", help="other no-go zones")
    parser.add_argument("--leases", default="", metavar="FILE", help="other leases")
    parser.add_argument("--rules", default="", metavar="FILE", help="other rules")
    parser.add_argument(
        "--as-known", default="", metavar="DATE", help="the law known on a day, as 2023-11-08"
    )
    parser.add_argument("--cluster", default="", metavar="TEXT",
                        help="where to judge (default: in this process)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--versions", action="store_true", help="list the laws that runs judged by")
    return parser


if __name__ == "__main__":
    sys.exit(main())
