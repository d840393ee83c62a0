"""The national page: all mines on one map and in one table, filtered together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import panel as pn
from panel.viewable import Viewable

from dashboard.look import escape, note, pane
from dashboard.look.columns import card
from dashboard.pages.frame import Body, framed, query
from dashboard.pages.later import later
from dashboard.pages.mine_downloads import download_list
from dashboard.pages.national_choice import Choice, choice, chosen, standing
from dashboard.pages.national_form import filter_fields, filter_form
from dashboard.pages.national_map import NationalMap
from dashboard.pages.national_mines import mine_rows
from dashboard.pages.national_summary import lead_sentence, shown_sentence, summary_tiles
from dashboard.pages.national_table import NationalTable
from dashboard.served import served
from dashboard.stored import Publication


def national_page() -> pn.Template:
    """The page `/` of one session, of the publication that is current as it begins."""
    return framed("/", _body)


def _body() -> Body:
    publication = served().stored.current()
    mines = _rows(publication)
    basemap = getattr(served().settings, "basemap", "")
    view = NationalView(mines, standing(publication.alerts()), query(), basemap)
    sections = [*view.sections(), *about_publication(publication)]
    return Body("Mines of the country", lead_sentence(mines), sections)


@lru_cache(maxsize=1)
def _rows(publication: Publication) -> pd.DataFrame:
    """What all visitors see of one publication; nobody changes it."""
    return mine_rows(publication.national())


class NationalView:
    """What the filters, the map, the table and the numbers share: the rows that are shown."""

    def __init__(
        self,
        mines: pd.DataFrame,
        alerts: pd.DataFrame,
        asked: Mapping[str, Any],
        basemap: str = "",
    ):
        self.mines, self.alerts = mines, alerts
        want, remarks = choice(asked)
        want, more = _known(want, mines, alerts)
        self.form = filter_form(mines, alerts, want)
        self.map = NationalMap(mines, basemap)
        self.table: NationalTable | None = None
        self.tiles, self.told = pane(""), pane("")
        self._state = want.state
        self.show(want, [*remarks, *more])
        self.form.param.watch(self._on_values, "values")
        self.form.param.watch(self._on_press, "pressed")

    def sections(self) -> list[Viewable]:
        words = pane(
            '<h2>Map</h2><p class="quiet">A click on a mark opens its mine. The table below the '
            "map holds the same mines and can be used without a mouse.</p>"
        )
        table = pane(
            '<h2>Table</h2><p class="quiet">A click on a head sorts, a box filters. On a '
            "narrow screen the table moves sideways.</p>"
        )
        return [self.tiles, self.form, self.told, words, self.map.pane, table, later(self._table)]

    def _table(self) -> Viewable:
        """The table of what the choice has left by now."""
        self.table = NationalTable(self.mines)
        self.table.show(self._shown)
        return self.table.pane

    def show(self, want: Choice, remarks: list[str] | None = None) -> None:
        """Leave on the page what answers the choice."""
        indices = np.flatnonzero(chosen(self.mines, self.alerts, want)).tolist()
        self._shown = indices
        self.map.show(indices)
        if self.table is not None:
            self.table.show(indices)
        self.tiles.object = summary_tiles(self.mines.iloc[indices])
        said = shown_sentence(len(indices), len(self.mines))
        warnings = "".join(note(text, warning=True) for text in remarks or ())
        self.told.object = f'{warnings}<p role="status">{said}</p>'

    def _on_values(self, event: Any) -> None:
        want, remarks = choice(event.new)
        if want.state != self._state:
            self._state = want.state
            self.form.fields = filter_fields(self.mines, self.alerts, want.state)
        want, more = _known(want, self.mines, self.alerts)
        self.show(want, [*remarks, *more])

    def _on_press(self, _: Any) -> None:
        self.form.values = Choice().values()


def about_publication(publication: Any) -> list[Viewable]:
    """The files about all mines, and what and when it is that is shown."""

    def address(name: str) -> str:
        return f"file/{quote(publication.key)}/{quote(str(name))}"

    told = f"Published {publication.published_at[:16].replace('T', ' ')} UTC"
    simulated = (
        " The archive is simulated: it shows no real place." if publication.simulated else ""
    )
    return [
        card("Files about all mines", download_list(publication.downloads, address)),
        pane(f'<p class="quiet">{escape(told)}.{simulated}</p>'),
    ]


def _known(want: Choice, mines: pd.DataFrame, alerts: pd.DataFrame) -> tuple[Choice, list[str]]:
    """The choice without places and zones that are not there, and words about those."""
    remarks, kept = [], dict(want.__dict__)
    here = mines[mines["state"] == want.state] if want.state else mines
    for name, column, what in (
        ("state", mines["state"], "state"),
        ("district", here["district"], "district here"),
        ("zone", alerts["zone_type"], "standing alert on ground of type"),
    ):
        value = kept[name]
        if value and value not in set(column.dropna()):
            remarks.append(f"There is no {what} {value[:60]!r}; all are shown.")
            kept[name] = ""
    return Choice(**kept), remarks
