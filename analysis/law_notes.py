"""Law as it was read in, what a reader of the results must know of it out: said, never guessed."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd

from analysis.contested import contested_leases

NAMED = 5
"""At most so many features are named; the others are counted."""


def law_notes(zones: gpd.GeoDataFrame, leases: gpd.GeoDataFrame) -> list[str]:
    """One sentence for everything that was repaired, taken for granted, or is in dispute.

    zones, leases : as `cube.law` reads them; may be empty
    """
    notes: list[str] = []
    for law, id_column, what in ((zones, "zone_id", "zone"), (leases, "lease_id", "lease")):
        if len(law):
            notes += _repaired(law, id_column)
            notes += _undated(law, id_column, what)
    return notes + list(_contested(leases))


def _repaired(law: gpd.GeoDataFrame, id_column: str) -> list[str]:
    if "repaired" not in law:
        return []
    mended = law[law["repaired"] != ""]
    names, flaws = mended[id_column], mended["repaired"]
    told = [f"repaired {name}: {why}" for name, why in zip(names, flaws, strict=True)]
    more = len(told) - NAMED
    return [*told[:NAMED], *([f"repaired {more} more {id_column}s"] if more > 0 else [])]


def _undated(law: gpd.GeoDataFrame, id_column: str, what: str) -> Iterator[str]:
    """Areas without any date: taken as valid always, which is said once."""
    undated = law[law["valid_from"].isna() & law["valid_to"].isna()]
    if undated.empty:
        return
    if len(undated) == len(law):
        which = f"none of the {what}s has a date"
    else:
        names = ", ".join(undated[id_column].head(NAMED))
        names += ", ..." if len(undated) > NAMED else ""
        which = f"{len(undated)} of {len(law)} {what}s have no date ({names})"
    yield (
        f"{which}: taken as valid always. Where you know since when, add valid_from and valid_to: "
        "the law of the day on which ground was opened decides."
    )


def _contested(leases: gpd.GeoDataFrame) -> Iterator[str]:
    """Ground that two holders claim: counted once, for the lower id."""
    claims = contested_leases(leases)
    for claim in claims.head(NAMED).itertuples():
        yield (
            f"leases {claim.lease_id} of {claim.holder} and {claim.other_lease_id} of "
            f"{claim.other_holder} both claim {claim.area_ha:.2f} ha{_span(claim)}: ground there "
            f"is counted once, for {claim.lease_id}."
        )
    if len(claims) > NAMED:
        yield f"{len(claims) - NAMED} more pairs of leases claim the same ground."


def _span(claim: tuple) -> str:
    """` from 2020-04-01 to 2021-03-31`, or what of it is known."""
    words = ""
    for word, day in (("from", claim.valid_from), ("to", claim.valid_to)):  # type: ignore[attr-defined]
        if day == day:
            words += f" {word} {day:%Y-%m-%d}"
    return words
