"""A real little STAC API on 127.0.0.1, well and ill."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import yaml

from cube.contract import CubeError
from cube.sources import SourceSettings, open_source
from tests.cube.sources.serving import Service, s2_item, stac_service

BBOX = (82.0, 22.55, 82.03, 22.6)
START, END = np.datetime64("2022-03-01"), np.datetime64("2022-03-31")
QUICK = SourceSettings(retries=2, backoff_s=0.01, timeout_s=5)


def march(count=25):
    return [
        s2_item(f"S2A_44QPK_202203{d:02d}_0_L2A", f"2022-03-{d:02d}", {"red": f"http://x/{d}.tif"})
        for d in range(1, count + 1)
    ]


def test_a_search_follows_the_pages_to_the_last(serve):
    service = serve(stac_service(march(), page=10))
    found = open_source(service.url, QUICK).search(BBOX, START, END)
    assert [s.item_id[10:18] for s in found.scenes] == [f"202203{d:02d}" for d in range(1, 26)]
    assert sum("/search" in r for r in service.requests) == 3


def test_the_last_day_of_the_period_counts_whole(serve):
    source = open_source(serve(stac_service(march())).url, QUICK)
    found = source.search(BBOX, np.datetime64("2022-03-03"), np.datetime64("2022-03-04"))
    assert [str(s.acquired) for s in found.scenes] == ["2022-03-03T05:06:07", "2022-03-04T05:06:07"]


def test_a_source_pickles_and_still_searches(serve):
    source = open_source(serve(stac_service(march(3))).url, QUICK)
    again = pickle.loads(pickle.dumps(source))
    assert len(again.search(BBOX, START, END).scenes) == 3


def test_several_threads_may_search_at_once(serve):
    source = open_source(serve(stac_service(march(5))).url, QUICK)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: len(source.search(BBOX, START, END).scenes), range(12)))
    assert found == [5] * 12


def test_scenes_cloudier_than_asked_for_are_left_out(serve):
    items = march(3)
    items[1]["properties"]["eo:cloud_cover"] = 80.0
    settings = SourceSettings(max_cloud_cover=50, retries=0)
    found = open_source(serve(stac_service(items)).url, settings).search(BBOX, START, END)
    assert len(found.scenes) == 2


def test_one_bad_item_costs_that_item(serve):
    items = march(3)
    del items[0]["assets"]["red"]["href"]
    found = open_source(serve(stac_service(items)).url, QUICK).search(BBOX, START, END)
    assert len(found.scenes) == 2
    assert found.refused[0][0] == items[0]["id"]
    assert "has no href" in found.refused[0][1]


def test_an_item_of_another_sensor_costs_that_item(serve):
    items = march(2)
    items[0]["properties"]["platform"] = "landsat-8"
    found = open_source(serve(stac_service(items)).url, QUICK).search(BBOX, START, END)
    assert (len(found.scenes), len(found.refused)) == (1, 1)
    assert "another sensor, Landsat" in found.refused[0][1]


@pytest.mark.parametrize("faults", [[429], [500, 503], [502], [504]])
def test_a_busy_server_is_asked_again(serve, faults):
    service = serve(stac_service(march(3)))
    source = open_source(service.url, QUICK)
    source.search(BBOX, START, END)
    service.faults.extend(faults)
    assert len(source.search(BBOX, START, END).scenes) == 3


def test_a_time_out_is_tried_again(serve):
    service = serve(stac_service(march(3)))
    source = open_source(service.url, SourceSettings(retries=5, backoff_s=0, timeout_s=1.0))
    source.search(BBOX, START, END)
    service.faults.append(3.0)
    assert len(source.search(BBOX, START, END).scenes) == 3


def test_a_server_that_keeps_failing_is_named_with_its_answer(serve):
    service = serve(stac_service(march(3)))
    source = open_source(service.url, QUICK)
    service.faults.extend([500] * 9)
    with pytest.raises(CubeError, match=r"127.0.0.1:\d+ answered 500 after 2 retries"):
        source.search(BBOX, START, END)


def test_a_catalogue_that_answers_500_from_the_start_is_named(serve):
    service = serve(stac_service([]))
    service.faults.extend([500] * 9)
    with pytest.raises(CubeError, match=r"answered 500 .* after 2 retries: '<h1>out of order"):
        open_source(service.url, QUICK)


def test_html_instead_of_json_is_shown(serve):
    service = serve(stac_service(march(3)))
    source = open_source(service.url, QUICK)
    service.faults.append("html")
    with pytest.raises(CubeError, match="is not JSON: it begins '<html>Sign in"):
        open_source(service.url, QUICK)
    source.search(BBOX, START, END)
    service.faults.append("html")
    with pytest.raises(CubeError, match=r"does not answer as a STAC API does: .*Check the address"):
        source.search(BBOX, START, END)


def test_a_server_that_does_not_answer_in_time_is_named(serve):
    service = serve(stac_service([]))
    service.faults.extend([1.0] * 3)
    with pytest.raises(CubeError, match=r"Cannot reach http://127.*(timed out|timeout)"):
        open_source(service.url, SourceSettings(retries=0, timeout_s=0.2))


def test_a_catalogue_where_nobody_listens_is_named():
    with pytest.raises(CubeError, match=r"Cannot reach http://127.0.0.1:9/v1 after 1 retry"):
        open_source("http://127.0.0.1:9/v1", SourceSettings(retries=1, backoff_s=0))


def test_a_server_whose_pages_repeat_is_not_followed_for_ever(serve):
    service = serve(stac_service(march(3), repeats=True))
    with pytest.raises(CubeError, match="repeats its pages: after 3 items"):
        open_source(service.url, QUICK).search(BBOX, START, END)


def test_nothing_found_is_an_answer_but_an_unknown_collection_is_a_mistake(serve):
    url = serve(stac_service([])).url
    assert open_source(url, QUICK).search(BBOX, START, END).scenes == ()
    wrong = SourceSettings(collection="sentinel-2-l2", retries=0)
    with pytest.raises(CubeError, match="no collection 'sentinel-2-l2': did you mean 'sentinel-2-"):
        open_source(url, wrong).search(BBOX, START, END)


def test_a_reversed_period_is_refused_before_anything_is_asked(serve):
    service = serve(stac_service(march(3)))
    source = open_source(service.url, QUICK)
    asked = len(service.requests)
    with pytest.raises(CubeError, match="runs from 2022-03-31 to 2022-03-01: expected the start"):
        source.search(BBOX, END, START)
    assert len(service.requests) == asked


def test_a_collection_page_of_an_api_points_to_the_root(serve):
    links = [{"rel": "items", "href": "x"}, {"rel": "root", "href": "http://host/v1"}]
    document = {"type": "Collection", "id": "sentinel-2-l2a", "links": links}
    service = serve(Service(lambda *_: (200, {}, json.dumps(document).encode())))
    with pytest.raises(CubeError, match="expected the API's root, http://host/v1, with collection"):
        open_source(service.url, QUICK)


def test_the_recorded_planetary_computer_answer_is_found_by_a_search(serve, real):
    tape = yaml.load(
        (real / "stac_items/planetary_computer_search_recorded.yaml").read_text(), yaml.CSafeLoader
    )
    items = json.loads(tape["interactions"][0]["response"]["body"]["string"])["features"]
    source = open_source(serve(stac_service(items)).url, QUICK)
    day = np.datetime64("2019-01-01")
    found = source.search((-180, -90, 180, 90), day, day)
    assert (len(found.scenes), found.refused) == (33, ())
    assert "blob.core.windows.net" in found.scenes[0].assets["red"].href


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_cloud_cover": 101}, "max_cloud_cover is 101: expected 0 to 100"),
        ({"timeout_s": 0}, "timeout_s is 0: expected more than 0"),
        ({"retries": -1}, "retries is -1: expected 0 or more"),
        ({"needed": ("B04",)}, "needed names B04: expected some of blue"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(CubeError, match=message):
        SourceSettings(**change)
