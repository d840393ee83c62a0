"""Alerts as cards, and files as links."""

from __future__ import annotations

from dashboard.pages.mine_alerts import alert_cards
from dashboard.pages.mine_downloads import download_list, size

PACK = {"name": "final/evidence/a1.pdf", "title": "Evidence", "kind": "PDF", "bytes": 1536}


def address(name: str) -> str:
    return f"file/k/{name}"


def test_a_card_says_what_why_how_sure_and_where_the_evidence_is(page_of, alert):
    html = alert_cards(page_of(alerts=[alert], downloads=[PACK]), address)
    for words in (
        "Severity low: in forest zone Z1",
        "0.49 ha, between 0.09 ha and 1.05 ha",
        "0.49 ha excavated in forest zone Z1",
        "over 99 % sure that it is excavation, 80 % that it lies beyond the line",
        'href="file/k/final/evidence/a1.pdf"',
    ):
        assert words in html


def test_names_and_reasons_are_text(page_of, alert):
    bad = alert | {"reason": "<script>", "zone_id": "<img src=x>", "alert_id": '"><b>'}
    entry = {"alert_id": bad["alert_id"], "when": "2022-02-01T00:00:00", "who": "<u>eve",
             "act": "dismissed", "state": "dismissed", "why": "<i>no"}  # fmt: skip
    html = alert_cards(page_of(alerts=[bad], ledger=[entry]), address)
    for markup in ("<script", "<img", "<b>", "<u>", "<i>"):
        assert markup not in html
    assert "&lt;u&gt;eve" in html


def test_what_people_said_is_told_with_the_alert_it_is_about(page_of, alert):
    entry = {"alert_id": "a1", "when": "2022-02-01", "who": "Asha", "act": "dismissed",
             "state": "dismissed", "why": "a farm pond"}  # fmt: skip
    html = alert_cards(page_of(alerts=[alert], ledger=[entry]), address)
    assert "History (1 entry)" in html
    assert "a farm pond" in html
    assert "History" not in alert_cards(
        page_of(alerts=[alert], ledger=[entry | {"alert_id": "b2"}]), address
    )


def test_no_alert_is_said_kindly(page_of):
    assert "There is no alert and no watch notice" in alert_cards(page_of(), address)


def test_files_say_what_they_are_and_how_large():
    html = download_list([PACK], address)
    assert 'href="file/k/final/evidence/a1.pdf" download' in html
    assert "PDF, 1.5 kB" in html
    assert [size(n) for n in (0, 999, 1000, 4_600_000)] == ["0 B", "999 B", "1.0 kB", "4.6 MB"]


def test_rasters_of_every_month_are_folded_away():
    months = [PACK | {"name": f"{i}.tif", "title": f"Ground in 2022-{i:02d}"} for i in range(1, 13)]
    html = download_list([PACK, *months], address)
    assert "12 rasters of the ground" in html
    assert html.index("Evidence") < html.index("<details>") < html.index("Ground in")


def test_no_files_are_said_kindly():
    assert "No files were published" in download_list([], address)
