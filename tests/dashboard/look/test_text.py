"""Texts of data are texts, whatever is written in them."""

from __future__ import annotations

from dashboard.look import escape, note, table

SCRIPT = "<script>alert(1)</script>"


def test_markup_in_data_is_shown_and_not_obeyed():
    for html in (
        escape(SCRIPT),
        note(SCRIPT, link=(SCRIPT, '"onclick="x')),
        table([SCRIPT], [[SCRIPT]], caption=SCRIPT, folded=SCRIPT),
    ):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_quotes_cannot_leave_an_attribute():
    assert '"onclick' not in note("", link=("go", '"onclick="x'))


def test_a_table_has_a_caption_heads_and_can_be_scrolled_by_keyboard():
    html = table(["Mine", "Area [ha]"], [["A", 1.5]], caption="Mines", numbers=[1])
    assert "<caption>Mines</caption>" in html
    assert '<th scope="col" class="number">Area [ha]</th>' in html
    assert '<td class="number">1.5</td>' in html
    assert 'tabindex="0"' in html


def test_a_folded_table_opens_by_its_summary():
    html = table(["A"], [], caption="c", folded="The numbers")
    assert html.startswith("<details><summary>The numbers</summary>")
