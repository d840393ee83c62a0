"""The rule of a pack: its words follow from what the rule measures and where the law comes from."""

from types import SimpleNamespace

import pytest

from analysis.compliance import ComplianceRule
from analysis.rules import RATE
from pipelines.evidence.rule import rule
from pipelines.rules import INDIA, read_rules

RULES = read_rules(INDIA)


def said(name: str, zone_type: str, synthetic: bool = False) -> tuple[dict[str, str], str]:
    """The facts and the words of the section, for an alert of one of India's rules."""
    law = RULES[name]
    case = SimpleNamespace(
        law_rule=law,
        rule=ComplianceRule(),
        jurisdiction=RULES.jurisdiction,
        part=SimpleNamespace(rule=law.ground[0]),
    )
    pack = SimpleNamespace(
        case=case,
        alert={"zone_type": zone_type},
        synthetic=synthetic,
        too_fast=law.measure == RATE,
    )
    _, facts, words = rule(pack)
    return dict(facts.rows), words.text


def test_the_basis_is_that_of_the_zones_own_type():
    assert "Forest (Conservation) Act 1980" in said("no_go", "forest")[0]["Legal basis"]
    assert "Wild Life (Protection) Act 1972" in said("no_go", "protected_area")[0]["Legal basis"]
    facts, words = said("no_go", "other")
    assert facts["Legal basis"] == "The notification that declares the zone."
    assert facts["Name and version"] == f"no_go, version {RULES['no_go'].version}"
    assert "0.1 ha lie beyond the line by more than its error and 2 later looks" in words
    assert "within 20 days of that day, ground counts only if the law forbade it before" in words


def test_a_synthetic_zone_has_no_legal_basis():
    facts, _ = said("no_go", "forest", synthetic=True)
    assert facts["Legal basis"].startswith("None, for nobody declared this zone. In a declared one")


@pytest.mark.parametrize(
    ("name", "zone_type", "words"),
    [
        ("outside_lease", "outside_lease", "ground may be opened inside a lease in force only"),
        ("over_extraction", "lease", "within any 12 months is added up; what was opened after the "
         "permit for that time was used up is in excess"),
    ],
)  # fmt: skip
def test_how_a_rule_is_applied_follows_from_what_it_measures(name, zone_type, words):
    assert words in said(name, zone_type)[1]
    assert "Whether it was broken is for a court to say" in said(name, zone_type)[1]
