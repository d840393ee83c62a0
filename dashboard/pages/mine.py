"""The page of one mine: what was found, the map through time, curves, alerts, files."""

from __future__ import annotations

import difflib
from typing import Any
from urllib.parse import quote

import panel as pn
from panel.viewable import Viewable

from dashboard.look import escape, note, pane, words
from dashboard.look.columns import beside, card, column
from dashboard.pages.frame import Body, framed, query
from dashboard.pages.later import later
from dashboard.pages.mine_address import asked
from dashboard.pages.mine_alerts import alert_cards
from dashboard.pages.mine_calendar import calendar
from dashboard.pages.mine_curves import curves
from dashboard.pages.mine_downloads import download_list
from dashboard.pages.mine_map import MineMap, map_config
from dashboard.pages.mine_pixel import PixelSeries
from dashboard.pages.mine_rates import interval, mine_rate
from dashboard.pages.mine_regions import region_table
from dashboard.pages.mine_series import GroundSeries
from dashboard.pages.mine_words import finding
from dashboard.pages.national_mines import mine_address
from dashboard.served import served


def mine_page() -> pn.Template:
    """The page `/mine?id=...&date=...&layer=...` of one session, of one publication."""
    return framed("/mine", _body)


def _body() -> Body:
    publication = served().stored.current()
    told = query()
    names = publication.national()["mine_id"].tolist()
    mine_id = told.get("id", "")
    if mine_id not in names:
        return Body("No such mine", "", [pane(unknown_mine(mine_id, names))])
    page = publication.mine(mine_id)
    return Body(f"Mine {mine_id}", finding(page), mine_sections(publication, page, told))


def unknown_mine(mine_id: str, names: list[str]) -> str:
    """Kind words in HTML, with links to the mines with the nearest names."""
    if not mine_id:
        said = "The address names no mine: it should end in mine?id= and a mine's name."
    else:
        of = words.count(len(names), "mine")
        said = f"There is no mine {mine_id[:60]!r} among the {of} that were published."
    near = difflib.get_close_matches(mine_id[:100], names, n=5, cutoff=0.4)
    links = "".join(
        f'<li><a href="{escape(mine_address(name))}">{escape(name)}</a></li>' for name in near
    )
    listed = f"<p>Nearest names:</p><ul>{links}</ul>" if near else ""
    return note(said, warning=True, link=("All mines", "./")) + listed


def mine_sections(publication: Any, page: Any, told: dict[str, str]) -> list[Viewable]:
    """All sections of a mine's page, from the map to the files."""

    def address(name: str) -> str:
        return f"file/{quote(publication.key)}/{quote(str(name))}"

    calendar_card = card("What could be seen", calendar(page.months))
    alerts = card("Alerts", alert_cards(page, address))
    downloads = card("Files", download_list(page.downloads, address))
    facts = pane(fact_tiles(page, publication.simulated))
    seen = any(slot["acquired"] for slot in page.slots)
    if not (seen and page.sheets):
        because = str(page.summary["status_reason"]).rstrip(".")
        reason = f"There are no pictures of this mine: {because}."
        return [pane(note(reason, warning=True)), facts, beside(alerts, calendar_card), downloads]
    show = asked(told, page.slots, page.sheets["layers"])
    map_ = MineMap(config=map_config(publication, page), date=show.date, layer=show.layer)
    pixel = PixelSeries(publication, page.mine_id, [slot["date"] for slot in page.slots])
    map_.param.watch(pixel.read, "point")
    remarks = [pane("".join(note(text, warning=True) for text in show.remarks))]
    return [
        *(remarks if show.remarks else []),
        facts,
        beside(
            column(map_, pixel.pane, later(lambda: GroundSeries(page).pane)),
            column(
                alerts,
                calendar_card,
                later(lambda: curves(page)),
                card("Regions", region_table(page)),
            ),
        ),
        downloads,
    ]


def fact_tiles(page: Any, simulated: bool) -> str:
    """Where the mine is and its most important numbers: a list in HTML."""
    summary = page.summary
    place = ", ".join(
        str(summary[name]) for name in ("district", "state") if not words.missing(summary[name])
    )
    rate = mine_rate(page.rates)
    low_high = f" ({interval(rate)})" if rate else ""
    pace = f"{rate['ha_per_month']:.2f} ha/month" if rate else words.DASH
    growth = pace, f"growth of all ground{low_high}"
    law = {"LEGAL": "leased", "NO-GO": "leased, with no-go ground", "UNKNOWN": "no law known here"}
    tiles = [
        (words.hectares(summary["dug_ha"]), "dug since the record began"),
        (words.hectares(summary["illegal_ha"]), "of it outside leases or in no-go zones"),
        growth,
        (words.share(summary["observable_share"]), "of its ground can be judged"),
        (words.day(summary["last_clear_look"]), "last clear look"),
    ]
    items = "".join(
        f'<li><strong>{escape(number)}</strong><span class="under">{escape(under)}</span></li>'
        for number, under in tiles
    )
    where = [
        place,
        f"{summary['lat']:.4f}° N, {summary['lon']:.4f}° E",
        f"outline of {words.hectares(summary['area_ha'])}",
        law.get(str(summary["zone"]), words.named(summary["zone"])),
        *(["simulated: no real place"] if simulated else []),
    ]
    line = " · ".join(escape(part) for part in where if part)
    return f'<p class="quiet">{line}</p><ul class="tiles">{items}</ul>'
