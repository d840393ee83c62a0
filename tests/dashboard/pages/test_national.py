"""All mines on one page, filtered together."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.pages.national import NationalView
from dashboard.pages.national_choice import standing
from dashboard.pages.national_mines import mercator, mine_address, mine_rows
from dashboard.pages.national_summary import lead_sentence, shown_sentence
from dashboard.pages.national_table import table_rows

SCRIPT = "<script>alert(1)</script>"


def mines(**columns) -> pd.DataFrame:
    table = {
        "mine_id": ["quiet", "far", SCRIPT, "watched"],
        "state": ["Odisha", "Odisha", "Jharkhand", "Jharkhand"],
        "district": ["Angul", "Jharsuguda", "Dhanbad", None],
        "lon": [85.0, 84.0, 86.0, 86.5],
        "lat": [21.0, 21.7, 23.7, 23.8],
        "status": ["quiet", "not_analysed", "violation", "watch"],
        "dug_ha": [0.0, None, 12.0, 3.0],
        "illegal_ha": [0.0, None, 0.5, 0.7],
        "alerts_ha": [0.0, 0.0, 0.4909, 0.0],
        "growth_ha_per_month": [0.0, None, 1.5, 0.2],
        "alerts": [0, 0, 1, 0],
        "worst_severity": ["", "", "MEDIUM", ""],
        "zone_types": ["", "", "forest,water", "watch_buffer"],
        "first_violation_date": pd.to_datetime([None, None, "2023-01-11", None]),
        "confidence": [None, None, 0.9969, None],
        "observable_share": [0.56, None, 0.66, 0.7],
        "last_clear_look": pd.to_datetime(["2023-12-27", None, "2023-12-17", "2023-12-17"]),
    }
    return pd.DataFrame(table | columns)


ALERTS = pd.DataFrame(
    {
        "mine_id": [SCRIPT, "quiet"],
        "state": ["open", "dismissed"],
        "zone_type": ["forest", "water"],
        "first_violation_date": ["2023-01-11", "2023-02-01"],
        "confidence": [0.9969, 0.9],
    }
)


@pytest.fixture
def view():
    return on_page(NationalView(mine_rows(mines()), standing(ALERTS), {}))


def on_page(view: NationalView) -> NationalView:
    """With all its parts: without a session nothing is made later."""
    view.sections()
    return view


def shown(view: NationalView) -> list[str]:
    """The mines on the map, which have to be those in the table."""
    ids = view.map.source.data["mine_id"][view.map.view.filter.indices].tolist()
    assert view.table.pane.value["mine_id"].tolist() == ids
    return ids


def test_web_mercator_is_that_of_epsg_3857():
    x, y = mercator([180.0, 0.0], [0.0, 45.0])
    assert x.tolist() == pytest.approx([20037508.342789, 0.0], abs=1e-3)
    assert y.tolist() == pytest.approx([0.0, 5621521.486192], abs=1e-3)


def test_the_worst_mines_stand_first_and_a_blind_one_is_not_called_quiet():
    rows = mine_rows(mines())
    assert rows["mine_id"].tolist() == [SCRIPT, "watched", "quiet", "far"]
    assert rows["severity"].tolist() == ["MEDIUM", "WATCH", "NONE", "UNSEEN"]


def test_a_mines_address_holds_any_name():
    assert mine_address("a b/c&d=<e>") == "mine?id=a%20b%2Fc%26d%3D%3Ce%3E"


def test_a_filter_leaves_the_same_mines_on_the_map_and_in_the_table(view):
    assert len(shown(view)) == 4
    view.form.values = view.form.values | {"state": "Jharkhand"}
    assert shown(view) == [SCRIPT, "watched"]
    assert "2 of 4 mines answer these filters" in view.told.object
    assert "<strong>2</strong>" in view.tiles.object
    view.form.values = view.form.values | {"zone": "forest"}
    assert shown(view) == [SCRIPT]


def test_districts_are_those_of_the_chosen_state(view):
    view.form.values = view.form.values | {"state": "Odisha"}
    district = next(f for f in view.form.fields if f["name"] == "district")
    assert [o["value"] for o in district["options"]] == ["", "Angul", "Jharsuguda"]


def test_one_press_shows_all_mines_again(view):
    view.form.values = view.form.values | {"state": "Odisha", "severity": ["HIGH"]}
    assert shown(view) == []
    assert "None of the 4 mines answers these filters" in view.told.object
    view.form._handle_msg({"pressed": "clear"})
    assert len(shown(view)) == 4
    assert view.form.values["state"] == ""


def test_an_address_is_followed_and_what_it_asks_in_vain_is_said():
    asked = {"state": "Atlantis", "severity": "MEDIUM", "from": "soon"}
    view = on_page(NationalView(mine_rows(mines()), standing(ALERTS), asked))
    assert shown(view) == [SCRIPT]
    assert "There is no state &#x27;Atlantis&#x27;" in view.told.object
    assert "is no date" in view.told.object
    assert view.form.values["state"] == ""


def test_a_zone_of_dismissed_alerts_alone_is_not_offered(view):
    zone = next(f for f in view.form.fields if f["name"] == "zone")
    assert [o["value"] for o in zone["options"]] == ["", "forest"]


def test_the_worst_mine_is_drawn_on_top_of_the_others(view):
    assert view.map.source.data["mine_id"].tolist() == ["far", "quiet", "watched", SCRIPT]


def test_markup_in_a_name_is_nowhere_markup(view):
    pages = view.tiles.object + view.told.object + lead_sentence(view.mines)
    assert "<script" not in pages
    assert view.map.source.data["mine_id"][-1] == SCRIPT  # Bokeh escapes what it puts for @name
    assert all("safe" not in words for _, words in view.map.pane.object.hover[0].tooltips)


def test_a_table_says_dates_as_days_and_shares_in_percent():
    rows = table_rows(mine_rows(mines()))
    first = rows.iloc[0]
    assert first["first_violation_date"] == "2023-01-11"
    assert first["confidence"] == pytest.approx(99.69)
    assert first["zone_types"] == "forest, water"
    assert rows["last_clear_look"].tolist()[-1] == ""
    assert rows["district"].tolist()[1] == ""


def test_a_run_without_alerts_is_told_kindly_and_not_as_all_clear():
    quiet = mine_rows(mines(alerts=[0] * 4, worst_severity=[""] * 4))
    assert lead_sentence(quiet) == (
        "No alert is open at any of the 4 mines. That is good news only for ground that could be "
        "judged: see the column Judged."
    )


def test_the_country_is_told_in_a_sentence():
    assert lead_sentence(mine_rows(mines())) == (
        "1 mine of 4 has open alerts: 0.49 ha of ground opened where the law does not allow it."
    )


def test_a_run_without_mines_has_a_page():
    none = mine_rows(mines().iloc[:0])
    view = on_page(NationalView(none, standing(ALERTS.iloc[:0]), {}))
    assert shown(view) == []
    assert "knows no mines yet" in view.told.object
    assert lead_sentence(none) == "Nothing has been published for any mine yet."


def test_how_many_are_shown_is_said_in_words():
    assert shown_sentence(506, 506) == "All 506 mines are shown."
    assert shown_sentence(1, 506) == "1 of 506 mines answers these filters."
