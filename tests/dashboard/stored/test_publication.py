"""What pages ask of a publication, and what they are told when they ask for nonsense."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cube import CubeError, open_cube, open_results
from dashboard.stored import MinePage, Publication, Stored


@pytest.fixture(scope="module")
def publication(small_run) -> Publication:
    return Stored(small_run).current()


@pytest.fixture(scope="module")
def page(publication) -> MinePage:
    return publication.mine("SIM_001")


def image(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(content)).convert("RGBA"))


def last_clear(page: MinePage) -> dict:
    return max((s for s in page.slots if s["clear"] > 0.95), key=lambda slot: slot["date"])


def middle(page: MinePage) -> tuple[float, float]:
    left, bottom, right, top = page.extent
    return (left + right) / 2, (bottom + top) / 2


def test_all_mines_and_alerts_are_there(publication):
    assert publication.national()["mine_id"].tolist() == ["SIM_000", "SIM_001"]
    alerts = publication.alerts()
    assert alerts["mine_id"].tolist() == ["SIM_001"]
    assert alerts["lon"].between(68, 98).all()
    assert publication.file(alerts["evidence_pdf"][0]).read_bytes().startswith(b"%PDF")
    assert alerts["evidence_html"][0] == publication.mine("SIM_001").evidence(
        alerts["alert_id"][0]
    )["HTML"]  # fmt: skip


@pytest.mark.parametrize("asked", ["SIM_01", "sim_001", "", "x" * 10_000, "<script>", "../SIM_001"])
def test_an_unknown_mine_is_refused_with_the_nearest_names(publication, asked):
    with pytest.raises(CubeError, match=r"there is no mine .* there are 2") as refused:
        publication.mine(asked)
    assert len(str(refused.value)) < 300


def test_a_chip_of_a_small_mine_is_its_tile_pixel_by_pixel(publication, page):
    slot = last_clear(page)
    chip = image(publication.chip("SIM_001", slot["date"], "state"))
    number = page.slots.index(slot)
    year = next(y for y in page.sheets["years"] if 0 <= number - y["first"] < y["count"])
    row, column = divmod(number - year["first"], year["columns"])
    sheet = image(publication.sheet("SIM_001", "state", year["year"]))
    assert (chip == sheet[64 * row : 64 * row + 64, 64 * column : 64 * column + 64]).all()
    assert (chip[..., 3] > 0).any()


def test_a_chip_shows_what_the_cube_holds(publication, page, small_run):
    """Where red is brighter the picture is redder: ranks agree with the stored reflectance."""
    slot = last_clear(page)
    chip = image(publication.chip("SIM_001", slot["date"].replace("-", ""), "truecolour"))
    cube = open_cube(small_run / "cube", raw=True, chunks=None)
    mine = cube["mine_id"].values.tolist().index("SIM_001")
    number = page.slots.index(slot)
    red = cube["reflectance"].sel(band="red").isel(mine=mine, time=number).values.astype(float)
    assert np.corrcoef(red.ravel(), chip[..., 0].ravel() ** 1.25)[0, 1] > 0.97


@pytest.mark.parametrize(
    ("date", "layer", "said"),
    [
        (
            "2021-01-02",
            "ndvi",
            "next to it: 2021-01-01 and 2021-01-11",
        ),
        ("today", "ndvi", "no slot that begins on 'today'"),
        ("2021-01-01", "thermal", "no layer 'thermal'; there are truecolour"),
    ],
)
def test_a_chip_that_there_is_not_is_refused_in_words(publication, date, layer, said):
    with pytest.raises(CubeError, match=said):
        publication.chip("SIM_001", date, layer)


def test_a_sheet_that_there_is_not_is_refused_in_words(publication):
    with pytest.raises(CubeError, match=r"no sheet 'ndvi' of 1999 of mine SIM_000; .*2021, 2022"):
        publication.sheet("SIM_000", "ndvi", 1999)
    with pytest.raises(CubeError, match=r"no sheet '\.\./x'"):
        publication.sheet("SIM_000", "../x", 2021)


def test_a_pixel_is_told_through_time_as_the_cube_has_it(publication, page, small_run):
    x, y = middle(page)
    series = publication.pixel_series("SIM_001", x + 1, y - 1)
    cube, results = (o(small_run / "cube", chunks=None) for o in (open_cube, open_results))
    mine = cube["mine_id"].values.tolist().index("SIM_001")
    here = cube["reflectance"].isel(mine=mine, y=32, x=32)  # right below the middle of 64 pixels
    assert series.attrs["x"] == x + 5
    assert series.attrs["y"] == y - 5
    assert np.allclose(series["red"], here.sel(band="red").values, equal_nan=True)
    ndvi = (here.sel(band="nir") - here.sel(band="red")) / (
        here.sel(band="nir") + here.sel(band="red")
    )
    assert np.allclose(series["ndvi"], ndvi.values, atol=1e-6, equal_nan=True)
    assert series["clear"].tolist() == (
        (cube["quality"].isel(mine=mine, y=32, x=32).values == 1).tolist()
    )
    assert series["date"].iloc[0] == pd.Timestamp("2021-01-01")
    assert set(series["state"]) <= {
        "none", "provisional", "confirmed", "finished", "not_observable"
    }  # fmt: skip
    onset = results["onset"].isel(mine=mine, y=32, x=32).values
    assert series.attrs["onset"] == (None if np.isnat(onset) else str(onset)[:10])


def test_a_dug_pixel_tells_when_it_was_opened_detected_and_confirmed(publication, small_run):
    results = open_results(small_run / "cube", chunks=None)
    mine = results["mine_id"].values.tolist().index("SIM_000")
    row, column = np.argwhere(results["excavated"].values[mine, -1])[0]
    left, _, _, top = publication.mine("SIM_000").extent
    series = publication.pixel_series("SIM_000", left + 10 * column + 5, top - 10 * row - 5)
    told = series.attrs
    assert told["onset"] <= told["detected"] <= told["confirmed"]
    assert told["onset"] == str(results["onset"].values[mine, row, column])[:10]
    assert told["baseline"]["driest_ndvi"] < told["baseline"]["greenest_ndvi"]
    assert told["baseline"]["until"] == "2022-01-01"


def test_a_place_outside_the_mines_windows_is_refused(publication, page):
    x, y = middle(page)
    with pytest.raises(CubeError, match="lies outside the windows of mine SIM_001"):
        publication.pixel_series("SIM_001", x + 321, y)
    with pytest.raises(CubeError, match="is no place"):
        publication.pixel_series("SIM_001", float("nan"), y)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../publication.json", "final", "/etc/passwd", "final/../../publication.json",
     "final\\reports", "final/reports/\0", "a" * 5000],
)  # fmt: skip
def test_no_name_leads_out_of_the_files(publication, name):
    with pytest.raises(CubeError, match="there is no file"):
        publication.file(name)


def test_a_link_in_a_publication_is_not_followed_out_of_it(publication, tmp_path):
    outside = tmp_path / "secret"
    outside.write_text("s")
    link = publication.folder / "files" / "link"
    link.symlink_to(outside)
    try:
        with pytest.raises(CubeError, match="there is no file"):
            publication.file("link")
    finally:
        link.unlink()


def test_every_download_that_is_offered_is_there(publication, page):
    for row in (*publication.downloads, *page.downloads):
        assert publication.file(row["name"]).stat().st_size == row["bytes"]


def test_many_may_ask_at_once(small_run):
    publication = Stored(small_run).current()
    dates = [slot["date"] for slot in publication.mine("SIM_000").slots[:12]]
    x, y = middle(publication.mine("SIM_000"))
    with ThreadPoolExecutor(8) as pool:
        chips = list(pool.map(lambda d: publication.chip("SIM_000", d, "falsecolour"), dates))
        series = list(pool.map(lambda i: publication.pixel_series("SIM_000", x + 10 * i, y - 1),
                               range(8)))  # fmt: skip
    alone = Stored(small_run).current()
    assert chips == [alone.chip("SIM_000", date, "falsecolour") for date in dates]
    for i, one in enumerate(series):
        pd.testing.assert_frame_equal(one, alone.pixel_series("SIM_000", x + 10 * i, y - 1))


def test_a_slot_is_found_by_any_of_its_days(page):
    assert page.slots[3]["date"] == "2021-01-31"
    assert page.slot("2021-01-31") == page.slot("2021-02-09") == 3
    assert page.slot("2020-12-31") is None
