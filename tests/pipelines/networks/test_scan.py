"""A region of 1.92 km with three mines, two of them listed, scanned by networks that are a rule."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image

from cube.contract import CORE_BANDS
from cube.simulate import Region, RegionSettings, write_region
from pipelines import scan, validate
from tests.pipelines.networks.rule_networks import rule_network

SETTINGS = RegionSettings(
    seed=5, plots=2, plot_px=96, listed=2, unlisted=1, years=1, cadence_days=30, bands=CORE_BANDS
)


@pytest.fixture(scope="module")
def region(tmp_path_factory) -> Region:
    return write_region(tmp_path_factory.mktemp("scanned") / "region", SETTINGS)


@pytest.fixture(scope="module")
def networks(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("rules")
    return [
        f"--classifier={rule_network(folder / 'classifier.onnx', 'scene', 0.3)}",
        f"--segmenter={rule_network(folder / 'segmenter.onnx', 'segmentation')}",
    ]


def order(region: Region, output, *options: str) -> list[str]:
    latitude, longitude = region.center
    return [
        f"--center={latitude},{longitude}",
        "--radius=0.96",
        f"--catalog={region.items}",
        "--period=2021-01-01/2021-12-31",
        f"--output={output}",
        f"--mines={region.mines}",
        "--cluster=threads",
        "--skip-training",
        *options,
    ]


@pytest.fixture(scope="module")
def scanned(region, networks, tmp_path_factory):
    """The scan in tiles of 96 pixels, and what it ended with."""
    output = tmp_path_factory.mktemp("scan") / "out"
    assert scan.main(order(region, output, "--tile=96", *networks)) == 0
    return output


def test_every_mine_is_outlined_the_listed_and_the_unlisted(region, scanned):
    found = gpd.read_file(scanned / "candidates.geojson").to_crs(32644)
    worked = gpd.read_file(region.worked).to_crs(32644)
    worked = worked[worked["date"].astype(str).str[:10] == "2021-01-01"]
    for mine in worked.itertuples():
        shared = found.geometry.intersection(mine.geometry).area.max() / mine.geometry.area
        assert shared > 0.5, f"{mine.mine_id}: {shared:.2f}"
    assert (found["probability"] >= 0.3).all()
    assert (found["area_ha"] >= 0.3).all()


def test_where_tiles_end_changes_nothing(region, networks, scanned, tmp_path):
    # four tiles of 96 pixels, whose edges cross in the very middle, against one of 192; a cloud
    # that ends within two pixels of an edge is widened on its own tile alone, hence the tolerance
    assert scan.main(order(region, tmp_path / "whole", "--tile=192", *networks)) == 0
    cells, whole = (gpd.read_file(o / "cells.geojson") for o in (scanned, tmp_path / "whole"))
    assert len(cells) == len(whole) > 80
    np.testing.assert_allclose(cells["suspicious"], whole["suspicious"], atol=1e-3)
    np.testing.assert_allclose(cells["probability"], whole["probability"], atol=1e-3)
    ours, theirs = (gpd.read_file(o / "candidates.geojson") for o in (scanned, tmp_path / "whole"))
    np.testing.assert_allclose(ours["area_ha"], theirs["area_ha"], atol=0.03)  # three pixels
    apart = ours.to_crs(32644).symmetric_difference(theirs.to_crs(32644)).area
    assert (apart < 0.01 * ours["area_ha"] * 1e4).all()


def test_a_killed_scan_repeats_only_the_tile_that_is_missing(region, networks, scanned, capsys):
    before = (scanned / "candidates.geojson").read_bytes()
    (lost,) = (scanned / "scan").glob("outline-*/tile_000_000.npz")
    lost.write_bytes(lost.read_bytes()[:100])  # cut short, as no kill of ours leaves it
    assert scan.main(order(region, scanned, "--tile=96", *networks)) == 0
    said = capsys.readouterr().out
    assert "4 windows x 13 slots, all there" in said
    assert "medians   4 tiles, all there" in said
    assert re.search(r"outline +1 tile, \d kept from before", said)
    assert (scanned / "candidates.geojson").read_bytes() == before


def test_the_picture_of_the_grid_shows_ground_and_not_a_blank(scanned):
    picture = np.asarray(Image.open(scanned / "grid.png").convert("RGB"))
    assert min(picture.shape[:2]) > 600
    assert picture.reshape(-1, 3).std(axis=0).min() > 20


def test_a_candidate_says_what_found_it(scanned):
    found = gpd.read_file(scanned / "candidates.geojson")
    files = json.loads((scanned / "run.json").read_text())["networks"]
    assert (found["period"] == "2021-01-01/2021-12-31").all()
    assert (found["classifier"] == files["classifier"]["sha256"][:12]).all()


def test_known_coordinates_are_held_against_the_scan(region, scanned, tmp_path, capsys):
    worked = gpd.read_file(region.worked)
    mines = [
        max(getattr(area, "geoms", [area]), key=lambda part: part.area).representative_point()
        for area in worked[worked["date"].astype(str).str[:10] == "2021-01-01"].geometry
    ]
    rows = [f"{point.y},{point.x},mine" for point in mines] + ["24.5,82.0,none"]
    csv = tmp_path / "known.csv"
    csv.write_text("lat,lon,label\n" + "\n".join(rows) + "\n")
    assert validate.main(["--csv", str(csv), "--scan", str(scanned)]) == 0
    said = capsys.readouterr().out
    assert "4 places, 1 not asked" in said
    scores = json.loads((scanned / "validation" / "scores.json").read_text())
    assert (scores["hit"], scores["missed"]) == (3, 0)
    # Wilson's interval of three of three: 3 / (3 + 1.96^2) = 0.4385 to 1
    assert scores["scores"]["recall"]["low"] == pytest.approx(0.4385, abs=5e-5)
    assert (scanned / "validation" / "errors.png").stat().st_size > 10_000


def test_swapped_coordinates_are_said_to_be_swapped(scanned, tmp_path, capsys):
    csv = tmp_path / "swapped.csv"
    csv.write_text("lat,lon,label\n82.0,23.2,mine\n82.001,23.201,none\n")
    assert validate.main(["--csv", str(csv), "--scan", str(scanned)]) == 2
    assert "the columns are swapped" in capsys.readouterr().err


def test_places_beyond_all_imagery_may_be_swapped(region, networks, tmp_path, capsys):
    csv = tmp_path / "swapped.csv"
    csv.write_text("lat,lon,label\n82.0,23.2,mine\n")
    told = [f"--catalog={region.items}", "--period=2021-01-01/2021-12-31", networks[0]]
    told += [f"--output={tmp_path / 'out'}", "--cluster=threads", f"--csv={csv}"]
    assert validate.main(told) == 2
    assert "Are latitude and longitude of the places swapped?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tile=100"], "take tiles of a multiple of 16 pixels"),
        (["--radius=0.1", "--tile=96"], "there is no classifier"),
        (["--center=120,23"], "are they swapped"),
        (["--center", "-120,23"], "are they swapped"),
        (["--threshold=1.5"], "threshold is 1.5"),
        (["--classifier=nowhere.pt"], "nowhere.pt"),
        (["--classifier-network=vgg"], "no network is called 'vgg'"),
        (["--classifier-network=unet"], "unet is a segmentation network, but the classifier a"),
        (["--labels=csv"], "labels is 'csv': say where they lie with --label-file"),
        (["--chip=0"], "chips of 0 pixels do not fit"),
    ],
)
def test_impossible_scans_are_refused(region, networks, tmp_path, capsys, options, message):
    given = [*networks] if "there is no classifier" not in message else []
    assert scan.main(order(region, tmp_path / "out", *given, *options)) == 2
    assert message in capsys.readouterr().err


def test_a_network_in_another_s_role_is_refused(region, networks, tmp_path, capsys):
    segmenter = networks[1].replace("--segmenter", "--classifier")
    assert scan.main(order(region, tmp_path / "out", segmenter, networks[1])) == 2
    assert "the classifier must be a scene network" in capsys.readouterr().err


def test_one_output_holds_one_place(region, networks, scanned, capsys):
    assert scan.main([*order(region, scanned, "--tile=96", *networks), "--center=23.3,82.0"]) == 2
    assert "holds a scan around 23.2, 82.0" in capsys.readouterr().err
