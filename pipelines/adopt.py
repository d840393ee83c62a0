"""A scan's candidates and the list of mines in, the list with the new mines out.

    python -m pipelines.adopt CANDIDATES --mines MINES --output NEW.geojson [--candidate ID ...]

The new mines have ids of their own, lie on no listed mine, pass what every mine must pass, and say
where they come from. Full runs over NEW.geojson then watch them.
Exit codes: 0 done (also where nothing was adopted), 2 bad input, 130 stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from cube.contract import CubeError
from pipelines.adoption import Adoption, AdoptionRule, adoption
from pipelines.flags import Parser
from pipelines.networks.ended import ended
from pipelines.run_record import whole_path
from pipelines.wording import counted

FORMATS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG"}
"""By suffix; .parquet is written as well."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Adopt from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)

    def work() -> int:
        rule = AdoptionRule(told.least_probability, told.margin, prefix=told.prefix)
        adopt(told.candidates, told.mines, told.output, rule, tuple(told.candidate), console)
        return 0

    return ended(work, stopped="")


def adopt(
    candidates: str | Path,
    mines: str | Path,
    output: str | Path,
    rule: AdoptionRule,
    wanted: tuple[str, ...],
    console: Console,
) -> Adoption:
    """Write the longer list; says what became of every candidate.

    Raises
    ------
    CubeError
        If a file cannot be read, or the list would be written over what it is made of.
    """
    path = Path(output)
    if path.suffix.lower() not in (*FORMATS, ".parquet"):
        raise CubeError(
            f"--output is {path}; give a name that ends in {', '.join(FORMATS)} or .parquet."
        )
    for name in (candidates, mines):
        if path.exists() and path.samefile(name):
            raise CubeError(f"--output is {name} itself; give another name, and compare them.")
    found = adoption(candidates, mines, rule, wanted)
    with whole_path(path) as part:
        if path.suffix.lower() == ".parquet":
            found.mines.to_parquet(part)
        else:
            found.mines.to_file(part, driver=FORMATS[path.suffix.lower()])
    for mine_id, candidate in found.adopted.items():
        console.print(f"adopted {candidate} as {mine_id}")
    for row in found.refused.itertuples():
        console.print(f"refused {row.candidate_id}: {row.reason}")
    console.print(
        f"{counted(len(found.adopted), 'mine')} adopted, {len(found.refused)} refused: {path} "
        f"lists {counted(len(found.mines), 'mine')}"
    )
    return found


def _parser() -> argparse.ArgumentParser:
    rule = AdoptionRule()
    parser = Parser(
        prog="python -m pipelines.adopt",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("candidates", help="candidates.geojson of a scan, as it is or as edited")
    parser.add_argument("--mines", required=True, help="the list as it is")
    parser.add_argument("--output", required=True, help="the list to be: .geojson, .gpkg, .parquet")
    parser.add_argument("--candidate", action="append", default=[], metavar="ID",
        help="only this one (again for more), whatever its probability")  # fmt: skip
    parser.add_argument("--least-probability", type=float, default=rule.least_probability,
        help=f"({rule.least_probability})")  # fmt: skip
    parser.add_argument("--margin", type=float, default=rule.margin_m, metavar="M",
        help=f"around an outline [m] ({rule.margin_m:g})")  # fmt: skip
    parser.add_argument("--prefix", default=rule.prefix, help=f"of the new ids ({rule.prefix})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
