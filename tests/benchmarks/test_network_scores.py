"""The table of networks' scores comes from kept figures."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from benchmarks.networks import DOCS, score_lines
from benchmarks.pixel_forest import forest_metrics
from benchmarks.readme import marks
from tests.pipelines.networks.small_chips import SmallChips


def row(name, task, preset, **figures):
    return {"name": name, "task": task, "preset": preset, "test": figures}


def test_every_network_stands_beside_what_was_asked_of_it_for_all_mines():
    seeds = [
        {
            "seed": seed,
            "networks": [
                row("unet", "segmentation", "tiny", iou=(0.888, 0.874, 0.899 + seed / 100)),
                row("forest on pixels", "scene", "", f1=(1.0, 0.98, 1.0)),
            ],
        }
        for seed in (0, 1)
    ]
    assert score_lines(seeds) == [
        "|  | says | asked | mines of seed 0 | mines of seed 1 |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| unet tiny | where is it? | IoU at least 0.80 | 0.888 (0.874 to 0.899) "
        "| 0.888 (0.874 to 0.909) |",
        "| forest on pixels | is there a mine? | F1 at least 0.95 | 1.000 (0.980 to 1.000) "
        "| 1.000 (0.980 to 1.000) |",
    ]


def test_the_page_has_a_place_for_the_table():
    text = DOCS.read_text()
    assert all(mark in text for mark in marks("scores", "benchmarks.networks"))


def test_the_forest_is_scored_on_sites_it_never_saw_by_pixel_and_by_chip():
    found = forest_metrics(SmallChips(), seed=0)
    assert found["segmentation"]["iou"][0] > 0.9  # mines are bright in red: a pixel tells
    assert found["scene"]["f1"][0] == 1.0
    assert found["scene"]["sites"] == 3
