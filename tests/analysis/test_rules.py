"""Rules of law as data: each is checked at birth, and its hash says when it says something else."""

from dataclasses import replace

import pytest

from analysis.alert_acts import run_acts
from analysis.alert_states import alert_records
from analysis.ledger import Act, Chain
from analysis.rule_versions import rejudged, with_versions
from analysis.rules import PLAIN_RULES, LawRule, LawRules
from cube.contract import CubeError
from tests.analysis.test_alert_acts import alert, table

FOREST_RULE = LawRule("no_forest", "1", "No digging", "Act 1", ("no_go",), zone_types=("forest",))
YEARLY = LawRule("too_fast", "2019-a", "Too fast", "Act 2", ("leased",), measure="rate")


@pytest.mark.parametrize(
    ("rule", "wrong", "message"),
    [
        (FOREST_RULE, {"rule": "No Forest"}, "rule is 'No Forest', expected a name of small"),
        (FOREST_RULE, {"version": " "}, "version of rule no_forest is empty"),
        (FOREST_RULE, {"basis": ""}, "basis of rule no_forest is empty"),
        (FOREST_RULE, {"ground": ()}, "ground of rule no_forest is empty; expected one of: no_go"),
        (FOREST_RULE, {"ground": ("no_go", "leased")}, "ground of rule no_forest is no_go, leased"),
        (FOREST_RULE, {"ground": ("unruled",)}, "ground of rule no_forest is unruled"),
        (FOREST_RULE, {"measure": "volume"}, "measure of rule no_forest is 'volume'"),
        (FOREST_RULE, {"measure": "rate"}, "no_forest measures rate on no_go"),
        (YEARLY, {"measure": "area"}, "too_fast measures area on leased"),
        (YEARLY, {"zone_types": ("forest",)}, "too_fast has zone_types but does not judge no_go"),
        (FOREST_RULE, {"zone_types": ("forst",)}, "zone_types of rule no_forest has 'forst', exp"),
        (FOREST_RULE, {"basis_by_zone": {"river": "x"}}, "basis_by_zone of rule no_forest has 'ri"),
        (FOREST_RULE, {"effect": "fine"}, "effect of rule no_forest is 'fine', expected violation"),
        (FOREST_RULE, {"min_area_ha": 0.0}, "min_area_ha of rule no_forest is 0.0"),
        (FOREST_RULE, {"min_area_ha": float("nan")}, "min_area_ha of rule no_forest is nan"),
        (FOREST_RULE, {"min_standing_slots": -1}, "min_standing_slots of rule no_forest is -1"),
        (FOREST_RULE, {"min_seen_share": 1.5}, "min_seen_share of rule no_forest is 1.5"),
        (YEARLY, {"window_months": 0}, "window_months of rule too_fast is 0, expected 1 to 120"),
        (YEARLY, {"persistence_months": 121}, "persistence_months of rule too_fast is 121"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(rule, wrong, message):
    with pytest.raises(CubeError, match=message):
        replace(rule, **wrong)


def test_a_set_of_rules_needs_rules_of_different_names_and_a_ring_that_can_be():
    with pytest.raises(CubeError, match="rules is empty: with no rule nothing could ever be"):
        LawRules("nowhere", ())
    with pytest.raises(CubeError, match="jurisdiction is empty: say whose law it is"):
        LawRules(" ", (YEARLY,))
    with pytest.raises(CubeError, match="rule 'too_fast' is given twice"):
        LawRules("nowhere", (YEARLY, replace(YEARLY, version="2")))
    with pytest.raises(CubeError, match="watch_ring_m is -1, expected 0 to 10000 m"):
        LawRules("nowhere", (YEARLY,), -1)
    with pytest.raises(CubeError, match="no rule 'too_slow' in this set, only too_fast"):
        LawRules("nowhere", (YEARLY,))["too_slow"]


@pytest.mark.parametrize(
    "change",
    [{"version": "2"}, {"min_area_ha": 0.2}, {"basis": "Act 3"}, {"basis_by_zone": {"water": "x"}}],
)
def test_the_hash_changes_with_everything_that_a_rule_says(change):
    assert replace(FOREST_RULE, **change).sha256 != FOREST_RULE.sha256
    one, other = (LawRules("x", (rule, YEARLY)) for rule in (FOREST_RULE, replace(FOREST_RULE)))
    assert one.sha256 == other.sha256
    assert LawRules("x", (replace(FOREST_RULE, **change), YEARLY)).sha256 != one.sha256
    assert LawRules("x", (FOREST_RULE, YEARLY), 499).sha256 != one.sha256


def test_the_legal_source_is_that_of_the_zones_type_where_it_has_one():
    rule = replace(FOREST_RULE, basis_by_zone={"water": "Water Act"})
    assert (rule.basis_for("water"), rule.basis_for("forest")) == ("Water Act", "Act 1")


def test_every_entry_of_the_ledger_says_the_version_of_its_rule():
    acts = [
        Act("opened", "a", "open", "why", {"rule": "no_go", "area_ha": 1.5}),
        Act("opened", "b", "open", "why", {"rule": "gone", "area_ha": 1.5}),
        Act("retracted", "c", "retracted", "why"),
    ]
    told = with_versions(acts, PLAIN_RULES)
    sha256 = PLAIN_RULES["no_go"].sha256
    assert told[0].numbers == acts[0].numbers | {"rule_version": "1", "rule_sha256": sha256}
    assert told[1:] == acts[1:]


class Runs:
    """A ledger, and runs that find the same alert by one set of rules or another."""

    def __init__(self):
        self.chain = Chain()

    def run(self, rules, state="open", checked=("CIL_339",)):
        found, records = table(alert(state=state)), alert_records(self.chain.entries)
        acts = run_acts(found, set(checked), records)
        acts = with_versions([*acts, *rejudged(acts, found, set(checked), records, rules)], rules)
        self.chain = self.chain.with_acts(acts, "run of minecube", "2023-11-14T06:30:00Z")
        return [act.act for act in acts]


def changed_rules(**change):
    first, *others = PLAIN_RULES.rules
    return LawRules("here", (replace(first, **change), *others))


def test_another_version_of_its_rule_is_entered_once_though_the_alert_stays_as_it_is():
    runs = Runs()
    assert runs.run(PLAIN_RULES) == ["opened"]
    assert runs.run(PLAIN_RULES) == []
    newer = changed_rules(version="2", basis="Act of 2023")
    assert runs.run(newer) == ["updated"]
    entry = runs.chain.entries[-1]
    was, now = PLAIN_RULES["no_go"], newer["no_go"]
    assert entry.why.startswith(f"rule no_go version 1 [{was.sha256[:8]}] -> {now.name}: 1.00 ha")
    assert entry.numbers["rule_sha256"] == now.sha256
    assert runs.run(newer) == []


def test_a_new_version_says_nothing_of_alerts_that_are_not_judged_by_it():
    newer = changed_rules(version="2")
    other = Runs()
    other.run(PLAIN_RULES)
    assert other.run(newer, checked=("CIL_001",)) == []  # another mine was looked at
    gone = Runs()
    gone.run(PLAIN_RULES)
    assert gone.run(newer, state="retracted") == ["retracted"]
    assert gone.run(newer, state="retracted") == []
    without = LawRules("here", (PLAIN_RULES["outside_lease"],))
    kept = Runs()
    kept.run(PLAIN_RULES)
    assert kept.run(without) == []


def test_a_ledger_from_before_there_were_versions_is_not_filled_up():
    runs = Runs()
    acts = run_acts(table(alert()), {"CIL_339"}, {})
    runs.chain = runs.chain.with_acts(acts, "run of minecube", "2023-11-14T06:30:00Z")
    assert runs.run(PLAIN_RULES) == []
