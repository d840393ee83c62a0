"""Tables of the README come from kept figures."""

from __future__ import annotations

import pytest

from benchmarks.readme import BLOCKS, README, dashboard_lines, marks, target_lines, with_block
from cube.contract import CubeError

MARKS = marks("speed", "benchmarks.readme")


def test_only_what_stands_between_the_marks_changes():
    text = f"before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n"
    written = with_block(text, MARKS, ["new"])
    assert written == f"before\n{MARKS[0]}\n\nnew\n\n{MARKS[1]}\nafter\n"
    assert with_block(written, MARKS, ["new"]) == written


def test_a_mark_that_is_not_there_is_named():
    with pytest.raises(CubeError, match="the README lacks the line '<!-- /speed -->'"):
        with_block(f"{MARKS[0]}\n", MARKS, [])


def test_the_readme_has_a_place_for_every_table():
    text = README.read_text()
    for name in BLOCKS:
        assert all(mark in text for mark in marks(name, "benchmarks.readme")), name


def test_the_dashboards_figures_stand_with_what_was_asked():
    data = {
        "mines": 506,
        "questions": [
            {"name": "mine page", "p50_ms": 0.94, "p95_ms": 15.76, "limit_ms": 50.0},
            {"name": "chip", "p50_ms": 11.25, "p95_ms": 56.46},
        ],
    }
    people = {
        "users": 10,
        "seconds": 30.0,
        "processors": 2,
        "times": [{"what": "a mine: ready", "p50_ms": 71.2, "p95_ms": 140.6}],
        "loop": {"longest_ms": 180.4, "stalls_over_ms": {"250": 0}},
    }
    ready = {"mines": 506, "interactive_after_load": {"p50_ms": 540, "most_ms": 630}}
    lines = dashboard_lines(data, people, ready)
    assert "| mine page | 0.9 | 15.8 | <= 50 |" in lines
    assert "| chip | 11.2 | 56.5 |  |" in lines
    assert "| a mine: ready | 71 | 141 |" in lines
    assert any("540 ms after the page is loaded, 630 ms at the longest" in line for line in lines)
    assert any("over 250 ms never, for 180 ms" in line for line in lines)


def test_targets_stand_with_what_was_asked_and_one_more_slot_is_among_them():
    ways = [{"way": "ours, whole detection", "ns": 13.04}, {"way": "nrt EWMA, fit", "ns": 195.6}]
    told = {"wall_s": 474.0, "worker_peak": 1_204_000_000, "driver_peak": 430_000_000}
    slots = [
        {"what": "analysis alone", "share": 1.75, "slots": 110},
        {"what": "a window as a worker does it", "share": 9.57, "slots": 110},
        {"what": "8 mines", "share": 16.06, "slots": 36},
    ]
    lines = target_lines(
        {"peers": ways},
        {"rows": [{"of_reading_wall": 1.0}, {"of_reading_wall": 3.21}]},
        {"summary": told, "settings": {"mines": 506, "slots": 36}, "import_s": 1.02},
        {"rows": slots},
    )
    assert "| beside nrt EWMA | >= 10 x as fast | 15.0 x |" in lines  # 195.6 / 13.04
    assert "| 506 mines x 36 slots, from cube to alerts | <= 6 min | 7.9 min |" in lines
    assert lines[-2:] == [
        "| one more slot: a window as a worker does it | <= 2 of 110 slots | 9.6 |",
        "| one more slot: 8 mines | <= 2 of 36 slots | 16.1 |",
    ]
