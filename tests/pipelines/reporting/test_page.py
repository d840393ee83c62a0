"""The page itself: whole, quiet and harmless, whatever the names in it say."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest
from markupsafe import escape

from pipelines.pictures import SEVERITY
from pipelines.reporting.charts import stacked_areas
from pipelines.reporting.mine_rows import KINDS
from pipelines.reporting.national_map import national_map
from pipelines.reporting.page import page

EVIL = "\"><script>alert('x')</script>&"
PACE = {"all": "1.00 (0.50 to 2.00)", "illegal": "", "legal": "", "front": "", "arrives": ""}


def empty(**more: object) -> dict:
    """What a run tells that found nothing at no mine."""
    seen = {"observable_share": None, "failed_share": None}
    violations = {"open": 0, "mines": 0, "area_ha": 0.0, "by_severity": {}}
    facts = {
        "metrics": {"mines": 0, "violations": violations, "excavated_ha": 0.0,
                    "growth": {"ha_per_month": {}}, "observability": seen},
        "headline": "No violation was found.", "period": "2021-01-01 to 2021-12-31", "last": "",
        "simulated": False, "synthetic": 0, "with_synthetic": False, "map": None,
        "kinds": dict.fromkeys(KINDS, 0), "kind_words": KINDS, "charts": [None] * 4,
        "sections": [], "numbers": {}, "others": [], "pictured": 0, "fallen": [], "watched": [],
        "trust": {"accuracy": None, "limits": ["None could be judged."], "counted_until": ""},
        "law": {"mines": {"LEGAL": 0, "NO-GO": 0, "UNKNOWN": 0}, "areas": []}, "rules": {},
        "failed": [], "rejected": [], "mines": [], "catalog": "an archive", "version": "0.1.0",
        "years": "2021",
    }  # fmt: skip
    return facts | more


def alert(severity: str = "HIGH") -> dict:
    return {"alert_id": "0012", "mine_id": EVIL, "area_ha": 0.5, "where": f"in forest {EVIL}",
            "severity": severity, "state": "open", "synthetic": True, "stands": True,
            "first_violation_date": "2022-02-05", "confirmed_date": "2022-03-01", "pace": "",
            "growth_ha_per_month": 0.1, "confidence": "0.99", "sides": None, "side": "",
            "p_outside": "", "reason": f"because {EVIL}"}  # fmt: skip


def full() -> dict:
    """What a run tells of one mine with a violation, every text of it hostile."""
    chart = stacked_areas(
        ["2022-01", "2022-02"], {"legal": (EVIL, pd.Series([1.0, 2.0]).to_numpy())}, "ha", EVIL
    )
    looks = {side: {"day": EVIL, "url": "data:image/webp;base64,AAAA"} for side in
             ("before", "after")}  # fmt: skip
    section = {"number": 1, "mine_id": EVIL, "place": EVIL, "outline_ha": 10.0, "alerts": [alert()],
               "severity": "HIGH", "area_ha": 0.5, "growth": 0.1, "since": "2022-02-05",
               "where": EVIL, "synthetic": True, "finding": EVIL, "record": None, "pace": PACE,
               "chart": chart, "beyond": chart, "looks": looks}  # fmt: skip
    place = {"mine_id": EVIL, "state": EVIL, "lon": 82.5, "lat": 22.3, "kind": "HIGH",
             "said": EVIL, "rank": 1, "leads_to": "#mine-1"}  # fmt: skip
    row = {"mine_id": EVIL, "place": EVIL, "zone": EVIL, "outline_ha": 1.0, "dug_ha": 1.0,
           "largest_ha": 1.0, "pace": PACE | {"front": EVIL}, "looks": 3.0,
           "observable": 50.0}  # fmt: skip
    told = {"what": EVIL, "value": "0.99", "unit": EVIL, "note": EVIL}
    accuracy = {"figures": [told], "placebo": [told], "measured": EVIL, "minecube": EVIL,
                "ground": EVIL, "command": EVIL}  # fmt: skip
    watch = {"mine_id": EVIL, "area_ha": 0.1, "where": EVIL, "first_violation_date": ""}
    return empty(
        map=national_map([place]), charts=[chart] * 4, sections=[section], numbers={EVIL: 1},
        others=[{"mine_id": EVIL, "place": EVIL, "dug_ha": 1.0, "looks": looks}],
        fallen=[alert() | {"stands": False, "state": EVIL}], watched=[watch], mines=[row],
        failed=[{"mine_id": EVIL, "step": "detect", "reason": EVIL}],
        rejected=[{"row": "3", "mine_id": EVIL, "reason": EVIL}],
        trust={"accuracy": accuracy, "limits": [EVIL], "counted_until": EVIL},
        rules={"jurisdiction": EVIL, "rules": {EVIL: {"version": EVIL}}}, catalog=EVIL,
    )  # fmt: skip


class Read(HTMLParser):
    """What a browser would meet: tags in order, ids, places that are linked to, headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.headers: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append(tag)
        self.ids += [told["id"]] if told.get("id") else []
        self.links += [told["href"]] if told.get("href") else []
        if tag == "img" or told.get("role") == "img":
            self.pictures.append(told)
        if tag == "th":
            self.headers.append(told)
        assert not [name for name in told if name.startswith("on")]


@pytest.mark.parametrize("facts", [empty(), full()], ids=["empty", "full"])
def test_nothing_in_the_page_runs_or_is_fetched(facts):
    text = page(facts)
    read = Read(text)
    assert not {"script", "iframe", "object", "embed", "link", "form"} & set(read.tags)
    assert "default-src 'none'" in text
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
    assert all(told["src"].startswith("data:") for told in read.pictures if "src" in told)


def test_hostile_names_are_shown_as_they_are_written():
    text = page(full())
    assert "<script" not in text
    assert text.count(str(escape(EVIL))) > 30
    assert EVIL not in text


@pytest.mark.parametrize("facts", [empty(), full()], ids=["empty", "full"])
def test_every_link_within_the_page_leads_somewhere_and_no_place_is_named_twice(facts):
    read = Read(page(facts))
    within = {link[1:] for link in read.links if link.startswith("#")}
    assert within <= set(read.ids)
    assert len(read.ids) == len(set(read.ids))


def test_pictures_have_words_and_headers_know_their_row_or_column():
    read = Read(page(full()))
    assert len(read.pictures) == 1 + 6 + 4  # the map, four charts and two of the mine, two pairs
    assert all(told.get("alt") or told.get("aria-label") for told in read.pictures)
    assert read.headers
    assert all(told.get("scope") in ("row", "col") for told in read.headers)


def test_headings_leave_no_level_out():
    levels = [int(tag[1]) for tag in Read(page(full())).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_an_empty_run_is_told_so_kindly():
    text = page(empty())
    assert "No violation was found." in text
    assert "There is no mine in this run." in text
    assert "Nothing to rank: no violation stands at any mine." in text
    assert "There is nothing to draw: no ground was found dug." in text
    assert "No accuracy figures come with this version" in text


def test_accuracy_and_placebo_are_shown_as_the_record_has_them():
    told = {"what": "pixels: precision", "value": "0.996", "unit": "", "note": "of what is shown"}
    placebo = {"what": "violations where nobody digs", "value": "0.1",
               "unit": "per mine and year", "note": ""}  # fmt: skip
    accuracy = {"figures": [told], "placebo": [placebo], "measured": "2026-11-21",
                "minecube": "0.1.0", "ground": "12 simulated sites",
                "command": "make accuracy"}  # fmt: skip
    trusted = {"accuracy": accuracy, "limits": [], "counted_until": ""}
    text = page(empty(trust=trusted))
    assert '<th scope="row">pixels: precision</th><td class="n">0.996</td>' in text
    assert '<td class="n">0.1</td><td>per mine and year</td>' in text
    assert "Measured 2026-11-21 with minecube 0.1.0 on 12 simulated sites" in text


def test_severities_have_a_shape_each_beside_their_colour():
    text = page(empty())
    shapes = {s: re.search(rf'<symbol id="mark-{s}".*?d="([^"]+)"', text)[1] for s in SEVERITY}
    assert len(set(shapes.values())) == len(SEVERITY)
