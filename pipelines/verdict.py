"""A person's verdict on an alert in, an entry of the ledger out; what the ledger says, to read.

    python -m pipelines.verdict --output DIR --alert ID --state confirmed|dismissed|retracted
        --who NAME --why TEXT [--visited DATE]
    python -m pipelines.verdict --output DIR --file verdicts.csv
    python -m pipelines.verdict --output DIR --list | --precision | --verify [--head HASH]
    python -m pipelines.verdict --output DIR --restart --who NAME --why TEXT

The columns of verdicts.csv are alert_id, state, who, why, visited; all its rows are entered or
none. The tables of the run follow when the main job is run again.
Exit codes: 0 done, 1 the ledger does not verify, 2 bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from analysis.alert_states import STATES, VERDICTS, alert_records
from analysis.ledger import Chain
from analysis.precision import precision_at_k
from analysis.synthetic_zones import zone_words
from cube.contract import CubeError
from pipelines.inspect import ranked_alerts
from pipelines.ledger_file import read_ledger, restart
from pipelines.verdicts import COLUMNS, Verdict, check_person, enter_verdicts, read_verdicts
from pipelines.wording import counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    try:
        if not told.output.is_dir():
            raise CubeError(f"there is no folder {told.output}. Give the output folder of a run.")
        if told.verify:
            return _verify(told.output, told.head, console)
        if told.list:
            _say_alerts(read_ledger(told.output), console)
        elif told.precision:
            _say_precision(told.output, console)
        elif told.restart:
            _restart(told, console)
        else:
            _enter(told, console)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _enter(told: argparse.Namespace, console: Console) -> None:
    if told.file:
        verdicts = read_verdicts(told.file)
    else:
        given = {name: (getattr(told, name) or "").strip() for name in COLUMNS[1:]}
        verdicts = [Verdict(told.alert.strip(), **given)]
    chain, count = enter_verdicts(told.output, verdicts)
    if not count:
        console.print("Nothing to enter: the ledger has this already.")
        return
    _say_receipt(f"{counted(count, 'verdict')} entered", chain, console)
    console.print("Run the main job again to bring its tables up to date.")


def _restart(told: argparse.Namespace, console: Console) -> None:
    who, why = (told.who or "").strip(), (told.why or "").strip()
    check_person(who, why)
    _say_receipt("A new ledger begins", restart(told.output, who, why), console)


def _say_receipt(what: str, chain: Chain, console: Console) -> None:
    """The hash of the last entry: who keeps it can ask for it later."""
    console.print(f"{what}; entry {len(chain.entries)} is sealed with\n  {chain.head}")
    console.print("Keep it: --verify --head HASH shows later that nothing before it was changed.")


def _verify(output: Path, head: str | None, console: Console) -> int:
    """Say whether the ledger is whole, and whether it has the entry that `head` sealed."""
    try:
        chain = read_ledger(output)
    except CubeError as error:
        console.print(f"NOT verified: {error}")
        return 1
    if head and head.strip().lower() not in {entry.hash for entry in chain.entries}:
        console.print(f"NOT verified: no entry is sealed with {head}; it was cut off or replaced.")
        return 1
    count = len(chain.entries)
    if not count:
        raise CubeError(f"{output} has no ledger yet: the main job begins one.")
    console.print(f"verified: {count} {'entry' if count == 1 else 'entries'}, sealed with")
    console.print(f"  {chain.head}")
    if chain.torn or chain.unended:
        console.print(
            "The last append was interrupted; the next one repairs that and enters that it did."
        )
    return 0


def _say_alerts(chain: Chain, console: Console) -> None:
    """Every alert with its state, who said so last, and why; those that are open first."""
    records = alert_records(chain.entries)
    if not records:
        console.print("The ledger has no alerts yet.")
    for record in sorted(records.values(), key=lambda r: (STATES.index(r.state), -r.area_ha)):
        kind, name = (str(record.numbers.get(key, "")) for key in ("zone_type", "zone_id"))
        zone = zone_words(kind, name)
        last = record.last
        console.print(
            f"{record.alert_id}  {record.mine_id}  {record.area_ha:.2f} ha {zone}  {record.state}"
        )
        console.print(f"    {last.act} {last.when[:10]} by {last.who}: {last.why}")


def _say_precision(output: Path, console: Console) -> None:
    """How many of the first alerts of the list were violations."""
    records = alert_records(read_ledger(output).entries)
    ranking = ranked_alerts(output)["alert_id"].tolist()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("first k", "judged", "confirmed", "precision", "95 % interval"):
        table.add_column(name, justify="right")
    for row in precision_at_k(ranking, records.values()).to_dict("records"):
        known = row["judged"] > 0
        interval = f"{row['low']:.2f} to {row['high']:.2f}" if known else ""
        share = f"{row['precision']:.2f}" if known else ""
        table.add_row(str(row["k"]), str(row["judged"]), str(row["confirmed"]), share, interval)
    console.print(table)
    console.print(
        "Ranked by the hectares of violation to expect. Confirmed is a hit, dismissed and retracted"
        " by a person are not; alerts nobody judged count neither way.", style="dim"
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.verdict", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--output", type=Path, required=True, help="folder of a run")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--alert", metavar="ID", help="the alert that was judged")
    what.add_argument("--file", type=Path, metavar="CSV", help="many verdicts at once")
    what.add_argument("--list", action="store_true", help="every alert and its state")
    what.add_argument("--precision", action="store_true", help="precision at k from the verdicts")
    what.add_argument("--verify", action="store_true", help="check every entry of the ledger")
    what.add_argument("--restart", action="store_true", help="begin anew where a ledger was lost")
    parser.add_argument("--state", choices=VERDICTS)
    parser.add_argument("--who", metavar="NAME", help="who judged")
    parser.add_argument("--why", metavar="TEXT", help="what was seen, in one line")
    parser.add_argument("--visited", metavar="DATE", help="day of the visit, as 2023-11-08")
    parser.add_argument("--head", metavar="HASH", help="with --verify: a hash that was kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
