"""The rooms of a pack one by one, with answers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from cube.contract import Window
from pipelines.config import RunConfig
from pipelines.evidence.blocks import (
    Code,
    Facts,
    Grid,
    Heading,
    Paragraph,
    Picture,
    Steps,
    kept_together,
)
from pipelines.evidence.case import reached
from pipelines.evidence.chips import (
    Frame,
    before_and_after,
    frame_around,
    stretched,
    strip_slots,
)
from pipelines.evidence.data import embedded_json
from pipelines.evidence.facts import run_facts
from pipelines.evidence.html import page
from pipelines.evidence.palette import Figure, png
from pipelines.evidence.pdf import document
from pipelines.evidence.wording import day, degrees, metres, sexagesimal, validity

DAY = np.datetime64("2023-12-31")


def test_ground_reaches_the_minimum_on_the_day_its_shares_add_up_to_it():
    days = np.array(["2022-03-01", "2022-01-01", "2022-02-01"], "datetime64[D]")
    share = np.array([1.0, 0.5, 1.0])
    # By day: 0.005, 0.015, 0.025 ha.
    assert reached(days, share, 0.015) == np.datetime64("2022-02-01")
    assert reached(days, share, 0.025) == np.datetime64("2022-03-01")
    assert np.isnat(reached(days, share, 0.03))


def test_a_frame_finds_its_part_of_each_window_it_lies_over():
    west = Window("M", 0, 32644, 600_000.0, 2_400_000.0, 16)
    east = Window("M", 1, 32644, 600_160.0, 2_400_000.0, 16)
    frame = Frame(600_140.0, 2_400_010.0, 5)  # its first row lies above both windows
    assert frame.overlap(west) == ((slice(1, 5), slice(0, 2)), (slice(0, 4), slice(14, 16)))
    assert frame.overlap(east) == ((slice(1, 5), slice(2, 5)), (slice(0, 4), slice(0, 3)))
    assert frame.overlap(Window("M", 2, 32644, 601_000.0, 2_400_000.0, 16)) is None


def test_a_frame_lies_on_the_grid_with_the_ground_in_its_middle():
    frame = frame_around((1000.0, 2000.0, 1200.0, 2050.0), margin=100.0, least=0.0)
    assert (frame.x0, frame.y0, frame.size) == (905.0, 2225.0, 40)
    left, right, bottom, top = frame.extent
    assert (left, right, bottom, top) == (900.0, 1300.0, 1830.0, 2230.0)


YEARS = np.array(
    ["2021-02-01", "2021-06-01", "2021-12-20", "2022-07-01", "2023-02-10", "2023-12-27"],
    "datetime64[D]",
)


def test_the_picture_before_is_of_the_season_of_the_picture_after():
    clear = np.ones(6)
    assert before_and_after(YEARS, clear, clear, np.datetime64("2022-01-15")) == (2, 5)
    cloudy = np.array([1, 1, 0.2, 1, 1, 0.1])
    # Without 20 December, February 2021 is nearest to February 2023.
    assert before_and_after(YEARS, cloudy, clear, np.datetime64("2022-01-15")) == (0, 4)


def test_a_picture_before_is_never_of_a_day_after_digging_began():
    ground = np.array([0.0, 0.1, 0.0, 1, 1, 1])
    before, after = before_and_after(YEARS, ground, np.ones(6), np.datetime64("2022-01-15"))
    assert (before, after) == (1, 5)


def test_the_strip_begins_and_ends_with_the_pair_and_leaves_clouds_out():
    clear = np.array([1, 1, 1, 0.0, 1, 1])
    assert strip_slots(YEARS, clear, np.ones(6), 0, 5, count=6) == [0, 1, 2, 4, 5]
    assert strip_slots(YEARS, clear, np.ones(6), 0, 5, count=2) == [0, 5]


def test_equal_reflectance_is_equal_colour_on_both_days():
    rng = np.random.default_rng(1)
    one, two = rng.uniform(0.02, 0.4, (2, 9, 9, 3)).astype(np.float32)
    two[4, 4] = one[4, 4]
    two[0, 0, 1] = np.nan
    a, b = stretched([one, two], joint=True)
    assert a[4, 4].tolist() == b[4, 4].tolist()
    assert b[0, 0].tolist() == [0.85] * 3
    assert (stretched([np.full((2, 2, 3), np.nan)], joint=False)[0] == 0.85).all()


def test_coordinates_read_as_a_receiver_shows_them():
    # 0.752390 degrees are 45 minutes and 8.604 seconds.
    assert sexagesimal(-70.5, 21.752390) == "21°45'08.6\" N, 70°30'00.0\" W"
    assert sexagesimal(0.0, 59.99999) == "60°00'00.0\" N, 0°00'00.0\" E"
    assert degrees(-70.5, -1.25) == "1.250000 S, 70.500000 W"


def test_what_is_not_known_is_said():
    assert day(pd.NaT) == "not known"
    assert day(np.datetime64("2022-08-04")) == "2022-08-04"
    assert metres(math.nan) == "unknown"
    assert validity(pd.NaT, None) == "always (no dates given)"
    assert validity(pd.Timestamp("2019-04-01"), pd.NaT) == "from 2019-04-01"
    assert validity(pd.NaT, pd.Timestamp("2029-03-31")) == "until 2029-03-31"


RECORD = {
    "minecube": "0.1.0",
    "versions": {"numpy": "2.4.6"},
    "inputs": {"zones": {"sha256": "ab"}, "leases": {"sha256": ""}},
}


@pytest.mark.parametrize("folder", ["", "/home/me/", "/mnt/archive/x/"])
def test_files_beside_the_catalogue_are_named_without_the_folder_it_lies_in(folder):
    config = RunConfig(catalog=f"{folder}archive/items.json", zones=f"{folder}zones.gpkg",
                       period="2021-01-01/2023-12-31")  # fmt: skip
    facts = run_facts(RECORD, config, simulated=False)
    assert facts.href(f"{folder or '/'}archive/44/B02.tif") == "44/B02.tif"
    assert facts.href("/elsewhere/S2A/B02.tif") == "S2A/B02.tif"
    assert facts.href("https://host/archive/44/B02.tif") == "https://host/archive/44/B02.tif"
    assert facts.catalog == "items.json"
    assert facts.inputs == (("zones", "zones.gpkg", "ab"),)


def test_data_cannot_end_the_element_that_holds_it():
    assert "<" not in embedded_json({"a": "</script><!--"})
    with pytest.raises(ValueError, match="JSON"):
        embedded_json({"a": math.nan})


def test_a_heading_stays_with_its_words_and_what_they_announce():
    one, two = Heading("One"), Heading("Two")
    words, table, code = Paragraph("words"), Facts((("a", "b"),)), Code("ls")
    assert kept_together([one, words, table, words, code, two, table, table]) == [
        [one, words, table],
        [words, code],
        [two, table],
        [table],
    ]


BLOCKS = [
    Heading("Title <1>", 1),
    Paragraph("Careful & slow: वन", "warning"),
    Paragraph("Small.", "note"),
    Facts((("Go to", "1 N"),), (("Go to", "geo:1,2"),)),
    Grid("Table", ("a", "b"), tuple((str(i), "x" * 40) for i in range(60)), frozenset({0})),
    Steps(("first", "second")),
    Code("rm -rf \\\n    nothing"),
    Picture(png(Figure(figsize=(1, 1))), "nothing", "An empty picture", 0.5),
]


def test_every_kind_of_block_is_printed_the_same_twice():
    assert page(BLOCKS, "T", "foot", "{}") == page(BLOCKS, "T", "foot", "{}")
    assert document(BLOCKS, "T", "foot", DAY) == document(BLOCKS, "T", "foot", DAY)


def test_a_page_escapes_words_and_links_places():
    text = page(BLOCKS, "T & <b>", "foot", "{}").decode()
    assert "<title>T &amp; &lt;b&gt;</title>" in text
    assert "<h1>Title &lt;1&gt;</h1>" in text
    assert '<a href="geo:1,2">1 N</a>' in text
    assert "वन" in text


def test_a_long_table_goes_over_pages_and_letters_the_font_lacks_are_named():
    content = document(BLOCKS, "वन", "foot", DAY)
    assert content.count(b"/Type /Page\n") >= 2
    assert b"/Title ([U+0935][U+0928])" in content
