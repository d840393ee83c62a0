"""A catalogue that fails is named; a bad scene costs itself, whatever is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rasterio

from cube import open_cube
from pipelines.unseen import read_errors
from tests.cube.sources.serving import Service, as_json
from tests.pipelines.attempts import READING, collection, written
from tests.pipelines.test_failures import items_of


def answering(status: int, headers: dict[str, str], body: bytes) -> Service:
    return Service(lambda *_: (status, headers, body))


def api(answer: tuple[int, dict[str, str], bytes]) -> Service:
    """A STAC API that gives `answer` to every search."""

    def reply(method: str, path: str, query: Any, headers: Any, body: bytes) -> Any:
        root = f"http://{headers['Host']}"
        links = [
            {"rel": "root", "href": f"{root}/"},
            {"rel": "search", "href": f"{root}/search", "method": "POST"},
        ]
        conforms = [f"https://api.stacspec.org/v1.0.0/{name}" for name in ("core", "item-search")]
        landing = {"type": "Catalog", "id": "x", "stac_version": "1.0.0", "description": "-"}
        if path == "/search":
            return answer
        return as_json(landing | {"links": links, "conformsTo": conforms})

    return Service(reply)


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (answering(500, {}, b"oops"), ["answered 500", "after 1 retry", "try again later"]),
        (answering(404, {}, b"nope"), ["answered 404 Not Found", "Check the address"]),
        (answering(200, {}, b"<html>Sign in</html>"), ["is not JSON", "<html>Sign in</html>"]),
        (answering(200, {}, b'{"hello": 1}'), ["JSON of type None: expected a STAC API"]),
        (answering(200, {}, b"[1, 2]"), ["JSON but no object"]),
        (answering(200, {}, b'{"type": "Feat'), ["broken or cut short"]),
        (answering(302, {"Location": "/"}, b""), ["Exceeded 30 redirects"]),
        (api((500, {}, b"oops")), ["answered 500 after 1 retry"]),
        (api((400, {}, b"bad bbox")), ["answered 400", "bad bbox"]),
        (api((200, {}, b"<html>maintenance</html>")), ["does not answer as a STAC API does"]),
        (api(as_json({})), ["answered without features", "no STAC API, or out of order"]),
        (api(as_json({"type": "FeatureCollection", "features": [7]})), ["Items were refused"]),
    ],
)
def test_a_catalogue_that_fails_is_named_with_what_it_said(run, serve, service, words):
    flags = ("--source.retries=1", "--source.backoff_s=0", "--source.timeout_s=5")
    assert run(f"--catalog={serve(service).url}/", *flags).refused(*words)


def test_a_catalogue_that_is_slow_is_given_up(run, serve):
    slow = answering(200, {}, b"{}")
    slow.faults.append(1.0)
    flags = ("--source.retries=0", "--source.timeout_s=0.2")
    assert run(f"--catalog={serve(slow).url}/", *flags).refused("Read timed out")


@pytest.mark.parametrize(
    ("catalog", "words"),
    [
        ("http://127.0.0.1:9/", ["Connection refused", "Check the address"]),
        ("htps://example.org/v1", ["expected http://, https:// or the path"]),
        ("example.org/v1", ["No such file", "an address begins with https://"]),
        (".", ["Is a directory"]),
    ],
)
def test_a_catalogue_that_is_not_there_is_said(run, catalog, words):
    assert run(f"--catalog={catalog}", "--source.retries=0").refused(*words)


def retype(path: Path, to: Path, **profile: Any) -> None:
    """The same raster with another dtype, CRS, or cut in half."""
    with rasterio.open(path) as whole:
        pixels = whole.read()[:, : whole.height // profile.pop("parts", 1)]
        kept = {"driver": "GTiff", "transform": whole.transform, "crs": whole.crs} | profile
    count, height, width = pixels.shape
    kept |= {"count": count, "height": height, "width": width}
    with rasterio.open(to, "w", **({"dtype": "uint16"} | kept)) as file:
        file.write(pixels.astype(kept.get("dtype", "uint16")))


def test_every_bad_scene_costs_itself_and_says_why(run, archive, real, tmp_path):
    items = items_of(archive)
    mine = [item for item in items if "44QPK" in item["id"]][:14]
    spoiled: dict[str, str] = {}

    def spoil(why: str) -> tuple[dict[str, Any], Path, Path]:
        item = mine[len(spoiled)]
        spoiled[item["id"]] = why
        red = Path(item["assets"]["red"]["href"])
        other = tmp_path / f"{item['id']}.tif"
        return item["assets"], red, other

    assets, _, _ = spoil("lacks band 'scl'")
    del assets["scl"]
    assets, _, _ = spoil("has no href")
    assets["red"]["href"] = None
    assets, _, _ = spoil("malformed")
    assets["red"]["proj:transform"] = 5
    assets, _, other = spoil("No such file")
    assets["red"]["href"] = str(other)
    assets, _, other = spoil("not recognized")
    assets["scl"]["href"] = str(written(other, "hello"))
    assets, red, other = spoil("Read")
    assets["red"]["href"] = str(written(other, red.read_bytes()[:900]))
    for why, profile in {
        "it has no CRS": {"crs": None},
        "it is in EPSG:32733": {"crs": "EPSG:32733"},
        "its pixels are float32": {"dtype": "float32"},
        "its corner lies at": {"parts": 2},
    }.items():
        assets, red, other = spoil(why)
        retype(red, other, **profile)
        assets["red"]["href"] = str(other)
    landsat = json.loads((real / "stac_items/landsat8_c2_l2.json").read_text())
    spoiled[landsat["id"]] = "is of another sensor, Landsat"
    catalog = collection(tmp_path / "items.json", [*items, landsat, items[-1]])

    ended = run(f"--catalog={catalog}", READING, period="--period=2021-01-01/2021-05-31")
    assert ended.code == 0
    facts = json.loads((ended.output / "run.json").read_text())["steps"]["ingest"]
    cube = open_cube(ended.output / "cube", raw=True, chunks=None)
    sources = cube["source_items"].values.ravel().tolist()
    said = facts["refused_items"] | read_errors(sources)
    assert set(said) == set(spoiled)
    for item_id, why in spoiled.items():
        assert why in said[item_id]
    assert facts["unread_items"] == read_errors(sources)
    assert "not read: 4 more, see" in ended.said
    used = {item["id"] for text in sources for item in json.loads(text) if "error" not in item}
    assert not used & set(spoiled)
    assert len(used) > 20


def test_a_mine_none_of_whose_scenes_can_be_read_fails(run, archive, tmp_path):
    items = items_of(archive)
    for item in items:
        if "44QP" in item["id"]:  # the tiles of the first mine
            item["assets"]["scl"]["href"] = str(tmp_path / "gone.tif")
    ended = run(f"--catalog={collection(tmp_path / 'items.json', items)}", READING)
    assert ended.code == 3
    assert "failed: SIM_000 in ingest: none of its" in ended.said
    assert "SIM_001 in" not in ended.said
