"""Synthetic zones of a run: from the first year's pictures only, and marked wherever they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from analysis.synthetic_zones import SYNTHETIC_SOURCE, SyntheticRule, is_synthetic
from cube.contract import CubeError
from cube.store import open_cube
from pipelines import full_run, synthetic
from pipelines.config import run_config
from pipelines.law import DATES, SYNTHETIC_ZONES, law_hashes, law_of
from tests.conftest import run_arguments

LATER = "--steps=validate,synthetic,zones,enforce"


@pytest.fixture(scope="module")
def output(archive, small_run, tmp_path_factory) -> Path:
    """A whole run over the small archive, then told to draw synthetic zones; up to the alerts."""
    folder = tmp_path_factory.mktemp("synthetic") / "outputs"
    shutil.copytree(small_run, folder)
    told = [*run_arguments(archive), f"--output={folder}", "--synthetic-zones", LATER]
    assert full_run.main(told) == 0
    return folder


def drawn(output: Path) -> gpd.GeoDataFrame:
    zones = gpd.read_parquet(output / SYNTHETIC_ZONES)
    return gpd.GeoDataFrame(zones.astype(dict.fromkeys(DATES, "datetime64[s]")))


def test_zones_of_every_mine_are_marked_and_hold_from_the_end_of_the_history(output):
    zones = drawn(output)
    assert set(zones["zone_type"]) <= {"forest", "water"}
    assert zones["zone_id"].str.contains("SIM_000").any()
    assert zones["zone_id"].map(is_synthetic).all()
    assert (zones["source"] == SYNTHETIC_SOURCE).all()
    acquired = open_cube(output / "cube", raw=True, chunks=None)["acquired"].values
    first, last = np.nanmin(acquired), np.nanmax(acquired)
    begins = zones["valid_from"].to_numpy()
    assert (begins <= first + (last - first) / 2 + np.timedelta64(1, "D")).all()
    assert (begins > first + np.timedelta64(300, "D")).all()


def test_the_geojson_says_what_they_are_and_has_the_same_zones(output):
    told = json.loads((output / SYNTHETIC_ZONES.with_suffix(".geojson")).read_text())
    assert told["description"].startswith("Synthetic zones, for demonstration only")
    assert [f["properties"]["zone_id"] for f in told["features"]] == drawn(output)[
        "zone_id"
    ].tolist()
    assert {f["properties"]["source"] for f in told["features"]} == {SYNTHETIC_SOURCE}


def test_no_slot_after_the_history_is_looked_at(output, monkeypatch):
    """Later slots may hold anything, the zones are the same; the first year's matter."""
    repository = str(output / "cube")
    cube = open_cube(repository, raw=True, chunks=None).load()
    snapshot = str(cube.attrs["snapshot"])
    history = synthetic._history(cube, "SIM_000", run_config(None, {}).detection.baseline)
    assert history is not None
    (count,) = history.slots
    assert 30 < count < cube.sizes["time"] - 30

    def spoilt(here: slice):
        other = cube.copy(deep=True)
        other["reflectance"][:, here] = 1
        opened = lambda *_, bands, **__: other.sel(band=[*bands])  # noqa: E731
        monkeypatch.setattr(synthetic, "open_cube", opened)
        return synthetic.mine_zones(repository, snapshot, history, SyntheticRule())

    truth = drawn(output)
    truth = truth[truth["zone_id"].str.contains("SIM_000")].reset_index(drop=True)
    assert len(truth)
    pd.testing.assert_frame_equal(spoilt(slice(count, None)), truth)
    assert len(spoilt(slice(0, count))) == 0


def test_the_law_of_the_run_has_given_and_synthetic_zones_together(output, archive):
    told = {"zones": str(archive.zones), "leases": str(archive.leases), "output": str(output)}
    given, _ = law_of(run_config(None, told))
    both, _ = law_of(run_config(None, told | {"synthetic_zones": True}))
    assert both["zone_id"].tolist() == given["zone_id"].tolist() + drawn(output)["zone_id"].tolist()
    assert both.dtypes.to_dict() == given.dtypes.to_dict()
    assert both.crs == given.crs
    with_them = law_hashes(run_config(None, told | {"synthetic_zones": True}))
    assert with_them[:2] == law_hashes(run_config(None, told))


def test_a_run_that_never_drew_them_or_was_given_them_as_law_is_refused(output, tmp_path):
    with pytest.raises(CubeError, match=r"no synthetic zones in .* yet: run the step synthetic"):
        law_of(run_config(None, {"output": str(tmp_path), "synthetic_zones": True}))
    given = str(output / SYNTHETIC_ZONES.with_suffix(".geojson"))
    told = {"output": str(output), "zones": given, "synthetic_zones": True}
    with pytest.raises(CubeError, match=r"'synthetic-.*' of .* is that of a synthetic zone"):
        law_of(run_config(None, told))


def test_a_damaged_table_of_zones_is_refused(output, tmp_path):
    (tmp_path / "validation").mkdir()
    (tmp_path / SYNTHETIC_ZONES).write_bytes(b"PAR1")
    with pytest.raises(CubeError, match=r"is damaged .*Bring it back, or make it again"):
        law_of(run_config(None, {"output": str(tmp_path), "synthetic_zones": True}))


def test_they_are_drawn_once_and_taken_away_when_asked_for_no_more(archive, output, capsys):
    told = [*run_arguments(archive), f"--output={output}", LATER]
    bytes_before = (output / SYNTHETIC_ZONES).read_bytes()
    assert full_run.main([*told, "--synthetic-zones"]) == 0
    assert "synthetic  zones unchanged" in capsys.readouterr().out
    assert (output / SYNTHETIC_ZONES).read_bytes() == bytes_before
    try:
        assert full_run.main(told) == 0
        assert not (output / SYNTHETIC_ZONES).exists()
        assigned = (output / "validation/step2_zone_assignments.csv").read_text()
        assert "synthetic" not in assigned
    finally:
        assert full_run.main([*told, "--synthetic-zones"]) == 0
    assert (output / SYNTHETIC_ZONES).read_bytes() == bytes_before
