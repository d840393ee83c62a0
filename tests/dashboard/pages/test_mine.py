"""The page of one mine as a whole."""

from __future__ import annotations

from types import SimpleNamespace

import panel as pn
import pytest

from dashboard.pages.mine import fact_tiles, mine_sections
from dashboard.pages.mine_map import MineMap

PUBLICATION = SimpleNamespace(
    key="k1",
    simulated=False,
    layers=[
        {"name": name, "title": name, "kind": "base", "about": "", "legend": []}
        for name in ("truecolour", "state")
    ],
)


def found(parts, kind) -> list:
    """All viewables of a kind among the sections and within them."""
    return [one for part in parts for one in part.select(kind)]


def texts(parts) -> str:
    return "".join(str(one.object) for one in found(parts, pn.pane.HTML))


def test_a_mine_with_pictures_has_a_map_where_its_address_asked(page_of, alert):
    page = page_of(alerts=[alert])
    sections = mine_sections(PUBLICATION, page, {"date": "2022-01-12", "layer": "state"})
    (map_,) = found(sections, MineMap)
    assert (map_.date, map_.layer) == ("2022-01-11", "state")
    assert "No slot begins on 12 Jan 2022; 11 Jan 2022 is the nearest." in texts(sections)
    assert "Severity low: in forest zone Z1" in texts(sections)


@pytest.mark.parametrize("lacking", ["sheets", "slots", "acquired"])
def test_a_mine_never_seen_has_no_map_and_says_why(page_of, lacking):
    never = [{"date": "2022-01-01", "acquired": None, "clear": None, "failed": 0}]
    told = {"sheets": {"sheets": {}}, "slots": {"slots": []}, "acquired": {"slots": never}}
    page = page_of({"status_reason": "no scene reaches it"}, **told[lacking])
    sections = mine_sections(PUBLICATION, page, {})
    assert not found(sections, MineMap)
    assert "There are no pictures of this mine: no scene reaches it." in texts(sections)


def test_the_numbers_above_have_units_and_say_what_they_are(page_of):
    rate = {"subject": "mine", "subject_id": "A", "ground": "all", "ha_per_month": 1.8132,
            "ha_per_month_low": 1.0627, "ha_per_month_high": 2.7419}  # fmt: skip
    html = fact_tiles(page_of({"dug_ha": 45.94, "illegal_ha": 31.9}, rates=[rate]), False)
    for words in (
        "Angul, Odisha · 21.0000° N, 85.0000° E · outline of 200.0 ha · leased",
        "<strong>45.9 ha</strong>",
        "<strong>1.81 ha/month</strong>",
        "growth of all ground (1.06 to 2.74)",
        "<strong>66 %</strong>",
    ):
        assert words in html
    assert "simulated" not in html
    assert "simulated: no real place" in fact_tiles(page_of(), True)


def test_a_place_with_markup_in_its_name_is_text(page_of):
    assert "<b>" not in fact_tiles(page_of({"district": "<b>", "zone": "<b>"}), False)


def test_a_mine_of_unknown_growth_shows_a_dash(page_of):
    assert "<strong>–</strong>" in fact_tiles(page_of(), False)
