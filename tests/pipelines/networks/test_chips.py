"""Chips of a simulated cube: what one holds, that streams agree, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import torch

from analysis.networks.splits import SplitRule
from cube import CubeError, open_cube
from cube.contract import BANDS
from cube.simulate import read_truth
from pipelines.networks.chips import ChipSet, chip_set
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.medians import Period, cloud_free_median
from tests.pipelines.networks.small_cube import SimulatedCube, simulated_cube

SPLITS = SplitRule(train=0.5, validation=0.25, test=0.25)


def settings(mines: SimulatedCube, **other) -> DatasetSettings:
    """Chips of 16 pixels labelled by the truth."""
    told = {"size": 16, "labels": "truth", "label_file": str(mines.truth), "splits": SPLITS}
    return DatasetSettings(**{**told, **other})


@pytest.fixture(scope="module")
def chips(mines) -> ChipSet:
    return chip_set(mines.path, settings(mines))


def test_a_chip_is_the_cloud_free_median_of_its_ground(mines, chips):
    index = int(np.flatnonzero(chips.records["mine_id"] == "SIM_002")[3])
    row = chips.records.iloc[index]
    opened = open_cube(mines.path, raw=True, chunks=None)
    times = opened["time"].values
    slots = Period.of(row["period"]).slots(times)
    part = opened.isel(
        mine=2,
        time=slots,
        y=slice(row["row"], row["row"] + 16),
        x=slice(row["column"], row["column"] + 16),
    )
    median = cloud_free_median(part["reflectance"].values, part["quality"].values)
    chip = chips[index]
    np.testing.assert_array_equal(chip["pixels"], median)
    truth = read_truth(mines.truth / "SIM_002.nc")
    dug = (truth["ground"].values > 0) & (truth["ground"].values < 5)
    dug &= np.isnat(truth["onset"].values)
    cut = dug[row["row"] : row["row"] + 16, row["column"] : row["column"] + 16]
    assert (chip["mask"][cut] == 1).all()  # open from the first day on


def test_items_have_the_types_a_loader_stacks(chips):
    loader = torch.utils.data.DataLoader(chips.of_split("train"), batch_size=4)
    batch = next(iter(loader))
    assert batch["pixels"].shape == (4, 10, 16, 16)
    assert batch["mask"].shape == (4, 16, 16)
    kinds = {name: value.dtype for name, value in batch.items()}
    assert kinds == {
        "pixels": torch.float32, "mask": torch.float32, "label": torch.float32,
        "weight": torch.float32, "site": torch.int64, "classes": torch.int64}  # fmt: skip
    assert set(batch["label"].tolist()) <= {0.0, 1.0}


def test_a_site_is_in_one_split_and_splits_lie_apart(chips):
    assert chips.bands == BANDS
    per_site = chips.records.groupby("site")["split"].nunique()
    assert (per_site == 1).all()
    assert (chips.report.distances["km"] > 2).all()
    assert set(chips.records["split"]) == {"train", "validation", "test"}


def test_ground_listed_under_two_names_stays_on_one_side(tmp_path):
    twice = simulated_cube(tmp_path, copied=0, cadence_days=40)
    chips = chip_set(twice.path, settings(twice))
    pairs = chips.report.copies
    assert {name.split("/")[0] for name in pairs["one"]} == {"SIM_000"}
    assert {name.split("/")[0] for name in pairs["other"]} == {"SIM_003"}
    assert (pairs["correlation"] > 0.999).all()
    split = chips.records.groupby("mine_id")["split"].first()
    assert split["SIM_000"] == split["SIM_003"]
    assert len(set(split[["SIM_000", "SIM_001", "SIM_002"]])) == 3


def test_labels_follow_the_share_of_mine_and_slivers_are_left_out(chips):
    records = chips.records
    assert ((records["positive_share"] >= 0.02) == (records["label"] == 1)).all()
    assert (records.loc[records["label"] == 0, "positive_share"] == 0).all()
    assert chips.report.left_out["ambiguous"] > 0
    assert len(chips) + sum(chips.report.left_out.values()) == 4 * 16


def test_lookalikes_are_named_hard_negatives(chips):
    hard = chips.records[chips.records["source"].str.startswith("hard:")]
    assert len(hard) > 3
    assert (hard["label"] == 0).all()
    assert "hard:bare_field" in set(hard["source"])


def test_the_outline_of_a_chip_lies_on_its_ground(mines, chips):
    row = chips.records.iloc[0]
    place = gpd.GeoSeries([row.geometry], crs=4326).to_crs(32644).iloc[0]
    truth = read_truth(mines.truth / f"{row['mine_id']}.nc")
    left = truth.attrs["left"] + 10.0 * row["column"]
    top = truth.attrs["top"] - 10.0 * row["row"]
    np.testing.assert_allclose(place.bounds, (left, top - 160, left + 160, top), atol=0.01)


def test_kept_on_disk_or_in_memory_the_chips_are_the_same(mines, chips, tmp_path):
    stored = chip_set(mines.path, settings(mines), tmp_path / "chips")
    assert stored.hash == chips.hash
    for index in (0, len(chips) - 1):
        for name, value in chips[index].items():
            np.testing.assert_array_equal(stored[index][name], value)
    again = pickle.loads(pickle.dumps(stored))
    np.testing.assert_array_equal(again[3]["pixels"], chips[3]["pixels"])


def test_a_build_that_was_killed_goes_on(mines, chips, tmp_path, monkeypatch):
    folder = tmp_path / "chips"
    chip_set(mines.path, settings(mines), folder)
    (folder / "window_00002_000.npz").unlink()  # as if it had been killed before
    read = []
    whole = "pipelines.networks.dataset_store.window_chips"
    from pipelines.networks import dataset_store

    genuine = dataset_store.window_chips
    monkeypatch.setattr(whole, lambda *a: read.append(a[3]) or genuine(*a))
    assert chip_set(mines.path, settings(mines), folder).hash == chips.hash
    assert read == [2]


def test_a_folder_of_other_chips_is_refused(mines, tmp_path):
    chip_set(mines.path, settings(mines), tmp_path / "chips")
    with pytest.raises(CubeError, match="holds chips made otherwise"):
        chip_set(mines.path, settings(mines, size=32), tmp_path / "chips")
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CubeError, match="holds other files"):
        chip_set(mines.path, settings(mines), tmp_path)


def test_the_hash_changes_with_what_the_chips_teach(mines, chips):
    for other in (
        {"splits": dataclasses.replace(SPLITS, seed=1)},
        {"positive_share": 0.3},
    ):
        assert chip_set(mines.path, settings(mines, **other)).hash != chips.hash


def test_bands_come_by_name_in_the_order_asked_for(mines, chips):
    turned = chip_set(mines.path, settings(mines, bands=("nir", "red")))
    assert turned.bands == ("nir", "red")
    whole = chips[0]["pixels"]
    expected = whole[[BANDS.index("nir"), BANDS.index("red")]]
    np.testing.assert_array_equal(turned[0]["pixels"], expected)


def test_missing_bands_are_named_with_those_there_are(mines):
    with pytest.raises(CubeError, match=r"no band 'coastal' and no 'nir09', only blue, green"):
        chip_set(mines.path, settings(mines, bands=("blue", "coastal", "nir09")))


def test_overlapping_chips_are_cut_where_they_say(mines):
    lapped = chip_set(mines.path, settings(mines, overlap=8))
    assert sorted(set(lapped.records["row"])) == list(range(0, 49, 8))
    rows = lapped.records.reset_index()
    rows = rows[rows["mine_id"] == "SIM_001"].set_index(["row", "column"])
    pairs = [(r, c) for r, c in rows.index if (r, c + 8) in rows.index]
    assert pairs
    here, beside = rows.loc[pairs[0], "index"], rows.loc[(pairs[0][0], pairs[0][1] + 8), "index"]
    one, other = lapped[int(here)]["pixels"], lapped[int(beside)]["pixels"]
    np.testing.assert_array_equal(one[:, :, 8:], other[:, :, :8])


def test_two_periods_give_a_chip_each_on_one_side(mines):
    half = ("2021-01-01/2021-06-30", "2021-07-01/2021-12-31")
    both = chip_set(mines.path, settings(mines, periods=half, measured_share=0.3))
    assert set(both.records["period"]) == set(half)
    assert len(both.records.groupby(["site", "split"])) == 4
    chosen = both.records.drop_duplicates(["mine_id", "row", "column"], keep=False)
    assert len(chosen) < len(both)


def test_a_style_is_laid_on_every_chip(mines, chips, tmp_path):
    path = tmp_path / "style.json"
    plain = {"bands": list(BANDS), "low": [0.01] * 10, "high": [0.5] * 10}
    path.write_text(json.dumps(plain))
    styled = chip_set(mines.path, settings(mines, style=str(path)))
    low, high = np.nanpercentile(styled[0]["pixels"][3], [2, 98])
    assert (low, high) == pytest.approx((0.01, 0.5), abs=0.01)
    assert styled.hash != chips.hash
    path.write_text("[]")
    with pytest.raises(CubeError, match="holds no style"):
        chip_set(mines.path, settings(mines, style=str(path)))


def test_coordinates_label_the_chips_they_lie_in(mines, chips, tmp_path):
    middle = chips.records.groupby(["site", "label"]).first().reset_index()
    west, south, east, north = middle.geometry.bounds.to_numpy().T
    table = pd.DataFrame(
        {"lat": (south + north) / 2, "lon": (west + east) / 2, "label": middle["label"]}
    )
    path = tmp_path / "known.csv"
    table.to_csv(path, index=False)
    known = chip_set(mines.path, settings(mines, labels="csv", label_file=str(path)))
    assert len(known) == 8  # a mine and a place without one at each of four sites
    assert known.report.left_out["unlabelled"] == 64 - 8
    assert np.isnan(known[0]["mask"]).all()
    table.rename(columns={"lat": "lon", "lon": "lat"}).to_csv(path, index=False)
    with pytest.raises(CubeError, match=r"Not one of 8 places .* columns are swapped"):
        chip_set(mines.path, settings(mines, labels="csv", label_file=str(path)))


def test_known_mines_and_protected_areas_make_a_set(mines, chips, tmp_path):
    first = chips.records.groupby(["site", "label"]).first().reset_index()
    mine, other = first[first["label"] == 1], first[first["label"] == 0]
    west, south, east, north = shapely.bounds(mine["geometry"].to_numpy()).T
    places = pd.DataFrame({"lat": (south + north) / 2, "lon": (west + east) / 2})
    places.to_csv(tmp_path / "known.csv", index=False)
    areas = gpd.GeoDataFrame(geometry=other["geometry"].to_list(), crs=4326)
    areas.to_file(tmp_path / "parks.geojson")
    told = settings(
        mines,
        labels="csv",
        label_file=str(tmp_path / "known.csv"),
        protected=str(tmp_path / "parks.geojson"),
    )
    found = chip_set(mines.path, told).records
    assert sorted(found.loc[found["label"] == 1, "chip"]) == sorted(mine["chip"])
    assert sorted(found.loc[found["label"] == 0, "chip"]) == sorted(other["chip"])
    assert set(found.loc[found["label"] == 0, "source"]) == {"protected"}


def test_an_empty_class_is_refused_with_a_remedy(mines, tmp_path):
    path = tmp_path / "all.geojson"
    outline = shapely.box(76, 15, 90, 30)
    gpd.GeoDataFrame({"id": [1]}, geometry=[outline], crs=4326).to_file(path)
    rule = dataclasses.replace(SPLITS, apart_km=0)
    told = settings(mines, labels="polygons", label_file=str(path), splits=rule)
    with pytest.raises(CubeError, match="separate piece of ground"):  # one polygon holds all
        chip_set(mines.path, told)
    each = gpd.GeoDataFrame(
        {"id": range(4)},
        geometry=[p.buffer(0.1) for p in _middles(mines)],
        crs=4326,
    )
    each.to_file(path)
    with pytest.raises(CubeError, match=r"not one is negative .* protected areas"):
        chip_set(mines.path, told)


def test_a_cube_under_cloud_is_refused_in_words(mines):
    opened = open_cube(mines.path, raw=True, chunks=None)
    clear = (opened["quality"] == 1).mean(("y", "x")).max("mine").values
    day = str(opened["time"].values[clear.argmin()])[:10]  # the rains: 82 % of a chip
    told = settings(mines, size=32, periods=(f"{day}/{day}",), measured_share=0.9)
    with pytest.raises(CubeError, match=r"All 16 chips were measured on less than 90% .* longer"):
        chip_set(mines.path, told)


def test_images_that_do_not_fit_into_memory_ask_for_a_folder(mines):
    with pytest.raises(CubeError, match="above memory_mb 1: give a folder"):
        chip_set(mines.path, settings(mines, memory_mb=1, periods=("2021-01-01/2021-12-31",) * 9))


def test_a_split_that_is_empty_or_unknown_is_refused(mines, chips):
    with pytest.raises(CubeError, match="There is no split 'dev'"):
        chips.of_split("dev")
    two = SplitRule(train=0.5, validation=0.5, test=0.0)
    with pytest.raises(CubeError, match="No chip is in split 'test'"):
        chip_set(mines.path, settings(mines, splits=two)).of_split("test")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"size": 4}, "size is 4 pixels"),
        ({"size": 16, "overlap": 16}, "below the size"),
        ({"measured_share": 0}, "measured_share is 0"),
        ({"labels": "polygons", "label_file": ""}, "say where they lie"),
        ({"group": "landsat", "labels": "excavation"}, "sentinel2 alone"),
        ({"group": "modis"}, "give sentinel2 or landsat"),
    ],
)
def test_settings_check_themselves(mines, wrong, said):
    with pytest.raises(CubeError, match=said):
        settings(mines, **wrong)


def test_a_chip_larger_than_a_window_is_refused(mines):
    with pytest.raises(CubeError, match="does not fit into the cube's windows of 64"):
        chip_set(mines.path, settings(mines, size=512))


def _middles(mines: SimulatedCube) -> list[shapely.Point]:
    found = []
    for mine_id in mines.mines:
        truth = read_truth(mines.truth / f"{mine_id}.nc")
        left, top = truth.attrs["left"] + 320, truth.attrs["top"] - 320
        where = gpd.GeoSeries([shapely.Point(left, top)], crs=int(truth.attrs["epsg"]))
        found.append(where.to_crs(4326).iloc[0])
    return found
