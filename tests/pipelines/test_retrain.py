"""Forests grown anew from what is published, and how far they agree."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis.detectors.forest import ForestSettings
from analysis.forest import ForestRule, grown_forest
from cube.contract import CubeError
from cube.store import open_cube, open_results
from pipelines import retrain
from pipelines.mine_ground import positions_of, results_version
from pipelines.retrained import KeptForest, keep_forests, keep_model, kept_forests, kept_model


def told(output, *flags):
    return retrain.main(["--output", str(output), "--cluster", "threads", *flags])


def test_every_mine_gets_a_forest_that_knows_the_dug_ground_from_the_rest(small_run, tmp_path):
    snapshot = results_version(str(small_run / "cube"))
    positions = positions_of(str(small_run / "cube"), snapshot)
    _, row = retrain.mine_forest(
        str(small_run / "cube"), snapshot, "SIM_000", positions["SIM_000"], ForestSettings()
    )
    results = open_results(small_run / "cube", chunks=None).isel(mine=positions["SIM_000"])
    dug = int(results["excavated"].isel(time=-1).values.sum())
    assert row.confirmed == min(dug, retrain.ASKED_PIXELS // 2)
    assert row.looks == ForestRule().training_looks
    assert row.agreement > 5 * row.elsewhere
    seen = (open_cube(small_run / "cube", chunks=None)["quality"] == 1).values[positions["SIM_000"]]
    assert row.confirmed + row.other <= int(seen.any(axis=1).sum())


def test_the_same_run_gives_the_same_forest(small_run):
    snapshot = results_version(str(small_run / "cube"))
    where = positions_of(str(small_run / "cube"), snapshot)["SIM_001"]
    one, other = (
        retrain.mine_forest(str(small_run / "cube"), snapshot, "SIM_001", where, ForestSettings())
        for _ in range(2)
    )
    assert one[1] == other[1]
    np.testing.assert_array_equal(one[0].threshold, other[0].threshold)


def test_forests_are_kept_with_their_agreement_and_others_stay(copied, capsys):
    assert told(copied, "--mine", "SIM_000") == 0
    assert told(copied) == 0
    assert [row.mine_id for row in kept_forests(copied)] == ["SIM_000", "SIM_001"]
    assert "2 forests grown" in capsys.readouterr().out
    assert kept_model(copied, "SIM_001").scores(np.full((5, 3), 0.1, np.float32)).shape == (3,)


def test_a_model_that_was_kept_scores_as_it_did(tmp_path):
    looks = np.random.default_rng(0).normal(size=(5, 500)).astype(np.float32)
    forest = grown_forest(looks, ForestRule(trees=10, tree_looks=64, training_looks=500))
    keep_model(tmp_path, "A 1", forest)
    kept = kept_model(tmp_path, "A 1")
    np.testing.assert_array_equal(kept.scores(looks), forest.scores(looks))
    assert kept.level == forest.level


def test_a_share_of_nothing_is_kept_as_unknown(tmp_path):
    row = KeptForest("A", 10, 0, 5, float("nan"), 0.25, "s", "k", "2026-11-21")
    keep_forests(tmp_path, [row])
    assert json.loads((tmp_path / "forests/forests.json").read_text())[0]["agreement"] is None
    assert np.isnan(kept_forests(tmp_path)[0].agreement)


def test_an_unknown_mine_and_a_folder_without_a_run_are_refused(copied, tmp_path, capsys):
    assert told(copied, "--mine", "SIM_9") == 2
    assert "there are no results of mine 'SIM_9'; there are of SIM_000" in capsys.readouterr().err
    assert told(tmp_path / "nothing") == 2
    assert "there is no run in" in capsys.readouterr().err


def test_damaged_files_are_said_in_words(tmp_path):
    (tmp_path / "forests").mkdir()
    (tmp_path / "forests/forests.json").write_text("{")
    (tmp_path / "forests/mine_A.npz").write_bytes(b"no")
    with pytest.raises(CubeError, match="grow the forests again"):
        kept_forests(tmp_path)
    with pytest.raises(CubeError, match="is damaged"):
        kept_model(tmp_path, "A")
    with pytest.raises(CubeError, match="no forest of mine B is kept"):
        kept_model(tmp_path, "B")
