"""Pixel tables: what is read, what is dropped and why, what an index column really holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cube.contract import CubeError
from cube.pixels import SCHEMA, PixelSettings, read_pixel_table


def row(**changes) -> dict:
    """One sound row; values as in the first row of the real sample."""
    sound = {
        "system:index": "20230108T05",
        "B11": 3022,
        "B4": 1946,
        "B8": 3402,
        "NBR": 0.059153,
        "NDVI": 0.272251,
        "date": "08-01-2023",
        "latitude": 19.92875,
        "longitude": 79.30137,
        "mine_id": "CIL_339",
        "geo": '{"type":"Point","coordinates":[79.30137496452457,19.928747610735673]}',
    }
    return sound | changes


@pytest.fixture
def read(tmp_path):
    """Write these rows as CSV and read them."""

    def reading(*rows, columns=None, **settings):
        table = pd.DataFrame(list(rows), columns=columns)
        table.to_csv(tmp_path / "pixels.csv", index=False)
        return read_pixel_table(tmp_path / "pixels.csv", PixelSettings(**settings))

    return reading


def test_the_real_sample_reads_whole_and_its_nbr_is_ndmi(real):
    table = read_pixel_table(real / "cil_339_pixels.csv")
    assert table.total == len(table.rows) == 19
    assert table.dropped == table.missing == {}
    nbr, ndvi = table.indices
    assert (nbr.column, nbr.name, nbr.agreeing, nbr.rows) == ("NBR", "ndmi", 19, 19)
    assert nbr.largest_difference == pytest.approx(9.0e-5, abs=1e-6)  # cut to seven characters
    assert (ndvi.column, ndvi.name, ndvi.agreeing) == ("NDVI", "ndvi", 19)
    assert ndvi.largest_difference < 5e-7  # rounded to six decimals
    first = table.rows.iloc[0]
    assert (first.swir16, first.red, first.nir) == (3022, 1946, 3402)
    assert first.acquired == pd.Timestamp("2023-01-08T05:00")
    assert first.ndmi == pytest.approx((3402 - 3022) / (3402 + 3022))
    assert "nbr" not in table.rows
    assert table.rows.swir16.dtype == np.uint16
    assert table.rows.acquired.dtype == np.dtype("datetime64[s]")


def test_an_index_is_recognised_by_its_values_not_its_name(read):
    ndbi = (3022 - 3402) / (3022 + 3402)
    checks = read(row(NBR=ndbi, NDVI=0.5)).indices
    assert [check.name for check in checks] == ["ndbi", ""]
    assert str(checks[0]).startswith("NBR holds NDBI, (swir16 - nir)/(swir16 + nir), in 1 of 1")
    assert "NDVI fits no index" in str(checks[1])
    assert "left out" in str(checks[1])


def test_a_true_nbr_fits_nothing_that_three_bands_give(read):
    table = read(row(NBR=(3402 - 1500) / (3402 + 1500)))  # of swir22, which the table lacks
    assert table.indices[0].name == ""
    assert "ndmi" not in table.rows


def test_a_few_wrong_index_values_do_not_hide_what_the_column_is(read):
    rows = [row() for _ in range(199)] + [row(NBR=0.9)]
    check = read(*rows).indices[0]
    assert (check.name, check.agreeing, check.rows) == ("ndmi", 199, 200)
    assert read(*rows, agreement=1.0).indices[0].name == ""


def test_infinities_and_nonsense_become_missing_and_are_counted(read):
    table = read(
        row(B11=np.inf),
        row(B11="-Infinity", B4="haze"),
        row(B8=0),
        row(B8=70_000),
        row(B4=None),
        row(NDVI=np.inf),  # an index with a zero denominator; its bands are fine
    )
    assert len(table.rows) == 6
    assert table.missing == {
        "infinite": 2,
        "empty": 1,
        "not a number": 1,
        "outside 1 to 65535": 2,
    }
    assert table.rows.swir16.tolist() == [0, 0, 3022, 3022, 3022, 3022]
    assert table.rows.red.tolist() == [1946, 0, 1946, 1946, 0, 1946]
    assert table.rows.nir.tolist() == [3402, 3402, 0, 0, 3402, 3402]
    assert table.rows.ndmi.isna().tolist() == [True, True, True, True, False, False]
    assert table.indices[1].rows == 1  # only the first row has red, nir and NDVI


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mine_id": None}, "no mine_id"),
        ({"date": "2023-01-08"}, "date is not DD-MM-YYYY"),
        ({"date": "31-02-2023"}, "date is not DD-MM-YYYY"),
        ({"date": None}, "date is not DD-MM-YYYY"),
        ({"date": "01-08-2023"}, "date disagrees with system:index"),  # written MM-DD-YYYY
        ({"geo": None, "latitude": None}, "no position"),
        ({"geo": None, "latitude": 91}, "no position"),
        ({"geo": '{"type":"Point","coordinates":[19.9,79.3]}'}, "geo disagrees with latitude"),
        ({"B11": None, "B4": np.inf, "B8": 0}, "no spectra"),
    ],
)
def test_an_unusable_row_is_dropped_and_counted(read, changes, reason):
    table = read(row(), row(**changes), row())
    (said,) = table.dropped
    assert said.startswith(reason)
    assert table.dropped[said] == 1
    assert table.rows.row.tolist() == [0, 2]
    assert table.total == len(table.rows) + sum(table.dropped.values())


def test_a_row_with_several_flaws_is_counted_once(read):
    table = read(row(), row(mine_id=None, date="x", B11=None, B4=None, B8=None))
    assert table.dropped == {"no mine_id": 1}


def test_dates_are_day_first_and_take_the_hour_of_the_acquisition(read):
    stamp = "20230203T050211_20230203T050551_T44QLF_0000000000000000abcd"
    table = read(row(date="03-02-2023", **{"system:index": stamp}), row(**{"system:index": None}))
    assert table.rows.acquired.tolist() == [
        pd.Timestamp("2023-02-03T05:02:11"),
        pd.Timestamp("2023-01-08"),
    ]


def test_the_exact_point_goes_before_the_rounded_columns(read):
    table = read(row(), row(geo=None), row(geo="nothing"))
    assert table.rows.longitude.tolist() == [79.30137496452457, 79.30137, 79.30137]


def test_columns_may_come_in_any_order_and_optional_ones_may_lack(read):
    table = read(row(), columns=["geo", "mine_id", "date", "B8", "B4", "B11"])
    assert table.indices == ()
    assert table.rows.nir.tolist() == [3402]
    table = read(row(), columns=["longitude", "latitude", "mine_id", "date", "B8", "B4", "B11"])
    assert table.rows.longitude.tolist() == [79.30137]


def test_an_offset_is_added_after_the_indices_are_compared(read):
    table = read(row(), row(B4=900), row(B4=None), offset=-1000)
    assert table.rows.swir16.tolist() == [2022] * 3
    assert table.rows.red.tolist() == [946, 1, 0]  # measured ground never becomes "missing"
    assert table.indices[0].name == "ndmi"


def test_numeric_mine_ids_become_text(read):
    assert read(row(mine_id=339)).rows.mine_id.tolist() == ["339"]


@pytest.mark.parametrize("lost", ["B11", "B4", "B8", "date", "mine_id"])
def test_a_missing_column_is_refused(read, lost):
    with pytest.raises(CubeError, match=rf"lacks \['{lost}'\]; it has .* pixel-wise schema"):
        read(row(), columns=[name for name in SCHEMA if name != lost])


def test_a_table_without_any_place_is_refused(read):
    columns = [name for name in SCHEMA if name not in ("geo", "latitude")]
    with pytest.raises(CubeError, match=r"lacks \['latitude'\]"):
        read(row(), columns=columns)


def test_reflectance_in_place_of_digital_numbers_is_refused(read):
    with pytest.raises(CubeError, match=r"reach 0\.34, so they look like reflectance"):
        read(row(B11=0.30, B4=0.19, B8=0.34))


def test_a_table_of_which_nothing_is_usable_is_refused_with_the_reasons(read):
    with pytest.raises(
        CubeError, match=r"No row .* date is not DD-MM-YYYY \(1\), no spectra \(1\)"
    ):
        read(row(date="x"), row(B11=None, B4=None, B8=None))
    with pytest.raises(CubeError, match=r"date is not DD-MM-YYYY \(1\)\.$"):
        read(row(date=None, geo=None))


def test_what_is_no_csv_is_refused(tmp_path):
    path = tmp_path / "pixels.csv"
    with pytest.raises(CubeError, match="There is no file"):
        read_pixel_table(path)
    with pytest.raises(CubeError, match="There is no file"):
        read_pixel_table(tmp_path)
    path.write_bytes(b"")
    with pytest.raises(CubeError, match="cannot be read as CSV"):
        read_pixel_table(path)
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\x00")
    with pytest.raises(CubeError, match=r"cannot be read as CSV|lacks"):
        read_pixel_table(path)
    path.write_text(",".join(SCHEMA) + "\n")
    with pytest.raises(CubeError, match="a header but no rows"):
        read_pixel_table(path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"offset": 0.5}, "offset is 0.5"),
        ({"tolerance": 0}, "tolerance is 0"),
        ({"agreement": 0.1}, "agreement is 0.1"),
    ],
)
def test_senseless_settings_are_refused(settings, message):
    with pytest.raises(CubeError, match=message):
        PixelSettings(**settings)
