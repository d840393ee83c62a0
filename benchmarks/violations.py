"""How well violations are found where the truth is known: `python -m benchmarks.violations`.

Every seed's mine stands before seven laws: three it truly breaks (it leaves its lease, creeps half
a hectare into a forest, enters a water's zone) and four it keeps, three of them temptingly. Sites
are simulated in memory; detection, regions and compliance are the real functions.

`--demo FOLDER` scores a finished run on the embedded archive instead, by its files.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.alerts import violation_alerts
from benchmarks.enforced_site import Enforced, enforced
from benchmarks.matching import Match, Matching, matched, scores, share
from cube.contract import CubeError
from cube.simulate import Case, SiteSettings
from pipelines.evaluate.settings import REPORTING

CASES = tuple(case for case in Case if case != Case.NO_LAW)
"""A mine no law speaks of can break none."""


def main(arguments: list[str] | None = None) -> int:
    """Score, print and write. 0 if done, 2 if the folder of a run lacks what it should hold."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORTING))
    parser.add_argument("--cases", type=Case, nargs="+", default=list(CASES), choices=list(Case))
    parser.add_argument("--size", type=int, default=256, help="pixels of 10 m")
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--demo", type=Path, help="output folder of a run on the embedded archive")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/violations.json"))
    told = parser.parse_args(arguments)
    try:
        if told.demo:
            report = run_report(told.demo)
        else:
            world = SiteSettings(size=told.size, years=told.years)
            report = sites_report(told.seeds, world, told.cases)
    except (CubeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for line in lines(report["scores"]):
        print(line)
    if not told.demo:
        told.output.parent.mkdir(parents=True, exist_ok=True)
        told.output.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")
        print(f"written to {told.output}")
    return 0


def run_report(output: Path) -> dict[str, Any]:
    """Score of a finished run on its own archive: its alerts against the archive's truth."""
    truth = output / "archive" / "truth" / "violations.json"
    table = output / "final" / "alerts" / "violation_alerts.csv"
    for path in (truth, table):
        if not path.exists():
            raise CubeError(
                f"{path} is missing: give the output folder of a run on the embedded archive "
                "that has come to its end (python -m pipelines.full_run --output FOLDER)."
            )
    text = dict.fromkeys(("mine_id", "zone_id", "zone_type", "rule", "state"), str)
    alerts = pd.read_csv(table, dtype=text, keep_default_na=False)
    matching = matched(alerts, json.loads(truth.read_text()))
    for match in matching.matches:
        print(_line(match))
    for alert in matching.false:
        print(f"  FALSE {alert['mine_id']} {alert['zone_id']}: {alert['reason']}")
    return {"scores": scores(matching), "breaches": [_row(match) for match in matching.matches]}


def sites_report(
    seeds: Iterable[int], world: SiteSettings, cases: Iterable[Case]
) -> dict[str, Any]:
    """Score over every seed under every law; says what was missed, and why, as it goes."""
    total, by_case, rows = Matching((), ()), dict.fromkeys(cases, Matching((), ())), []
    quiet = 0
    for seed in seeds:
        for one in enforced(seed, world, by_case):
            matching = matched_site(one)
            total, by_case[one.case] = total + matching, by_case[one.case] + matching
            quiet += not one.truths and not matching.false
            for match, seen in zip(matching.matches, one.seen, strict=True):
                print(f"seed {seed} {_line(match, seen)}", flush=True)
                rows.append({"seed": seed, **_row(match), **seen, "missed": _why(one, match)})
                if match.alert is None:
                    print(f"    {rows[-1]['missed']}")
            for alert in matching.false:
                print(f"seed {seed} {one.case}: FALSE {alert['zone_id']}: {alert['reason']}")
    lawful = sum(case not in BREACHES for case in by_case) * len(list(seeds))
    result = scores(total)
    result["lawful_mines_without_alert"] = share(quiet, lawful)
    return {
        "seeds": list(seeds),
        "cases": [str(case) for case in by_case],
        "world": vars(world),
        "scores": result,
        "by_case": {str(case): scores(part) for case, part in by_case.items() if part.matches},
        "breaches": rows,
    }


BREACHES = (Case.OUTSIDE_LEASE, Case.FOREST_CREEP, Case.WATER_ENTRY)


def matched_site(one: Enforced) -> Matching:
    """The alerts of one site against its truth."""
    return matched(violation_alerts([one.said]).drop(columns="geometry"), one.truths)


def lines(result: dict[str, Any]) -> list[str]:
    """The scores in words and numbers, one a line."""
    told = []
    for name, value in result.items():
        words = name.replace("_", " ")
        if "share" in value:
            interval = f"95 % interval {value['low']:.3f} to {value['high']:.3f}"
            told.append(
                f"{words:40s}{value['share']:8.3f}  ({value['hits']} of {value['of']}; {interval})"
            )
        else:
            told.append(f"{words:40s}" + ", ".join(f"{k} {v:.2f}" for k, v in value.items()))
    return told


def _line(match: Match, seen: dict[str, Any] | None = None) -> str:
    truth = match.truth
    words = f"{truth['case']} {truth['mine_id']}: {truth['area_ha']:.2f} ha from "
    words += f"{truth['first_date']}, 0.1 ha by {truth['minimum_date']}"
    if match.alert is None:
        words += ": MISSED"
    else:
        words += f": found {float(match.alert['area_ha']):.2f} ha, {match.date_error:+.0f} days"
    if seen:
        words += (
            f" ({seen['found']} of {seen['pixels']} px, {seen['not_observable']} not observable)"
        )
    return words


def _row(match: Match) -> dict[str, Any]:
    alert = match.alert
    keep = ("mine_id", "case", "rule", "zone_type", "area_ha", "beyond_10m_ha", "minimum_date")
    row = {key: match.truth[key] for key in keep}
    row["found_ha"] = None if alert is None else round(float(alert["area_ha"]), 4)
    row["date_error_days"] = None if alert is None else match.date_error
    return row


def _why(one: Enforced, match: Match) -> str:
    """What compliance said of a breach that it does not claim; "" where it does."""
    if match.alert is not None:
        return ""
    said = one.said.findings
    about = said[said["zone_id"] == (match.truth["zone_id"] or match.truth["rule"])]
    return str(about["reason"].iloc[0]) if len(about) else "no excavated ground was found there"


if __name__ == "__main__":
    sys.exit(main())
