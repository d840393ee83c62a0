"""A run enters what changed and nothing else; a person's word stands until the ground doubles."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from analysis.alert_acts import LedgerRule, as_found, run_acts, with_states
from analysis.alert_states import alert_records
from analysis.alerts import violation_alerts
from analysis.compliance import ALERT_COLUMNS, DTYPES, alert_id
from analysis.ledger import Act, Chain
from cube.contract import CubeError


def alert(area_ha=1.0, zone="F1", state="open", mine="CIL_339", east=0.0, **other):
    """One row: a square of 0.001 degrees in a zone near Korba, opened in August 2022."""
    row = {
        "alert_id": alert_id(other.get("rule", "no_go"), mine, zone),
        "mine_id": mine,
        "zone_id": zone,
        "zone_type": "forest",
        "rule": "no_go",
        "first_violation_date": "2022-08-04",
        "confirmed_date": "2022-10-18",
        "area_ha": area_ha,
        "growth_ha_per_month": 0.05,
        "severity": "LOW",
        "confidence": 0.9,
        "state": state,
        "reason": f"{area_ha:.2f} ha excavated in forest zone {zone}.",
    }
    return row | other | {"geometry": shapely.box(82.7 + east, 22.3, 82.701 + east, 22.301)}


def table(*rows):
    columns = pd.DataFrame(list(rows), columns=[*ALERT_COLUMNS, "geometry"])
    return gpd.GeoDataFrame(columns.astype(DTYPES), geometry="geometry", crs=4326)


class Ledger:
    """Runs and persons, one after the other."""

    def __init__(self):
        self.chain = Chain()

    def run(self, *rows, checked=("CIL_339",), rule=None) -> list[tuple[str, str]]:
        acts = run_acts(table(*rows), set(checked), self.records, rule)
        self.chain = self.chain.with_acts(acts, "run of minecube", "2023-11-14T06:30:00Z")
        return [(act.act, act.state) for act in acts]

    def judge(self, state, zone="F1"):
        id_ = alert_id("no_go", "CIL_339", zone)
        numbers = self.records[id_].numbers
        act = Act("verdict", id_, state, "seen", numbers, "A. Rao")
        self.chain = self.chain.with_acts([act], "", "2023-12-15T10:00:00Z")

    def why(self) -> str:
        return self.chain.entries[-1].why

    @property
    def records(self):
        return alert_records(self.chain.entries)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def test_a_new_violation_is_opened_once_however_many_runs_see_it(ledger):
    assert ledger.run(alert()) == [("opened", "open")]
    assert ledger.run(alert()) == []
    assert ledger.run(alert()) == []
    entry = ledger.chain.entries[0]
    assert entry.numbers == {
        "mine_id": "CIL_339",
        "rule": "no_go",
        "zone_id": "F1",
        "zone_type": "forest",
        "first_violation_date": "2022-08-04",
        "confirmed_date": "2022-10-18",
        "area_ha": 1.0,
        "growth_ha_per_month": 0.05,
        "severity": "LOW",
        "confidence": 0.9,
    }
    assert entry.why == "1.00 ha excavated in forest zone F1."


def test_unknown_dates_and_confidence_are_null():
    row = table(alert(confirmed_date=pd.NaT, confidence=float("nan")))
    chain = Chain().with_acts(run_acts(row, {"CIL_339"}, {}), "run", "2023-11-14T06:30:00Z")
    assert chain.entries[0].numbers["confirmed_date"] is None
    assert chain.entries[0].numbers["confidence"] is None


def test_growth_counts_from_the_last_entry_so_that_creeping_adds_up(ledger):
    ledger.run(alert(2.0))
    assert ledger.run(alert(2.15)) == []  # 0.15 ha of 2 are less than a tenth
    assert ledger.run(alert(2.19)) == []
    assert ledger.run(alert(2.2)) == [("updated", "open")]
    assert ledger.why() == "area 2.00 -> 2.20 ha: 2.20 ha excavated in forest zone F1."
    assert ledger.run(alert(2.3)) == []  # a tenth of 2.2 is 0.22


def test_a_small_alert_has_to_grow_by_a_mapping_unit(ledger):
    ledger.run(alert(0.3))
    assert ledger.run(alert(0.39)) == []
    assert ledger.run(alert(0.4)) == [("updated", "open")]


def test_ground_taken_back_and_a_graver_severity_are_told_too(ledger):
    ledger.run(alert(2.0))
    assert ledger.run(alert(1.0)) == [("updated", "open")]
    assert ledger.run(alert(1.0, severity="HIGH")) == [("updated", "open")]
    assert ledger.why().startswith("severity LOW -> HIGH: ")


def test_a_violation_found_no_more_is_retracted_once_and_opens_when_found_again(ledger):
    ledger.run(alert())
    gone = alert(state="retracted", reason="Retracted: no excavated ground lies in it any more.")
    assert ledger.run(gone) == [("retracted", "retracted")]
    assert ledger.why() == "Retracted: no excavated ground lies in it any more."
    assert ledger.run(gone) == []
    assert ledger.run(alert()) == [("found", "open")]


def test_an_alert_missing_from_the_table_is_retracted_only_if_its_mine_was_looked_at(ledger):
    ledger.run(alert())
    assert ledger.run(checked=("CIL_340",)) == []
    assert ledger.run(checked=("CIL_339",)) == [("retracted", "retracted")]


def test_the_row_of_a_mine_that_failed_says_nothing_new(ledger):
    ledger.run(alert(1.0))
    assert ledger.run(alert(9.0), checked=()) == []


def test_alerts_withdrawn_before_there_was_a_ledger_are_entered_as_such(ledger):
    assert ledger.run(alert(state="retracted")) == [("retracted", "retracted")]
    assert ledger.run(alert(state="retracted")) == []
    assert ledger.run(alert()) == [("found", "open")]


def test_a_dismissed_alert_stays_dismissed_until_it_has_twice_the_ground(ledger):
    ledger.run(alert(0.5))
    ledger.judge("dismissed")
    assert ledger.run(alert(0.5)) == []
    assert ledger.run(alert(0.99, severity="HIGH")) == []
    assert ledger.run(alert(1.0)) == [("reopened", "open")]
    assert ledger.why().startswith(
        "1.00 ha now, 0.50 ha when it was judged dismissed: 2 times as much opens it again."
    )
    ledger.judge("dismissed")
    assert ledger.run(alert(1.9)) == []  # 1 ha was seen this time
    assert ledger.run(alert(2.0)) == [("reopened", "open")]


def test_twice_of_very_little_does_not_open_a_dismissed_alert(ledger):
    ledger.run(alert(0.04))
    ledger.judge("dismissed")
    assert ledger.run(alert(0.13)) == []  # 0.09 ha more
    assert ledger.run(alert(0.14)) == [("reopened", "open")]


@pytest.mark.parametrize("state", ["confirmed", "dismissed", "retracted"])
def test_a_run_that_finds_it_no_more_says_so_and_leaves_the_verdict(ledger, state):
    ledger.run(alert())
    ledger.judge(state)
    gone = alert(state="retracted")
    assert ledger.run(gone) == [("not_found", state)]
    assert ledger.run(gone) == []
    assert ledger.run(alert()) == [("found", state)]


def test_a_confirmed_violation_goes_on_growing(ledger):
    ledger.run(alert(1.0))
    ledger.judge("confirmed")
    assert ledger.run(alert(3.0)) == [("updated", "confirmed")]


def test_what_a_person_dismissed_after_it_was_withdrawn_is_found_again_as_dismissed(ledger):
    ledger.run(alert())
    ledger.run(alert(state="retracted"))
    ledger.judge("dismissed")
    assert ledger.run(alert()) == [("found", "dismissed")]


def test_a_renamed_zone_makes_a_new_alert_that_supersedes_the_old(ledger):
    ledger.run(alert(zone="F1"))
    renamed = alert(zone="F1-2024"), alert(zone="F1", state="retracted")
    assert ledger.run(*renamed) == [("opened", "open"), ("superseded", "superseded")]
    heir = alert_id("no_go", "CIL_339", "F1-2024")
    assert ledger.records[alert_id("no_go", "CIL_339", "F1")].last.numbers == {"heir": heir}
    shown = with_states(table(*renamed), ledger.records)
    assert shown["state"].tolist() == ["open", "superseded"]
    assert shown["reason"].tolist() == [
        "1.00 ha excavated in forest zone F1-2024.",
        f"Its ground is that of alert {heir} now: 1.00 ha excavated in forest zone F1-2024.",
    ]
    assert with_states(shown, ledger.records).equals(shown)
    assert ledger.run(*renamed) == []


@pytest.mark.parametrize("state", ["confirmed", "dismissed", "retracted"])
def test_a_verdict_goes_with_the_ground_when_the_zone_is_renamed(ledger, state):
    ledger.run(alert(zone="F1"))
    ledger.judge(state)
    acts = ledger.run(alert(zone="F1-2024"), alert(zone="F1", state="retracted"))
    assert acts == [("opened", "open"), ("superseded", "superseded"), ("carried", state)]
    assert ledger.why() == f"A. Rao judged alert {alert_id('no_go', 'CIL_339', 'F1')}, the same " \
        "ground: seen"  # fmt: skip
    assert ledger.run(alert(zone="F1-2024")) == []
    ledger.run(alert(zone="F1-2025"), alert(zone="F1-2024", state="retracted"))
    assert ledger.why() == f"A. Rao judged alert {alert_id('no_go', 'CIL_339', 'F1')}, the same " \
        "ground: seen"  # fmt: skip
    back = ledger.run(alert(zone="F1"), alert(zone="F1-2025", state="retracted"))
    assert back == [("found", state), ("superseded", "superseded")]


def test_a_dismissal_goes_neither_with_much_more_ground_nor_to_another_kind_of_zone(ledger):
    ledger.run(alert(1.0, zone="F1"))
    ledger.judge("dismissed")
    now = alert(2.0, zone="F2"), alert(zone="F1", state="retracted")
    assert ledger.run(*now) == [("opened", "open"), ("superseded", "superseded")]
    made = Ledger()
    made.run(alert(1.0, zone="F1"))
    made.judge("confirmed")
    now = alert(1.0, zone="synthetic-forest-M-1"), alert(zone="F1", state="retracted")
    assert made.run(*now) == [("opened", "open"), ("superseded", "superseded")]
    other = Ledger()
    other.run(alert(1.0, zone="F1"))
    other.judge("dismissed")
    now = alert(1.0, zone="W1", zone_type="water"), alert(zone="F1", state="retracted")
    assert other.run(*now) == [("opened", "open"), ("superseded", "superseded")]


def test_another_alert_on_less_than_half_its_ground_is_no_heir(ledger):
    ledger.run(alert(zone="F1"))
    aside = alert(zone="F2", east=0.0006)  # 40 % of it
    assert ledger.run(aside, alert(zone="F1", state="retracted")) == [
        ("opened", "open"), ("retracted", "retracted")]  # fmt: skip
    beside = alert(zone="F2", mine="CIL_340")
    other = Ledger()
    other.run(alert(zone="F1"))
    assert other.run(beside, alert(zone="F1", state="retracted"))[-1] == ("retracted", "retracted")


def test_the_tables_have_the_ledgers_states_and_the_next_run_the_runs(ledger):
    rows = table(alert(), alert(zone="F2", east=1.0), alert(zone="F3", east=2.0))
    ledger.run(*[alert(), alert(zone="F2", east=1.0), alert(zone="F3", east=2.0)])
    ledger.judge("dismissed")
    ledger.judge("confirmed", "F2")
    shown = with_states(rows, ledger.records)
    assert shown["state"].tolist() == ["dismissed", "confirmed", "open"]
    assert as_found(shown, ledger.records)["state"].tolist() == ["open", "open", "open"]
    assert shown.drop(columns="state").equals(rows.drop(columns="state"))
    assert shown.dtypes.to_dict() == rows.dtypes.to_dict()


def test_a_judged_alert_is_withdrawn_in_the_table_with_its_reason_said_once(ledger):
    class Nothing:
        mine_id, findings = "CIL_339", table()

    ledger.run(alert())
    ledger.judge("dismissed")
    shown = with_states(table(alert()), ledger.records)
    reasons = []
    for _ in range(2):
        found = violation_alerts([Nothing], as_found(shown, ledger.records))
        ledger.run(*found.to_dict("records"))
        shown = with_states(found, ledger.records)
        reasons.append(shown["reason"].tolist())
        assert shown["state"].tolist() == ["dismissed"]
    assert reasons[0] == reasons[1]
    assert reasons[0][0].count("Retracted") == 1


def test_no_alerts_at_all_are_nothing_to_enter(ledger):
    assert ledger.run() == []
    for none in (with_states(table(), ledger.records), as_found(table(), ledger.records)):
        assert len(none) == 0
        assert none.dtypes.to_dict() == table().dtypes.to_dict()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"material_ha": 0}, "must both be positive"),
        ({"material_share": float("nan")}, "must both be positive"),
        ({"reopen_factor": 1.0}, "at 1 no dismissal would last"),
        ({"same_ground": 0.0}, "expected over 0, up to 1"),
    ],
)
def test_rules_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(CubeError, match=message):
        LedgerRule(**settings)
