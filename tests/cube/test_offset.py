"""The offset check: hand-worked pixels, then every real date, with the offset in and out."""

from __future__ import annotations

import json

import numpy as np
import pytest
import rasterio

from cube.contract import CubeError
from cube.offset import LAND, Evidence, OffsetSettings, checked_offset, evidence

#                 blue  green red   nir   swir16 swir22   (forest, dry field, pit floor)
GROUND = np.array([[300, 500, 400, 2500, 1500, 800],
                   [700, 900, 1100, 1900, 2500, 2000],
                   [600, 700, 800, 1000, 1300, 1200]], np.uint16)  # fmt: skip
CARRIED = np.uint16(1000)


def scene(ground: np.ndarray, pixels: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """`pixels` land pixels (band, 1, x), the rows of `ground` in turn."""
    numbers = ground[np.arange(pixels) % len(ground)].T[:, None, :]
    return numbers, np.ones((1, pixels), bool)


def test_statistics_by_hand():
    seen = evidence(*scene(GROUND))
    assert seen is not None
    assert seen.pixels == 600
    assert seen.impossible_share == 1.0  # darkest 300, 700, 600: all below 800
    assert seen.below_floor_share == 1.0
    assert seen.third_darkest == 500  # 2 % quantiles 300, 400 and green's 500


def test_pixels_without_the_offset_overrule_an_item_that_declares_it():
    offset, note = checked_offset(evidence(*scene(GROUND)), -1000)
    assert offset == 0
    assert note == (
        "offset -1000 declared, not applied: 100% of 600 land pixels would fall below -0.02"
    )


def test_pixels_with_the_offset_overrule_an_item_that_denies_it():
    offset, note = checked_offset(evidence(*scene(GROUND + CARRIED)), 0, baseline=4.0)
    assert offset == -1000
    assert "offset 0 declared, -1000 applied: 100.0% of 600 land pixels lie above 1000" in note


def test_agreement_needs_no_note():
    assert checked_offset(evidence(*scene(GROUND)), 0) == (0, "")
    assert checked_offset(evidence(*scene(GROUND + CARRIED)), -1000) == (-1000, "")


def test_a_contradiction_of_the_item_stays_on_record_even_if_the_pixels_settle_it():
    seen = evidence(*scene(GROUND))
    assert checked_offset(seen, 0, "raster offset 0, baseline 04.00") == (
        0,
        "raster offset 0, baseline 04.00",
    )


def test_a_baseline_before_04_cannot_carry_the_offset():
    assert checked_offset(evidence(*scene(GROUND + CARRIED)), 0, baseline=2.14)[0] == 0


def test_too_few_pixels_or_bands_leave_the_declaration():
    numbers, land = scene(GROUND, 399)
    assert evidence(numbers, land) is None
    numbers, land = scene(GROUND)
    assert evidence(numbers[:2], land) is None
    assert evidence(numbers, ~land) is None
    offset, note = checked_offset(None, -1000)
    assert (offset, note) == (-1000, "offset -1000 not checked: too few clear land pixels")


def test_pixels_without_a_measurement_are_no_dark_ground():
    numbers, land = scene(GROUND + CARRIED, 1000)
    numbers = numbers.copy()
    numbers[:, :, ::2] = 0
    seen = evidence(numbers, land)
    assert seen is not None
    assert seen.pixels == 500
    assert seen.below_floor_share == 0


def test_less_is_needed_where_the_item_contradicts_itself():
    hazy = Evidence(5000, impossible_share=0.10, below_floor_share=0.4, third_darkest=1100)
    assert checked_offset(hazy, -1000)[0] == -1000
    assert "undecided" in checked_offset(hazy, -1000)[1]
    assert checked_offset(hazy, -1000, "raster offset 0")[0] == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"removed_share": 0.01}, "0 < doubtful_share <= removed_share"),
        ({"impossible": 1200}, "one below and one above 1000"),
        ({"dark_ground": 900}, "one below and one above 1000"),
        ({"least_pixels": 0}, "0 < least <= most"),
    ],
)
def test_offset_settings_check_themselves(wrong, message):
    with pytest.raises(CubeError, match=message):
        OffsetSettings(**wrong)


def cil_dates(real) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Date, numbers (band, y, x) and land of each of the 108 real dates; offset already off."""
    folder = real / "cil_mine_1"
    dates = []
    for item in json.loads((folder / "items.json").read_text())["features"]:
        read = {}
        for name, asset in item["assets"].items():
            with rasterio.open(folder / asset["href"]) as file:
                read[name] = file.read(1)
        numbers = np.stack([read[b] for b in ("blue", "red", "nir", "swir16", "swir22")])
        dates.append((item["properties"]["datetime"][:10], numbers, np.isin(read["scl"], LAND)))
    return dates


def test_no_real_date_of_a_dry_bright_mine_is_touched_where_the_item_is_right(real):
    dates = cil_dates(real)
    assert len(dates) == 108
    for date, numbers, land in dates:
        assert checked_offset(evidence(numbers, land), 0)[0] == 0, date
        carried = np.where(numbers > 0, numbers + CARRIED, 0).astype(np.uint16)
        assert checked_offset(evidence(carried, land), -1000, baseline=4.0)[0] == -1000, date


def test_most_real_dates_repair_a_wrong_declaration_and_none_of_them_silently(real):
    told = removed = put_back = 0
    for _, numbers, land in cil_dates(real):
        carried = np.where(numbers > 0, numbers + CARRIED, 0).astype(np.uint16)
        seen = evidence(numbers, land)
        told += seen is not None
        offset, note = checked_offset(seen, -1000)
        removed += offset == 0
        assert note
        offset, note = checked_offset(evidence(carried, land), 0)
        put_back += offset == -1000
        assert note
    assert (told, removed, put_back) == (75, 70, 61)


def test_a_bright_desert_is_no_offset_left_in(real):
    folder = real / "sentinel2_tile_29RKH"
    numbers = []
    for name in ("B02", "B03", "B04", "B08", "B11", "B12"):
        with rasterio.open(folder / f"{name}.tif") as file:
            step = file.height // 549
            numbers.append(file.read(1)[::step, ::step])
    with rasterio.open(folder / "SCL.tif") as file:
        land = np.isin(file.read(1), LAND)
    seen = evidence(np.stack(numbers), land)
    assert seen is not None
    assert seen.below_floor_share < 0.05
    assert checked_offset(seen, 0, baseline=None)[0] == 0
