"""What may become of an alert, by whose word; the ledger's present state."""

from __future__ import annotations

import pytest

from analysis.alert_states import STANDING, alert_records
from analysis.ledger import Act, BrokenChain, Chain

A = "0cc519885144b57c"


def records(*told: tuple[str, str], **numbers):
    """Records after the acts (act, state) on one alert, a day each."""
    chain = Chain()
    for day, (act, state) in enumerate(told, 1):
        numbers = {"area_ha": float(day), "mine_id": "CIL_339"}
        chain = chain.with_acts([Act(act, A, state, "why", numbers)], "x", f"2023-11-{day:02}")
    return alert_records(chain.entries)


def test_an_alert_opens_grows_is_judged_and_keeps_its_last_numbers():
    record = records(("opened", "open"), ("updated", "open"), ("verdict", "confirmed"))[A]
    assert record.state in STANDING
    assert record.area_ha == 2.0  # of the run's last word; the verdict's own are in the verdict
    assert record.verdict is record.judged is record.last
    assert record.mine_id == "CIL_339"
    assert record.found
    assert (record.first.seq, record.last.seq) == (1, 3)


def test_a_withdrawn_alert_is_not_found_until_it_is_found_again():
    gone = records(("opened", "open"), ("retracted", "retracted"))[A]
    assert not gone.found
    assert gone.state not in STANDING
    again = records(("opened", "open"), ("retracted", "retracted"), ("found", "open"))[A]
    assert again.found


def test_growth_ends_a_dismissal_but_the_person_has_judged_all_the_same():
    record = records(("opened", "open"), ("verdict", "dismissed"), ("reopened", "open"))[A]
    assert record.state == "open"
    assert record.verdict is None
    assert record.judged.state == "dismissed"


def test_a_verdict_carried_over_stands_like_one_given():
    record = records(("opened", "open"), ("carried", "dismissed"))[A]
    assert record.verdict is record.judged
    assert record.verdict.state == "dismissed"


@pytest.mark.parametrize("last", ["confirmed", "dismissed", "retracted"])
@pytest.mark.parametrize("first", ["confirmed", "dismissed", "retracted"])
def test_a_person_may_think_again(first, last):
    assert records(("opened", "open"), ("verdict", first), ("verdict", last))[A].state == last


@pytest.mark.parametrize(
    "told",
    [
        [("verdict", "confirmed")],  # nothing to judge yet
        [("updated", "open")],
        [("opened", "confirmed")],  # a run confirms nothing
        [("opened", "open"), ("opened", "open")],
        [("opened", "open"), ("verdict", "open")],
        [("opened", "open"), ("verdict", "superseded")],
        [("opened", "open"), ("verdict", "confirmed"), ("retracted", "retracted")],  # a run
        [("opened", "open"), ("verdict", "dismissed"), ("updated", "open")],
        [("opened", "open"), ("verdict", "confirmed"), ("reopened", "open")],
        [("opened", "open"), ("superseded", "superseded"), ("verdict", "confirmed")],
        [("opened", "open"), ("forged", "dismissed")],
    ],
)
def test_what_no_act_may_do_is_refused_at_its_entry(told):
    with pytest.raises(BrokenChain, match=rf"line {len(told)}: '.*' cannot take alert {A}"):
        records(*told)


def test_acts_on_the_ledger_itself_name_no_alert():
    chain = Chain().with_acts([Act("repaired", "", "", "torn")], "minecube", "2023-11-14")
    assert alert_records(chain.entries) == {}
