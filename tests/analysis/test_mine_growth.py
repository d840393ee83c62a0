"""A mine's growth in tables: every hectare under one kind of law, alerts by their own ground."""

import numpy as np
import pandas as pd
import pytest

from analysis.compliance import ComplianceRule, alert_id, compliance
from analysis.mine_growth import ENCROACHMENT, RATES, mine_growth
from analysis.regions import RegionSettings, regions
from analysis.rules import PLAIN_RULES
from tests.analysis.small_mine import block, dug, leases, zones

RULE = ComplianceRule(min_area_ha=0.02, min_standing_slots=1, geolocation_m=0.0)
OUTLINE = block(-2, -2, 12, 4)
FOREST = block(6, -2, 12, 4)
LEASE = block(-2, -2, 6, 4)


def grown(*maps: str, law=None, lease=None):
    """Growth of ground drawn with digits (the slot in which a pixel was dug), two rows of pixels.

    Columns 0 to 5 are leased, 6 to 9 are forest.
    """
    law = zones(("F_1", "forest", FOREST)) if law is None else law
    lease = leases(("L_1", "CIL_001", LEASE)) if lease is None else lease
    found = regions(dug(*maps), RegionSettings(minimum_mapping_unit_ha=0.02))
    held = compliance(found, OUTLINE, law, lease, RULE, PLAIN_RULES)
    return mine_growth(found, held, law, lease, RULE, PLAIN_RULES)


def rate(table: pd.DataFrame, subject: str, ground: str) -> pd.Series:
    (row,) = table[(table["subject"] == subject) & (table["ground"] == ground)].itertuples()
    return row


def test_legal_and_illegal_ground_have_their_own_rates_and_add_up():
    # slots begin 2021-01-01, 01-11, ... 04-01 and the record ends on 2021-04-10
    found = grown("0011223344 0011223344").rates
    legal, illegal, every = (rate(found, "mine", name) for name in ("legal", "illegal", "all"))
    assert (legal.area_ha, illegal.area_ha) == pytest.approx((0.12, 0.08))
    # leased: opened from 2021-01-01; 100 days to the end; forest: from slot 3, 2021-01-31: 70 days
    assert legal.ha_per_month == pytest.approx(0.12 / (100 / 30.4375))
    assert illegal.ha_per_month == pytest.approx(0.08 / (70 / 30.4375))
    assert every.area_ha == pytest.approx(0.20)
    assert str(illegal.first_opened.date()) == "2021-01-31"
    assert str(illegal.last_opened.date()) == "2021-02-10"
    assert str(illegal.counted_until.date()) == "2021-04-10"
    assert illegal.ha_per_month_low < illegal.ha_per_month < illegal.ha_per_month_high
    assert rate(found, "mine", "unruled").area_ha == 0


def test_an_alert_has_the_rate_of_its_own_ground():
    found = grown("0011223344 0011223344").rates
    alert = rate(found, "alert", "illegal")
    assert alert.subject_id == alert_id("no_go", "CIL_001", "F_1")
    assert alert.area_ha == pytest.approx(0.08)
    assert alert.ha_per_month == rate(found, "mine", "illegal").ha_per_month


def test_ground_that_no_rule_objects_to_has_no_alert():
    found = grown("001122.... 001122....")
    assert set(found.rates["subject"]) == {"mine", "region"}
    assert np.isnan(rate(found.rates, "mine", "illegal").ha_per_month)
    assert pd.isna(rate(found.rates, "mine", "illegal").first_opened)


def test_where_no_law_speaks_ground_is_neither_legal_nor_illegal():
    found = grown("0011223344 0011223344", law=zones(), lease=leases())
    assert rate(found.rates, "mine", "unruled").area_ha == pytest.approx(0.20)
    assert rate(found.rates, "mine", "legal").area_ha == 0
    assert found.encroachment.empty
    assert found.monthly["unruled_ha"].iloc[-1] == pytest.approx(0.20)


def test_regions_near_the_lines_in_force_at_the_records_end():
    lapsed = zones(("F_1", "forest", FOREST, "NaT", "2021-04-09"))
    assert grown("001122.... 001122....").encroachment["zone_id"].tolist() == [
        "F_1", "outside_lease",
    ]  # fmt: skip
    assert grown("001122.... 001122....", law=lapsed).encroachment["zone_id"].tolist() == [
        "outside_lease"
    ]


def test_months_add_up_to_what_was_dug_by_then():
    months = grown("0011223344 0011223344").monthly.set_index("month")
    assert months["leased_ha"].tolist() == pytest.approx([0.12] * 4)
    assert months["no_go_ha"].tolist() == pytest.approx([0.04, 0.08, 0.08, 0.08])


def test_a_mine_without_excavation_has_tables_of_the_same_columns():
    found = grown(".......... ..........")
    assert list(found.rates) == list(RATES)
    assert list(found.encroachment) == list(ENCROACHMENT)
    assert found.rates["area_ha"].tolist() == [0.0] * 4
    assert len(found.monthly) == 4
