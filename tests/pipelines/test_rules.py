"""The rule file of a run: India's by default, any other checked, and what is wrong is named."""

from __future__ import annotations

import pytest
import yaml

from analysis.parts import CLASSES
from analysis.severity import ZONE_WEIGHTS
from cube.contract import CubeError
from cube.law import ZONE_TYPES
from pipelines.config import RunConfig
from pipelines.rules import INDIA, law_rules, read_rules, rule_facts

ONE = {
    "jurisdiction": "Here",
    "rules": [
        {
            "rule": "no_go",
            "version": "7",
            "title": "No digging",
            "basis": "Act",
            "ground": ["no_go"],
        }
    ],
}


@pytest.fixture
def written(tmp_path):
    """The path of a file with this set of rules, one rule of it changed."""

    def write(told=ONE, **changed):
        if changed:
            rule = {**ONE["rules"][0], **changed}
            told = {**ONE, "rules": [{k: v for k, v in rule.items() if v is not None}]}
        path = tmp_path / "rules.yaml"
        path.write_text(told if isinstance(told, str) else yaml.safe_dump(told))
        return path

    return write


def test_a_run_that_is_told_no_rules_has_indias():
    rules = law_rules(RunConfig())
    assert rules == read_rules(INDIA)
    assert [one.rule for one in rules.rules] == [
        "no_go", "outside_lease", "watch_buffer", "over_extraction",
    ]  # fmt: skip
    assert rules.watch_ring_m == 500.0
    assert [one.effect for one in rules.rules] == ["violation", "violation", "watch", "violation"]
    assert "section 4(1)" in rules["outside_lease"].basis
    assert "Forest (Conservation) Act 1980" in rules["no_go"].basis_for("forest")
    assert rules["no_go"].basis_for("other") == "The notification that declares the zone"


def test_every_class_of_ground_that_a_rule_can_judge_has_a_weight_and_every_zone_a_source():
    assert {kind for rule in read_rules(INDIA).rules for kind in rule.ground} < set(CLASSES)
    assert {*ZONE_TYPES, "outside_lease", "watch_buffer", "lease"} == set(ZONE_WEIGHTS)
    assert set(read_rules(INDIA)["no_go"].basis_by_zone) == set(ZONE_TYPES) - {"other"}


def test_a_runs_own_rules_take_the_place_of_the_default(written):
    rules = law_rules(RunConfig(rules=str(written(min_area_ha=0.5))))
    assert rules.jurisdiction == "Here"
    assert rules["no_go"].version == "7"
    assert rules["no_go"].min_area_ha == 0.5


def test_run_json_says_whose_rules_which_versions_and_their_hashes(written):
    one, other = read_rules(written()), read_rules(written(version="8"))
    facts = rule_facts(one)
    assert facts["jurisdiction"] == "Here"
    assert facts["rules"] == {"no_go": {"version": "7", "sha256": one["no_go"].sha256}}
    assert facts["sha256"] != rule_facts(other)["sha256"]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("", "holds no rules; expected the keys jurisdiction and rules"),
        ("- a\n- b\n", "holds no rules"),
        ("rules: [\n", "is not YAML"),
        (
            {**ONE, "ring": 5},
            "ring is no key of a rule set. Known: jurisdiction, rules, watch_ring_m",
        ),
        ({**ONE, "rules": "none"}, "rules is 'none', expected a list of rules"),
        ({**ONE, "rules": ["no_go"]}, "rules.0 is 'no_go', expected keys and values"),
        ({**ONE, "rules": []}, "rules is empty"),
        ({"rules": ONE["rules"]}, "jurisdiction is missing"),
        ({**ONE, "watch_ring_m": "wide"}, "watch_ring_m is 'wide'"),
        ({**ONE, "watch_ring_m": -5}, "watch_ring_m is -5"),
    ],
)
def test_a_wrong_set_is_refused(written, told, message):
    with pytest.raises(CubeError, match=message):
        read_rules(written(told))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"versoin": "2"}, r"rules.0 \(no_go\).versoin is no key.*Did you mean version"),
        ({"basis": None}, "rules.0.basis is missing. Every rule needs it"),
        ({"version": 2}, "rules.0.version is 2: input should be a valid string"),
        ({"effect": "fine"}, "rules.0: effect of rule no_go is 'fine'"),
        ({"ground": ["everything"]}, "rules.0: ground of rule no_go is everything; expected one"),
        ({"min_area_ha": "some"}, "rules.0.min_area_ha is 'some'"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_key_named(written, changed, message):
    with pytest.raises(CubeError, match=message):
        read_rules(written(**changed))


def test_a_missing_file_is_said():
    with pytest.raises(CubeError, match=r"there is no file nowhere\.yaml"):
        read_rules("nowhere.yaml")
