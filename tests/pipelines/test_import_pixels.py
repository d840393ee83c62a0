"""Pixel tables into a cube on disk and back: the job as a user runs it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from cube.contract import Quality
from cube.mines import read_mines
from cube.store import history, open_cube, stored_windows
from cube.windows import outline_mask, windows_of
from pipelines.import_pixels import main


def table(path, mine_id="A", date="08-01-2023", east=500_000, count=4, **changes):
    """A CSV of `count` pixels in a row, on the cube's own pixel centres."""
    to_degrees = Transformer.from_crs(32644, 4326, always_xy=True)
    longitude, latitude = to_degrees.transform(
        east + 10 * np.arange(count), np.full(count, 2_400_000.0)
    )
    columns = {
        "B11": 2500 + np.arange(count),
        "B4": 1500,
        "B8": 3000,
        "date": date,
        "latitude": latitude,
        "longitude": longitude,
        "mine_id": mine_id,
    }
    pd.DataFrame(columns | changes).to_csv(path, index=False)
    return path


@pytest.fixture
def job(tmp_path, capsys):
    """Run the command; (exit code, what it printed)."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_the_real_sample_to_the_cube_and_back(real, tmp_path, job):
    sample, polygons = real / "cil_339_pixels.csv", real / "cil_506_mines.geojson"
    code, said = job(sample, "--output", tmp_path, "--mines", polygons)
    assert code == 0
    assert "19 of 19 rows" in said
    assert "NBR holds NDMI" in said
    assert "5.0 m east and 5.0 m south" in said

    cube = open_cube(tmp_path / "cube", raw=True)
    mines = read_mines(polygons)[0]
    mine = mines[mines.mine_id == "CIL_339"]
    assert stored_windows(cube) == windows_of(mine)
    slot = cube.sel(mine_id="CIL_339", time="2023-01-01").squeeze()
    clear = (slot.quality == Quality.CLEAR).values
    assert clear.sum() == 19
    near = outline_mask(windows_of(mine)[0], mine.geometry.iloc[0].buffer(1e-4))
    assert near[clear].all()  # within ten metres of the mine's outline
    assert str(slot.acquired.values)[:16] == "2023-01-08T05:00"
    assert (slot.reflectance.sel(band=["blue", "green", "swir22"]) == 0).all()

    back = tmp_path / "back.csv"
    assert job("--export", tmp_path, "--mine", "CIL_339", "--output", back)[0] == 0
    before, after = pd.read_csv(sample), pd.read_csv(back)
    assert list(before.columns) == list(after.columns)
    same = ["system:index", "B11", "B4", "B8", "date", "mine_id"]
    pd.testing.assert_frame_equal(before[same], after[same])
    np.testing.assert_allclose(after.NBR, before.NBR, atol=1e-4)
    np.testing.assert_allclose(after.NDVI, before.NDVI, atol=1e-6)

    def metres(frame):
        points = np.array([json.loads(text)["coordinates"] for text in frame.geo]).T
        return np.array(Transformer.from_crs(4326, 32644, always_xy=True).transform(*points))

    moved = metres(after) - metres(before)  # to the upper left: 5 m west, 5 m north
    np.testing.assert_allclose(moved, np.repeat([[-5.0], [5.0]], 19, axis=1), atol=0.05)


def test_every_row_is_accounted_for(tmp_path, job):
    mixed = table(
        tmp_path / "t.csv",
        count=6,
        date=["08-01-2023", "2023-01-08", "08-01-2023", "09-01-2023", "08-01-2023", "08-01-2023"],
        B11=[2500, 2500, np.inf, 2500, None, 2500],
        B8=[3000, 3000, None, 3000, 3000, 3000],
        B4=[1500, 1500, 0, 1500, 1500, 1500],
    )
    code, said = job(mixed, "--output", tmp_path)
    account = json.loads((tmp_path / "imports" / "t.json").read_text())
    rows = account["rows"]
    assert code == 0
    assert rows == {
        "in the file": 6,
        "stored": 3,
        "dropped": {"date is not DD-MM-YYYY": 1, "no spectra": 1},
        "left out": {"another day of the slot has more pixels": 1},
    }
    assert account["values taken as missing"] == {
        "infinite": 1,
        "empty": 2,
        "outside 1 to 65535": 1,
    }
    assert "dropped 1: no spectra" in said
    assert "left out 1: another day" in said


def test_importing_twice_changes_nothing_and_says_so(tmp_path, job):
    path = table(tmp_path / "t.csv")
    assert job(path, "--output", tmp_path)[0] == 0
    commits = history(tmp_path / "cube")
    code, said = job(path, "--output", tmp_path)
    assert code == 0
    assert "nothing new" in said
    assert len(history(tmp_path / "cube")) == len(commits)


def test_other_tables_add_mines_and_slots_to_the_same_cube(tmp_path, job):
    assert job(table(tmp_path / "a.csv"), "--output", tmp_path)[0] == 0
    later = table(tmp_path / "b.csv", mine_id="B", date="01-02-2025", east=520_000)
    assert job(later, "--output", tmp_path)[0] == 0
    more = table(tmp_path / "c.csv", date="21-01-2023")
    assert job(more, "--output", tmp_path)[0] == 0
    cube = open_cube(tmp_path / "cube")
    assert cube.mine_id.values.tolist() == ["A", "B"]
    seen = ~np.isnat(cube.acquired)
    assert seen.sum("time").values.tolist() == [2, 1]
    value = cube.reflectance.sel(mine_id="A", band="swir16").isel(time=0).max().compute()
    assert float(value) == pytest.approx(0.2503)


def test_other_pixels_for_a_filled_slot_are_refused(tmp_path, job):
    assert job(table(tmp_path / "a.csv"), "--output", tmp_path)[0] == 0
    before = history(tmp_path / "cube")
    code, said = job(table(tmp_path / "b.csv", B4=1600), "--output", tmp_path)
    assert code == 2
    assert "holds other pixels of A/0 from 2023-01-01 to 2023-01-10" in said
    assert "a.csv" in said
    assert len(history(tmp_path / "cube")) == len(before)


def test_a_mine_without_polygon_is_listed_and_the_others_go_in(real, tmp_path, job):
    sample = pd.read_csv(real / "cil_339_pixels.csv")
    both = pd.concat([sample, sample.assign(mine_id="NOBODY")])
    both.to_csv(tmp_path / "t.csv", index=False)
    polygons = real / "cil_506_mines.geojson"
    code, said = job(tmp_path / "t.csv", "--output", tmp_path, "--mines", polygons)
    assert code == 3
    assert "no polygon of NOBODY" in said
    assert "19 of 38 rows" in said
    assert "left out 19: mine without polygon" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output", "OUT"], "No table given"),
        (["absent.csv", "--output", "OUT"], "There is no file absent.csv"),
        (["TABLE", "--output", "OUT", "--period", "2020-01-01/2020-12-31"], "finds a place"),
        (["TABLE", "--output", "OUT", "--window-pixels", "3"], "Window size is 3"),
        (["TABLE", "--output", "OUT", "--cadence-days", "0"], "cadence_days is 0"),
        (["--export", "OUT", "--output", "x.csv"], "Say which mine"),
        (["--export", "OUT", "--mine", "A", "--output", "x.csv"], "no cube"),
    ],
)
def test_bad_input_ends_with_code_2_and_a_sentence(tmp_path, job, arguments, message):
    path = table(tmp_path / "t.csv")
    places = {"OUT": tmp_path / "out", "TABLE": path}
    code, said = job(*[places.get(argument, argument) for argument in arguments])
    assert code == 2
    assert message in said
    assert "Traceback" not in said


def test_another_cadence_or_an_unknown_mine_is_refused(tmp_path, job):
    path = table(tmp_path / "t.csv")
    assert job(path, "--output", tmp_path, "--window-pixels", 64)[0] == 0
    assert "cadence_days 10, not 5" in job(path, "--output", tmp_path, "--cadence-days", 5)[1]
    assert "window size 64, not 32" in job(path, "--output", tmp_path, "--window-pixels", 32)[1]
    code, said = job("--export", tmp_path, "--mine", "B", "--output", tmp_path / "x.csv")
    assert (code, "no mine 'B'; it has ['A']" in said) == (2, True)
    code, said = job(
        "--export", tmp_path, "--mine", "A", "--window", 1, "--output", tmp_path / "x.csv"
    )
    assert (code, "no mine 'A' with a window 1" in said) == (2, True)
