"""What runs judged by is kept under its hash; lines are added, never changed."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from cube.contract import CubeError
from cube.law import read_leases, read_zones
from pipelines.config import RunConfig, run_config
from pipelines.law_versions import VERSIONS, keep_law, kept_law, law_known, law_versions
from pipelines.rules import INDIA, law_rules
from pipelines.run_record import file_hash


@pytest.fixture
def config(tmp_path) -> RunConfig:
    """A run that was given one zone and one lease."""
    saved(tmp_path / "zones.geojson", zone_id=["F1"], zone_type=["forest"])
    saved(tmp_path / "leases.gpkg", lease_id=["L1"], valid_from=["2022-01-01"], accuracy_m=[5.0])
    told = {name: str(next(tmp_path.glob(f"{name}.*"))) for name in ("zones", "leases")}
    return run_config(None, told | {"output": str(tmp_path)})


def saved(path, **columns):
    shape = shapely.box(82.60, 22.30, 82.61, 22.31)
    gpd.GeoDataFrame(columns, geometry=[shape], crs=4326).to_file(path)


def redated(output, *days: str) -> None:
    """The lines with other days, as if they had been written then."""
    lines = [json.loads(line) for line in (output / VERSIONS).read_text().splitlines()]
    told = [one | {"since": f"{day}T09:00:00Z"} for one, day in zip(lines, days, strict=True)]
    (output / VERSIONS).write_text("".join(json.dumps(one) + "\n" for one in told))


def test_the_first_run_keeps_all_it_was_given_under_its_hash(config, tmp_path):
    keep_law(tmp_path, config, "SNAPSHOT")
    zones, leases, rules = law_versions(tmp_path)
    assert [one.layer for one in (zones, leases, rules)] == ["zones", "leases", "rules"]
    assert zones.sha256 == file_hash(config.zones)
    assert zones.kept == f"law/{zones.sha256}.parquet"
    assert (zones.name, zones.features, zones.results) == ("zones.geojson", 1, "SNAPSHOT")
    assert zones.run.startswith("run of minecube ")
    assert zones.told == f"zones.geojson (sha256 {zones.sha256[:12]})"
    assert (leases.name, rules.name) == ("leases.gpkg", "india.yaml")
    law = kept_law(tmp_path, law_known(tmp_path))
    for kept, read in (
        (law.zones, read_zones(config.zones)),
        (law.leases, read_leases(config.leases)),
    ):
        assert kept.drop(columns="geometry").equals(read.drop(columns="geometry"))
        assert kept.geometry.geom_equals_exact(read.geometry, 0).all()
        assert kept.dtypes.to_dict() == read.dtypes.to_dict()
    assert law.rules == law_rules(config)


def test_a_run_with_the_same_law_adds_nothing(config, tmp_path):
    keep_law(tmp_path, config, "SNAPSHOT")
    before = (tmp_path / VERSIONS).read_bytes()
    keep_law(tmp_path, config, "ANOTHER")
    assert (tmp_path / VERSIONS).read_bytes() == before


def test_a_changed_layer_adds_one_line_and_the_old_table_stays(config, tmp_path):
    keep_law(tmp_path, config, "SNAPSHOT")
    before = (tmp_path / VERSIONS).read_bytes()
    first = law_known(tmp_path)["zones"]
    saved(tmp_path / "zones.geojson", zone_id=["F2"], zone_type=["water"])
    keep_law(tmp_path, config, "ANOTHER")
    after = (tmp_path / VERSIONS).read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == before.count(b"\n") + 1
    assert kept_law(tmp_path, {"zones": first}).zones["zone_id"].tolist() == ["F1"]
    assert kept_law(tmp_path, law_known(tmp_path)).zones["zone_id"].tolist() == ["F2"]


def test_a_layer_taken_away_and_given_again_is_two_more_lines(config, tmp_path):
    keep_law(tmp_path, config, "SNAPSHOT")
    without = run_config(None, {"leases": config.leases, "output": str(tmp_path)})
    keep_law(tmp_path, without, "SNAPSHOT")
    assert law_known(tmp_path)["zones"].told == "no zones"
    assert kept_law(tmp_path, law_known(tmp_path)).zones.empty
    keep_law(tmp_path, config, "SNAPSHOT")
    assert [one.features for one in law_versions(tmp_path) if one.layer == "zones"] == [1, 0, 1]


def test_the_law_known_on_a_day_is_that_in_use_at_its_end(config, tmp_path):
    keep_law(tmp_path, config, "SNAPSHOT")
    saved(tmp_path / "zones.geojson", zone_id=["F2"], zone_type=["water"])
    keep_law(tmp_path, config, "SNAPSHOT")
    redated(tmp_path, "2023-03-01", "2023-03-01", "2023-03-01", "2023-11-08")

    def zones(day):
        return kept_law(tmp_path, law_known(tmp_path, day)).zones["zone_id"].tolist()

    assert zones("2023-03-01") == zones("2023-11-07") == ["F1"]
    assert zones("2023-11-08") == zones("2024-01-01") == ["F2"]
    with pytest.raises(CubeError, match=r"no law was known to .* on 2023-02-28: the first law is"):
        law_known(tmp_path, "2023-02-28")
    with pytest.raises(CubeError, match="'8 November' is no date; expected one like 2023-11-08"):
        law_known(tmp_path, "8 November")


def test_a_folder_without_law_knows_none(tmp_path):
    assert law_versions(tmp_path) == []
    assert law_known(tmp_path) == {}
    with pytest.raises(CubeError, match="on 2023-11-08: none is"):
        law_known(tmp_path, "2023-11-08")


def test_a_kept_table_that_was_changed_or_is_gone_is_refused(config, tmp_path):
    keep_law(tmp_path, config, "SNAPSHOT")
    known = law_known(tmp_path)
    table = tmp_path / known["zones"].kept
    whole = table.read_bytes()
    for damage in (whole[:-1], None):
        table.unlink() if damage is None else table.write_bytes(damage)
        with pytest.raises(CubeError, match=r"the zones in use since .* is gone or was changed"):
            kept_law(tmp_path, known)
    keep_law(tmp_path, config, "SNAPSHOT")


def test_what_an_interrupted_write_left_is_no_line_and_goes(config, tmp_path):
    keep_law(tmp_path, config, "SNAPSHOT")
    whole = (tmp_path / VERSIONS).read_bytes()
    (tmp_path / VERSIONS).write_bytes(whole + b'{"since": "20')
    assert len(law_versions(tmp_path)) == 3
    saved(tmp_path / "zones.geojson", zone_id=["F2"], zone_type=["water"])
    keep_law(tmp_path, config, "SNAPSHOT")
    assert (tmp_path / VERSIONS).read_bytes().startswith(whole)
    assert len(law_versions(tmp_path)) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"since": "20', b'"since": "99/'),
        (b'"since": "20', b'"since": "\xff'),
        (b'"features": ', b'"features": "'),
        (b'"layer": "', b'"layer": "no '),
        (b'"name": "', b'"name": 5, "was": "'),
        (b"{", b"[{"),
    ],
)
def test_a_damaged_line_is_refused_and_named(config, tmp_path, old, new):
    keep_law(tmp_path, config, "SNAPSHOT")
    lines = (tmp_path / VERSIONS).read_bytes().splitlines()
    damaged = lines[1].replace(old, new)
    (tmp_path / VERSIONS).write_bytes(b"\n".join([lines[0], damaged, lines[2], b""]))
    with pytest.raises(CubeError, match=r"versions\.jsonl is damaged at line 2"):
        law_known(tmp_path)


def test_rules_that_say_something_else_are_another_version(config, tmp_path):
    keep_law(tmp_path, config, "SNAPSHOT")
    other = tmp_path / "rules.yaml"
    other.write_text(INDIA.read_text().replace("watch_ring_m: 500", "watch_ring_m: 300"))
    changed = run_config(None, {"zones": config.zones, "leases": config.leases,
                                "output": str(tmp_path), "rules": str(other)})  # fmt: skip
    keep_law(tmp_path, changed, "SNAPSHOT")
    assert law_versions(tmp_path)[-1].name == "rules.yaml"
    assert kept_law(tmp_path, law_known(tmp_path)).rules.watch_ring_m == 300
