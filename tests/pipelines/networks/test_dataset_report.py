"""What chips are made of, from the command line: tables, style and pictures."""

from __future__ import annotations

import geopandas as gpd
import pytest
from PIL import Image

from pipelines.networks.dataset import style_from
from pipelines.networks.dataset_report import main


def flags(mines, output, *more: str) -> list[str]:
    return [
        f"--cube={mines.path}", f"--output={output}", "--data.size=16", "--data.labels=truth",
        f"--data.label_file={mines.truth}", "--data.splits.train=0.5",
        "--data.splits.validation=0.25", "--data.splits.test=0.25", *more,
    ]  # fmt: skip


def test_a_report_says_and_shows_what_chips_are_made_of(mines, tmp_path, capsys):
    folder = tmp_path / "data"
    assert main(flags(mines, folder)) == 0
    said = capsys.readouterr().out
    assert "hard:" in said
    assert "train and test are" in said
    assert "hash: " in (folder / "report.txt").read_text()
    records = gpd.read_file(folder / "records.geojson")
    assert set(records["split"]) == {"train", "validation", "test"}
    assert records.crs.to_epsg() == 4326
    for name in ("splits.png", "chips.png"):
        assert min(Image.open(folder / name).size) > 300
    style = style_from(str(folder / "style.json"), ("nir", "red"))  # others can match it
    assert style.bands == ("nir", "red")
    assert 0 < style.low[0] < style.high[0] < 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("--data.bands=[coastal]", "no band 'coastal'"),
        ("--data.size=4", "size is 4 pixels"),
        ("--cube=/nowhere/cube", "nowhere"),
    ],
)
def test_bad_input_ends_in_words(mines, tmp_path, capsys, wrong, said):
    assert main(flags(mines, tmp_path / "data", wrong)) == 2
    assert said in capsys.readouterr().err
