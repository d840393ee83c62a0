"""Ground that two holders claim at once: found, measured, said, and counted once."""

import numpy as np
import pytest

from analysis.contested import CLAIM_DTYPES, contested_ha, contested_leases
from analysis.law_notes import law_notes
from tests.analysis.small_mine import block, dug, leases, zones

LEFT, RIGHT = block(0, 0, 3, 4), block(2, 0, 6, 4)  # 10 m by 40 m in common


def claimed(*rows, holders=("SECL", "MCL")):
    """Leases of those holders, and the claims on common ground."""
    table = leases(*rows)
    table["holder"] = list(holders)
    return contested_leases(table)


def test_two_holders_of_the_same_ground_contest_it():
    claims = claimed(("L2", "", RIGHT), ("L1", "", LEFT))
    assert claims[["lease_id", "holder", "other_lease_id", "other_holder"]].values.tolist() == [
        ["L1", "MCL", "L2", "SECL"]
    ]
    assert claims.area_ha.tolist() == pytest.approx([0.04], abs=1e-5)
    assert claims[["valid_from", "valid_to"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("first", "second", "span"),
    [
        (("NaT", "2021-03-31"), ("2021-03-31", "NaT"), ["2021-03-31", "2021-03-31"]),
        (("2020-04-01", "2021-12-31"), ("2021-01-21", "NaT"), ["2021-01-21", "2021-12-31"]),
        (("NaT", "2021-03-31"), ("2021-04-01", "NaT"), None),
    ],
)
def test_leases_contest_ground_on_the_days_on_which_both_are_in_force(first, second, span):
    claims = claimed(("L1", "", LEFT, *first), ("L2", "", RIGHT, *second))
    found = claims[["valid_from", "valid_to"]].astype(str).values.tolist()
    assert found == ([span] if span else [])


@pytest.mark.parametrize(
    ("right", "holders"),
    [
        (RIGHT, ("SECL", " secl ")),  # one holder, written twice
        (RIGHT, ("SECL", "")),  # a holder nobody knows
        (block(3, 0, 6, 4), ("SECL", "MCL")),  # neighbours
        (block(2.99, 0, 6, 4), ("SECL", "MCL")),  # 0.1 m by 40 m: drawn carelessly
    ],
)
def test_what_is_no_dispute_is_not_told(right, holders):
    claims = claimed(("L1", "", LEFT), ("L2", "", right), holders=holders)
    assert len(claims) == 0
    assert claims.dtypes.astype(str).to_dict().keys() == {*CLAIM_DTYPES, "geometry"}


def test_of_contested_ground_that_counts_which_was_opened_while_both_claimed_it():
    claims = claimed(("L1", "", LEFT), ("L2", "", RIGHT, "2021-01-25", "NaT"))
    # the third column is common; opened 2021-01-21, 01-31, 01-31 and not at all
    ground = dug("..2. 333. ..3. ....")
    np.testing.assert_allclose(contested_ha(ground, claims), [0.02], atol=1e-6)
    assert contested_ha(dug(".... .... .... ...."), claims).tolist() == [0.0]


def test_disputes_are_said_once_with_both_holders():
    table = leases(("L1", "", LEFT, "2020-04-01"), ("L2", "", RIGHT, "2021-01-25", "2022-03-31"))
    table["holder"] = ["SECL", "MCL"]
    assert law_notes(zones(), table) == [
        "leases L1 of SECL and L2 of MCL both claim 0.04 ha from 2021-01-25 to 2022-03-31: ground "
        "there is counted once, for L1."
    ]


def test_law_without_dates_is_said_to_be_taken_as_valid_always():
    undated = leases(("L1", "", LEFT), ("L2", "", block(8, 0, 9, 4)))
    (note,) = law_notes(zones(), undated)
    assert note.startswith("none of the leases has a date: taken as valid always. Where you know")
    some = zones(("F1", "forest", LEFT), ("F2", "forest", RIGHT, "2015-04-01"))
    (note,) = law_notes(some, leases())
    assert note.startswith("1 of 2 zones have no date (F1): taken as valid always. ")
    assert law_notes(zones(("F2", "forest", RIGHT, "2015-04-01")), leases()) == []


def test_what_was_repaired_is_said_and_many_repairs_are_counted():
    mended = zones(*[(f"F{n}", "forest", LEFT, "2015-04-01") for n in range(7)])
    mended["repaired"] = "made valid: Self-intersection[82.6 22.3]"
    notes = law_notes(mended, leases())
    assert notes[0] == "repaired F0: made valid: Self-intersection[82.6 22.3]"
    assert notes[-1] == "repaired 2 more zone_ids"
    assert len(notes) == 6
