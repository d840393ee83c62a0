"""What a run asks of the catalogue and of the servers of imagery: once, only for what is new."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from cube.acquire import acquire
from cube.contract import CORE_BANDS
from cube.mines import read_mines
from cube.slots import slot_axis
from cube.sources import loader, open_source
from cube.windows import WindowSettings, lonlat_bbox, windows_of
from pipelines import full_run
from tests.conftest import run_arguments
from tests.cube.sources.serving import Service, file_service, stac_service
from tests.pipelines.attempts import MONTH, READING
from tests.pipelines.test_failures import items_of


@dataclass
class Noted:
    """A STAC API that notes the days and the place of every search."""

    items: list[dict]
    searches: list[tuple[str, tuple[float, ...]]] = field(default_factory=list)

    @property
    def service(self) -> Service:
        whole = stac_service(self.items, page=100)

        def answer(method, path, query, headers, body):  # type: ignore[no-untyped-def]
            if path == "/search":
                asked = json.loads(body)
                days = "/".join(end[:10] for end in asked["datetime"].split("/"))
                self.searches.append((days, tuple(asked["bbox"])))
            return whole.answer(method, path, query, headers, body)

        return Service(answer)


def test_a_run_again_asks_nothing_and_a_longer_period_only_for_the_new_slot(
    archive, serve, tmp_path
):
    noted = Noted(items_of(archive))
    service = serve(noted.service)
    told = [*run_arguments(archive), READING, f"--catalog={service.url}", f"--output={tmp_path}"]
    assert full_run.main([*told, MONTH]) == 0
    places = {place for _, place in noted.searches}
    assert {days for days, _ in noted.searches[-2:]} == {"2021-01-01/2021-01-30"}
    assert len(places) == 2  # a window each, of two mines

    noted.searches.clear()
    assert full_run.main([*told, MONTH]) == 0
    assert noted.searches == []

    # slots of ten days: the fourth covers 31 January to 9 February
    assert full_run.main([*told, "--period=2021-01-01/2021-02-09"]) == 0
    assert sorted(noted.searches) == [("2021-01-31/2021-02-09", place) for place in sorted(places)]


@pytest.fixture
def far(archive, serve):
    """The first mine's window, its scenes of a season behind a server that notes requests."""
    (window, *_) = windows_of(read_mines(archive.mines)[0], WindowSettings(size=64))
    axis = slot_axis("2021-01-01/2021-03-31", 10)
    found = open_source(archive.items).search(lonlat_bbox(window), axis.start, axis.last).scenes
    service = serve(file_service(archive.folder))

    def there(href: str) -> str:
        return href.replace(str(archive.folder), service.url)

    scenes = [
        replace(s, assets={b: replace(a, href=there(a.href)) for b, a in s.assets.items()})
        for s in found
    ]
    return window, axis, scenes, service


def test_of_every_asset_a_window_needs_the_file_is_opened_once(far):
    window, axis, scenes, service = far
    slots = acquire(window, scenes, axis, range(axis.count), loader(), CORE_BANDS)
    assert slots.failed_reads.sum() == 0
    used = {item["id"] for slot in slots.source_items for item in json.loads(slot)}
    opened = Counter(r.split()[1] for r in service.requests if r.startswith("HEAD"))
    classified = {s.assets["scl"].href.removeprefix(service.url) for s in scenes}
    read = {
        s.assets[band].href.removeprefix(service.url)
        for s in scenes
        if s.item_id in used
        for band in CORE_BANDS
    }
    assert set(opened.values()) == {1}
    assert classified | read <= set(opened)
    # bands are opened of days that give pixels, and of few that turned out to give none
    assert len(opened) <= len(classified) + len(read) + 2 * len(CORE_BANDS)


def test_reads_wait_for_the_network_together(far):
    window, _, scenes, service = far
    under_way, enough, answer = [], threading.Event(), service.answer

    def together(*asked):
        under_way.append(asked)
        if len(under_way) == 4:
            enough.set()
        enough.wait(20)  # nobody is answered before four have asked
        return answer(*asked)

    service.answer = together
    (pixels,) = loader().load(scenes[:1], [*CORE_BANDS, "scl"], window)
    assert isinstance(pixels, np.ndarray)
    assert len({path for _, path, *_ in under_way[:4]}) == 4
