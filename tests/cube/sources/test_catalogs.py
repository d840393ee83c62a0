"""Files instead of an API: item collections, static catalogs, stac-geoparquet."""

import json
import pickle

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import stac_geoparquet.arrow

from cube.contract import CubeError
from cube.sources import SourceSettings, open_source
from cube.sources.source import touches
from tests.cube.sources.serving import file_service, s2_item

BBOX = (82.0, 22.55, 82.03, 22.6)
START, END = np.datetime64("2022-03-01"), np.datetime64("2022-03-31")
QUICK = SourceSettings(retries=0, timeout_s=5)


@pytest.fixture
def items():
    return [
        s2_item(f"S2A_44QPK_202203{d:02d}_0_L2A", f"2022-03-{d:02d}", {"red": f"cogs/{d}.tif"})
        for d in (20, 5, 12)
    ]


def collection_file(folder, items):
    path = folder / "items.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    return path


def catalog_files(folder, items):
    """catalog.json -> sentinel-2-l2a/collection.json -> one folder per item, and a stranger."""
    child = [{"rel": "child", "href": f"./{n}/collection.json"} for n in ("sentinel-2-l2a", "dem")]
    write(folder / "catalog.json", {"type": "Catalog", "id": "root", "links": child})
    links = [{"rel": "item", "href": f"./{i['id']}/item.json"} for i in items]
    links += [{"rel": "root", "href": "../catalog.json"}]
    for name in ("sentinel-2-l2a", "dem"):
        here = {"type": "Collection", "id": name, "links": links}
        write(folder / name / "collection.json", here)
    for item in items:
        write(folder / "sentinel-2-l2a" / item["id"] / "item.json", item)
    return folder / "catalog.json"


def write(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def parquet_file(folder, items):
    path = folder / "items.parquet"
    table = pa.Table.from_batches(stac_geoparquet.arrow.parse_stac_items_to_arrow(items))
    stac_geoparquet.arrow.to_parquet(table, path)
    return path


KINDS = {
    "item collection": collection_file,
    "static STAC catalog": catalog_files,
    "stac-geoparquet": parquet_file,
}


@pytest.mark.parametrize("kind", KINDS)
def test_scenes_come_out_of_every_kind_of_file_by_date(kind, items, tmp_path):
    source = open_source(KINDS[kind](tmp_path, items), QUICK)
    assert source.description.startswith(kind)
    found = pickle.loads(pickle.dumps(source)).search(BBOX, START, END)
    assert [str(s.acquired)[:10] for s in found.scenes] == [
        "2022-03-05",
        "2022-03-12",
        "2022-03-20",
    ]
    assert found.refused == ()


@pytest.mark.parametrize("kind", KINDS)
def test_period_and_place_are_respected_by_every_kind_of_file(kind, items, tmp_path):
    source = open_source(KINDS[kind](tmp_path, items), QUICK)
    fifth, twelfth = np.datetime64("2022-03-05"), np.datetime64("2022-03-12")
    assert len(source.search(BBOX, fifth, twelfth).scenes) == 2
    assert source.search((83.0, 22.5, 83.1, 22.6), START, END).scenes == ()
    assert source.search((82.0, 23.5, 82.1, 23.6), START, END).scenes == ()


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        ("item collection", "cogs"),
        ("static STAC catalog", "sentinel-2-l2a/S2A_44QPK_20220305_0_L2A/cogs"),
        ("stac-geoparquet", "cogs"),
    ],
)
def test_relative_hrefs_start_at_the_document_that_holds_the_item(kind, folder, items, tmp_path):
    found = open_source(KINDS[kind](tmp_path, items), QUICK).search(BBOX, START, END)
    assert found.scenes[0].assets["red"].href == str(tmp_path / folder / "5.tif")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_read_over_http_too(kind, items, tmp_path, serve):
    name = KINDS[kind](tmp_path, items).name
    source = open_source(f"{serve(file_service(tmp_path)).url}/{name}", QUICK)
    found = source.search(BBOX, START, END)
    assert len(found.scenes) == 3
    assert found.scenes[0].assets["red"].href.startswith("http://127.0.0.1")


@pytest.mark.parametrize("kind", ["item collection", "static STAC catalog"])
def test_one_bad_item_costs_that_item(kind, items, tmp_path):
    items[1]["assets"] = {}
    found = open_source(KINDS[kind](tmp_path, items), QUICK).search(BBOX, START, END)
    assert len(found.scenes) == 2
    assert "no asset with a Sentinel-2 band" in found.refused[0][1]


def test_an_item_file_missing_from_a_static_catalog_costs_that_item(items, tmp_path):
    catalog = catalog_files(tmp_path, items)
    (tmp_path / "sentinel-2-l2a" / items[0]["id"] / "item.json").unlink()
    found = open_source(catalog, QUICK).search(BBOX, START, END)
    assert len(found.scenes) == 2
    assert "No such file" in found.refused[0][1]


def test_a_catalog_that_links_to_itself_is_walked_once(items, tmp_path):
    catalog = catalog_files(tmp_path, items)
    document = json.loads(catalog.read_text())
    document["links"] += [{"rel": "child", "href": "./catalog.json"}]
    write(catalog, document)
    assert len(open_source(catalog, QUICK).search(BBOX, START, END).scenes) == 3


def test_where_no_collection_has_the_wanted_name_all_of_a_catalog_is_taken(items, tmp_path):
    catalog = catalog_files(tmp_path, items)
    elsewhere = SourceSettings(collection="sentinel2-l2a-example", retries=0)
    assert len(open_source(catalog, elsewhere).search(BBOX, START, END).scenes) == 3


def test_an_item_of_another_sensor_in_a_file_is_refused_not_passed_over(items, tmp_path):
    items[0] |= {"collection": "landsat-c2-l2"}
    items[0]["properties"]["platform"] = "landsat-9"
    found = open_source(collection_file(tmp_path, items), QUICK).search(BBOX, START, END)
    assert len(found.scenes) == 2
    assert "another sensor, Landsat Collection 2" in found.refused[0][1]


def test_a_changed_item_collection_is_read_again(items, tmp_path):
    source = open_source(collection_file(tmp_path, items), QUICK)
    assert len(source.search(BBOX, START, END).scenes) == 3
    collection_file(tmp_path, items[:1])
    assert len(source.search(BBOX, START, END).scenes) == 1


@pytest.mark.parametrize("kind", ["item collection", "static STAC catalog"])
def test_a_catalogue_opened_anew_is_read_anew_by_a_process_that_lives_on(
    kind, items, tmp_path, serve
):
    url = serve(file_service(tmp_path)).url
    name = KINDS[kind](tmp_path, items[:1]).name
    assert len(open_source(f"{url}/{name}", QUICK).search(BBOX, START, END).scenes) == 1
    KINDS[kind](tmp_path, items)
    source = open_source(f"{url}/{name}", QUICK)
    assert len(pickle.loads(pickle.dumps(source)).search(BBOX, START, END).scenes) == 3


def test_a_parquet_file_behind_a_url_is_fetched_once_for_many_searches(items, tmp_path, serve):
    service = serve(file_service(tmp_path))
    source = open_source(f"{service.url}/{parquet_file(tmp_path, items).name}", QUICK)
    for _ in range(3):
        assert len(source.search(BBOX, START, END).scenes) == 3
    assert len(service.requests) == 1


def test_the_real_mine_is_found_with_108_dates(real):
    source = open_source(real / "cil_mine_1/items.json", QUICK)
    found = source.search(
        (81.15, 21.19, 81.16, 21.2), np.datetime64("2019-01-01"), np.datetime64("2024-12-31")
    )
    assert (len(found.scenes), found.refused) == (108, ())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON: it begins ''"),
        (b"<html><body>404", "is not JSON: it begins '<html><body>404'"),
        (b"[1, 2]", "is JSON but no object"),
        (b'{"type": "Topology"}', "is JSON of type 'Topology': expected a STAC API"),
        (b'{"type": "FeatureCollection"}', "is no ItemCollection"),
        (b'{"type": "FeatureCollection", "features": []}', "holds no items"),
        (b'{"type": "Catalog", "links": []}', "links to no items"),
        (
            b'{"type": "FeatureCollection", "links": [{"rel": "next", "href": "x"}]}',
            "is one page of a search",
        ),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_by_what_it_is(content, message, tmp_path):
    path = tmp_path / "items.json"
    path.write_bytes(content)
    with pytest.raises(CubeError, match=message):
        open_source(path, QUICK).search(BBOX, START, END)


def test_a_path_where_nothing_is_says_so(tmp_path):
    with pytest.raises(CubeError, match=r"Cannot read .*nothing.json: No such file"):
        open_source(tmp_path / "nothing.json", QUICK)


def test_a_parquet_file_of_something_else_is_refused_by_what_it_lacks(tmp_path):
    path = tmp_path / "mines.parquet"
    pq.write_table(pa.table({"id": ["a"]}), path)
    with pytest.raises(CubeError, match=r"as stac-geoparquet: .*no column 'datetime'"):
        open_source(path, QUICK).search(BBOX, START, END)
    path.write_bytes(b"no parquet")
    with pytest.raises(CubeError, match=r"Cannot read .*mines.parquet as stac-geoparquet"):
        open_source(path, QUICK).search(BBOX, START, END)


def test_a_scene_across_the_antimeridian_touches_both_sides_and_nothing_between(real):
    path = real / "stac_items/sentinel2_l2a_2024_stactools.json"
    scene = (
        open_source(path, SourceSettings(collection=""))
        .search(
            (178.0, -80.0, 179.0, -79.5), np.datetime64("2024-01-09"), np.datetime64("2024-01-09")
        )
        .scenes[0]
    )
    assert touches(scene, (-179.0, -80.0, -178.5, -79.5))
    assert not touches(scene, (82.0, -80.0, 82.1, -79.5))
