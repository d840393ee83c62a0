"""From a cube to a network, its scores and pictures of its errors, by the command line."""

from __future__ import annotations

import json
from itertools import pairwise

import pandas as pd
import pytest
import rasterio
from PIL import Image

from pipelines import evaluate_model, train
from tests.pipelines.networks.small_cube import simulated_cube


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A training of one epoch over eight simulated mines: its folder and its flags."""
    folder = tmp_path_factory.mktemp("train")
    cube = simulated_cube(folder / "simulated", sites=8, size=256, seed=5, cadence_days=60)
    flags = ["--cube", str(cube.path), "--network", "light_cnn", "--preset", "tiny",
             "--epochs", "1", "--batch-size", "16", "--threads", "1", "--device", "cpu",
             "--optimiser.learning_rate", "0.01", "--data.size", "64",
             "--data.labels", "truth", "--data.label_file", str(cube.truth),
             "--data.splits.validation", "0.25", "--data.splits.test", "0.25",
             "--data.splits.train", "0.5", "--output", str(folder / "trained")]  # fmt: skip
    assert train.main(flags) == 0
    return folder / "trained", flags


@pytest.mark.slow
def test_a_training_leaves_a_network_in_two_forms(trained):
    folder, flags = trained
    assert (folder / "network.pt").exists()
    assert (folder / "network.onnx").exists()
    before = (folder / "network.pt").stat().st_mtime_ns
    assert train.main(flags) == 0  # a finished one is not repeated
    assert (folder / "network.pt").stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.parametrize("file", ["network.pt", "network.onnx"])
def test_an_evaluation_scores_the_test_sites_and_draws_the_errors(trained, tmp_path, file):
    folder, _ = trained
    said = [str(folder / file), "--visualize", "--export", "--output", str(tmp_path)]
    assert evaluate_model.main(said) == 0
    scores = json.loads((tmp_path / "scores.json").read_text())
    record = json.loads((folder / "training.json").read_text())
    assert scores["asked_about"] == scores["trained_on"]
    for name in ("f1", "iou", "auc"):
        assert scores["metrics"][name][0] == pytest.approx(record["metrics"]["test"][name][0],
                                                           abs=2e-3)  # fmt: skip
    chips = pd.read_csv(tmp_path / "chips.csv")
    assert set(chips["split"]) == {"test"}
    with Image.open(tmp_path / "overlays_1.png") as picture:
        assert picture.width > 1000
    maps = sorted((tmp_path / "probabilities").glob("*.tif"))
    assert len(maps) == chips["mine_id"].nunique()
    with rasterio.open(maps[0]) as raster:
        assert raster.res == (10.0, 10.0)
        assert raster.nodata == 65_535
        mean = raster.read(1, masked=True).mean() / 1e4
    mine = maps[0].name[: len("SIM_000")]
    assert mean == pytest.approx(chips[chips["mine_id"] == mine]["probability"].mean(), abs=1e-3)


@pytest.mark.slow
def test_chips_of_other_bands_are_refused(trained, tmp_path, capsys):
    folder, flags = trained
    pairs = [pair for pair in pairwise(flags) if pair[0].startswith("--data.")]
    data = [flag for pair in pairs for flag in pair]
    said = [str(folder / "network.pt"), *data, "--data.bands", "[red, green, blue]"]
    assert evaluate_model.main([*said, "--output", str(tmp_path)]) == 2
    assert "these images have no nir" in capsys.readouterr().err


def test_what_is_not_there_is_said(tmp_path, capsys):
    assert evaluate_model.main([str(tmp_path / "network.pt")]) == 2
    assert "there is no checkpoint" in capsys.readouterr().err
    flags = ["--cube", str(tmp_path / "cube"), "--output", str(tmp_path / "out")]
    assert train.main(flags) == 2
    assert "error:" in capsys.readouterr().err
    assert train.main([*flags, "--network", "vgg"]) == 2
    assert "no network is called 'vgg'" in capsys.readouterr().err
