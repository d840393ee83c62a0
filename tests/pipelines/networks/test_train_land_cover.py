"""SegFormer learns land cover from chips of a simulated cube, and a scan's screen asks it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis.networks.land_cover import LandCover
from analysis.networks.screening import suspicious_cover
from cube.contract import CubeError
from pipelines import evaluate_model, train
from pipelines.networks.cells import land_cover
from pipelines.networks.chips import chip_set
from pipelines.networks.cover_scoring import cover_scored
from pipelines.networks.evaluation import network_of, training_data
from pipelines.networks.scoring import scored
from tests.pipelines.networks.small_cube import simulated_cube

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A training over eight simulated mines."""
    folder = tmp_path_factory.mktemp("cover")
    cube = simulated_cube(folder / "simulated", sites=8, size=256, seed=5, cadence_days=60)
    flags = ["--cube", str(cube.path), "--network", "segformer", "--preset", "tiny",
             "--epochs", "12", "--batch-size", "8", "--threads", "1", "--device", "cpu",
             "--optimiser.learning_rate", "0.005", "--data.size", "64",
             "--data.labels", "truth", "--data.label_file", str(cube.truth),
             "--data.splits.train", "0.5", "--data.splits.validation", "0.25",
             "--data.splits.test", "0.25", "--output", str(folder / "trained")]  # fmt: skip
    assert train.main(flags) == 0
    return folder / "trained"


@pytest.fixture(scope="module")
def test_chips(folder):
    cube, settings = training_data(folder / "network.pt")
    return chip_set(cube, settings, folder / "chips").of_split("test")


def test_it_tells_forest_fields_and_bare_ground_apart_on_sites_it_never_saw(folder):
    told = json.loads((folder / "training.json").read_text())["metrics"]
    for split in ("validation", "test"):
        assert told[split]["sites"] == 2
        assert told[split]["accuracy"][0] > 0.6
        for name in ("forest", "agriculture", "barren"):
            assert told[split][f"iou_{name}"][0] > 0.35


def test_both_files_say_the_same_of_chips(folder, test_chips):
    told = json.loads((folder / "training.json").read_text())["metrics"]["test"]
    again = cover_scored(network_of(folder / "network.onnx"), test_chips)
    for name in ("accuracy", "mean_iou"):
        assert again[name][0] == pytest.approx(told[name][0], abs=1e-3)


def test_the_screen_of_a_scan_finds_the_workings_with_it(folder, test_chips):
    network = network_of(folder / "network.onnx")
    found, worked = [], []
    for i in range(len(test_chips)):
        chip = test_chips[i]
        suspicious = suspicious_cover(land_cover(network, chip["pixels"]))
        found.append(suspicious[chip["mask"] > 0.5].sum())
        worked.append((chip["mask"] > 0.5).sum())
    assert np.sum(found) > 0.7 * np.sum(worked)


def test_an_evaluation_writes_scores_and_maps(folder, tmp_path, capsys):
    flags = [str(folder / "network.onnx"), "--visualize", "--export", "--output", str(tmp_path)]
    assert evaluate_model.main(flags) == 0
    said = capsys.readouterr().out
    assert "mean IoU" in said
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["asked_about"] == scores["trained_on"]
    assert set(scores["sites"]) == {str(site) for site in scores["sites"]}
    assert len(list((tmp_path / "classes").glob("*.tif"))) == 2


def test_it_is_not_scored_as_if_it_said_mines(folder, test_chips):
    with pytest.raises(CubeError, match="'segformer' says land cover, not mines"):
        scored(network_of(folder / "network.pt"), test_chips)
    assert len(LandCover) == 7
