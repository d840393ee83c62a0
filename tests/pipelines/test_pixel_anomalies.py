"""The forest on pixel tables, as a user runs it, and alike on the cube."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.detectors import Block
from analysis.detectors.forest import ForestDetector, ForestSettings
from analysis.pixel_rows import odd_rows
from cube.pixels import read_pixel_table
from cube.store import open_cube
from pipelines import import_pixels
from pipelines.pixel_anomalies import main


def written(path, seed: int = 2):
    """A CSV in the pixel-wise schema: 15 x 15 pixels near CIL_339, six dates, a pit from the third
    date on in the first three."""
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(225), 15)
    parts = []
    for number, day in enumerate(("08", "18", "28")):
        for month in ("01", "02"):
            late = month == "02" or number == 2
            bands = {"B11": 3022.0, "B4": 1946.0, "B8": 3402.0}
            table = {name: level * rng.normal(1, 0.01, 225) for name, level in bands.items()}
            if late:
                table["B8"][:3], table["B4"][:3] = 2150, 2100
            parts.append(pd.DataFrame({name: np.rint(v).astype(int) for name, v in table.items()})
                         .assign(date=f"{day}-{month}-2023", mine_id="CIL_339",
                                 latitude=19.92875 - 9.04e-5 * row,
                                 longitude=79.30137 + 9.55e-5 * column))  # fmt: skip
    pd.concat(parts, ignore_index=True).to_csv(path, index=False)
    return path


def test_a_table_comes_back_with_what_the_forest_makes_of_it(tmp_path, capsys):
    file = written(tmp_path / "pixels.csv")
    assert main([str(file), "--output", str(tmp_path / "odd.csv")]) == 0
    told = pd.read_csv(tmp_path / "odd.csv")
    assert len(told) == 6 * 225
    last = told[told["acquired"].str.startswith("2023-02-28")]
    assert last["excavated"].to_numpy().nonzero()[0].tolist()[:3] == [0, 1, 2]
    assert "1350 of 1350 rows of 1 mine" in capsys.readouterr().out


def test_the_real_sample_goes_through(real, tmp_path, capsys):
    sample = real / "cil_339_pixels.csv"
    assert main([str(sample), "--output", str(tmp_path / "odd.csv"), "--two-sided"]) == 0
    told = pd.read_csv(tmp_path / "odd.csv")
    # One date only: nothing can last.
    assert len(told) == 19
    assert told["anomaly"].sum() == 1
    assert not told["excavated"].any()
    assert (told["time_index"] == 0).all()


def test_table_and_cube_are_labelled_alike(tmp_path):
    file = written(tmp_path / "pixels.csv")
    rows = odd_rows(read_pixel_table(file).rows)
    assert import_pixels.main([str(file), "--output", str(tmp_path), "--window-pixels=64"]) == 0
    cube = open_cube(tmp_path / "cube", raw=True, chunks=None).isel(mine=0)
    detector = ForestDetector(ForestSettings())
    bands = [str(band) for band in cube["band"].values]
    block = Block(
        cube["reflectance"].values, cube["quality"].values, cube["acquired"].values, bands
    )
    from_cube = detector.labels(block)
    assert (from_cube >= 0).sum() == len(rows)
    assert (from_cube == 1).sum() == rows["anomaly"].sum() > 0


def test_bad_input_is_said_in_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "no.csv"), "--output", str(tmp_path / "odd.csv")]) == 2
    assert "There is no file" in capsys.readouterr().err
    file = written(tmp_path / "pixels.csv")
    assert main([str(file), "--output", str(tmp_path / "o.csv"), "--features", "nbr", "ndvi"]) == 2
    assert "needs swir22" in capsys.readouterr().err
