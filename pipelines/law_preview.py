"""A finished run and another law in, what that would change of its alerts out; nothing written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from distributed import Client
from pydantic import TypeAdapter, ValidationError

from analysis.law_change import LawChange, law_change
from analysis.synthetic_zones import is_synthetic
from cube.contract import CubeError
from cube.law import read_leases, read_zones
from pipelines.config import RunConfig
from pipelines.finished_run import recorded, stored_mines
from pipelines.law import law_of, together
from pipelines.law_judging import judged
from pipelines.law_reasons import all_changes
from pipelines.law_versions import Law, kept_law, law_known
from pipelines.rules import law_rules, read_rules
from pipelines.stored_ground import stored_ground
from pipelines.tasks import Failed


@dataclass(frozen=True)
class OtherLaw:
    """What to hold the ground against instead; "" leaves a layer as it is.

    zones, leases, rules : str
        Paths of files as the main job takes them.
    as_known : str
        A day, as 2023-11-08: the law that runs over the output judged by at its end.
    """

    zones: str = ""
    leases: str = ""
    rules: str = ""
    as_known: str = ""

    def __post_init__(self) -> None:
        if not (self.zones or self.leases or self.rules or self.as_known):
            raise CubeError(
                "no other law is given to hold the ground against: give zones, leases, rules or a "
                "day as of which the law was known."
            )


@dataclass(frozen=True, eq=False)
class LawPreview:
    """`change`, and why there is none of some mines, by mine."""

    change: LawChange
    failed: dict[str, str] = field(default_factory=dict)


def law_preview(output: Path, other: OtherLaw, client: Client | None = None) -> LawPreview:
    """Hold the published excavation of a run against another law, beside the one it has.

    Both times the ground is judged anew, with the settings of the run; no alert, no ledger and no
    file is touched.

    client : a cluster that judges; in this process where None

    Raises
    ------
    CubeError
        If there is no finished run, a file of law is unusable, or the law of then was not kept.
    """
    data = recorded(output)
    try:
        config = TypeAdapter(RunConfig).validate_python(data["settings"])
    except ValidationError as error:
        raise CubeError(
            f"the settings in {output / 'run.json'} are not those of this version. Run the main "
            "job again."
        ) from error
    now = present_law(output, config)
    then = other_law(output, now, other)
    ground = stored_ground(config, output, stored_mines(output))
    before, after = judged(ground, now, client), judged(ground, then, client)
    failed = {
        mine: outcome.reason
        for outcomes in (before, after)
        for mine, outcome in outcomes.items()
        if isinstance(outcome, Failed)
    }
    held = [
        {mine: found for mine, found in outcomes.items() if not isinstance(found, Failed)}
        for outcomes in (before, after)
    ]
    return LawPreview(law_change(held[0], held[1], all_changes(now, then)), failed)


def present_law(output: Path, config: RunConfig) -> Law:
    """The law a run's alerts stand on: as it was kept, or as the files of the run have it."""
    known = law_known(output)
    return kept_law(output, known) if known else Law(*law_of(config, output), law_rules(config))


def other_law(output: Path, now: Law, other: OtherLaw) -> Law:
    """The law to compare with: as known on a day or as it is, with the given files instead."""
    law = kept_law(output, law_known(output, other.as_known)) if other.as_known else now
    if other.zones:
        made = law.zones[law.zones["zone_id"].map(is_synthetic).to_numpy(bool)]
        law = law._replace(zones=together(read_zones(other.zones), made, other.zones))
    if other.leases:
        law = law._replace(leases=read_leases(other.leases))
    if other.rules:
        law = law._replace(rules=read_rules(other.rules))
    return law
