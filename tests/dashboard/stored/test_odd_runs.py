"""Runs without an alert, mines never seen, names of others: all published and read back."""

from __future__ import annotations

import json
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dashboard.files import chip_address, file_address
from dashboard.stored import Stored
from pipelines import full_run
from tests.conftest import run_arguments
from tests.pipelines.attempts import MONTH, collection

EVIL = "<script>alert(1)</script>"
FORMULA = "=1+1 $a$ #&%2e"


@pytest.fixture(scope="module")
def odd(archive, tmp_path_factory):
    """A month in which nothing is dug, of two mines with odd names and one no image was had of."""
    folder = tmp_path_factory.mktemp("odd")
    features = json.loads(archive.mines.read_text())["features"]
    far = json.loads(json.dumps(features[0]))
    shift = [[[x - 20.0, y - 30.0] for x, y in ring] for ring in far["geometry"]["coordinates"]]
    far["geometry"]["coordinates"] = shift
    names = {0: "NaN", 1: FORMULA}
    for i, mine in enumerate(features):
        mine["properties"] |= {"mine_id": names[i], "state": EVIL, "district": EVIL}
    far["properties"] |= {"mine_id": "far away"}
    mines = collection(folder / "mines.geojson", [*features, far])
    output = folder / "outputs"
    told = [*run_arguments(archive), MONTH, f"--mines={mines}", f"--output={output}"]
    assert full_run.main(told) == 3  # the mine that no image reaches
    return output


def test_a_run_without_an_alert_has_none_and_is_whole(odd):
    publication = Stored(odd).current()
    assert len(publication.alerts()) == 0
    table = publication.national().set_index("mine_id")
    assert table["alerts"].tolist() == [0, 0, 0]
    assert table.loc["NaN", "status"] == "quiet"
    page = publication.mine("NaN")
    assert (page.regions, page.alerts, page.ledger) == ([], [], [])
    assert page.series["dug"]["pixels"] == 0
    assert len(page.slots) == 3


def test_a_mine_never_observed_says_so(odd):
    publication = Stored(odd).current()
    row = publication.national().set_index("mine_id").loc["far away"]
    assert row["status"] == "not_analysed"
    assert "no scene of the catalogue reaches it" in row["status_reason"]
    page = publication.mine("far away")
    assert [slot["acquired"] for slot in page.slots] == [None] * 3
    assert page.series["undisturbed"]["pixels"] == 0
    assert row["last_clear_look"] is pd.NaT
    chip = np.asarray(Image.open(BytesIO(publication.chip("far away", "2021-01-01", "ndvi"))))
    assert abs(chip.astype(int) - 217).max() <= 3  # the grey of what was not measured
    series = publication.pixel_series("far away", page.extent[0] + 1, page.extent[1] + 1)
    assert not series["clear"].any()
    assert series["ndvi"].isna().all()
    assert series.attrs["baseline"]["driest_ndvi"] is None


def test_names_of_others_stay_names(odd):
    publication = Stored(odd).current()
    page = publication.mine(FORMULA)
    assert page.summary["mine_id"] == FORMULA
    assert page.summary["zone"] in ("LEGAL", "NO-GO", "UNKNOWN")  # the CSV quotes the name
    assert len(page.months) == 1
    assert publication.national()["state"].tolist()[0] == EVIL
    assert publication.chip(FORMULA, page.slots[0]["date"], "truecolour")
    assert "/=" not in chip_address("k", FORMULA, "2021-01-01", "ndvi")
    for row in page.downloads:
        assert publication.file(row["name"]).is_file()
        assert "#" not in file_address("k", row["name"])
