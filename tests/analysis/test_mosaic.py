"""The windows of one mine become one list of excavated pixels."""

import numpy as np
import pytest

from analysis.mosaic import ground
from cube.contract import CubeError, State
from tests.analysis.small_mine import X0, Y0, drawn, dug, window


def test_pixels_come_with_their_place_slot_dates_and_confidence():
    found = dug(".3 5.", lag=10)
    assert found.x.tolist() == [X0 + 10, X0]
    assert found.y.tolist() == [Y0, Y0 - 10]
    assert found.since.tolist() == [3, 5]
    assert found.onset.astype(str).tolist() == ["2021-01-21", "2021-02-10"]
    assert found.confirmed.astype(str).tolist() == ["2021-01-31", "2021-02-20"]
    assert found.confidence.tolist() == pytest.approx([0.9, 0.9])
    assert found.area_ha == 0.02


def test_two_windows_side_by_side_become_one_ground_in_row_major_order():
    pair = [window(size=2), window(number=1, east=2, size=2)]
    found = dug(".2 .3", "4. 5.", windows=pair)
    assert found.x.tolist() == [X0 + 10, X0 + 20, X0 + 10, X0 + 20]
    assert found.y.tolist() == [Y0, Y0, Y0 - 10, Y0 - 10]
    assert found.since.tolist() == [2, 4, 3, 5]


def test_the_way_back_lays_values_out_on_each_window():
    pair = [window(size=2), window(number=1, east=2, size=2)]
    found = dug(".2 .3", "4. 5.", windows=pair)
    back = [found.raster(found.since, np.int16(-1), w).tolist() for w in pair]
    assert back == [[[-1, 2], [-1, 3]], [[4, -1], [5, -1]]]


def test_standing_means_seen_clear_and_still_confirmed():
    results = drawn("2. ..", clear=[1, 2, 4, 6], count=8)
    results["state"][0, 5:, 0, 0] = State.FINISHED
    assert np.flatnonzero(ground(results, [window(size=2)]).standing[:, 0]).tolist() == [2, 4]


def test_ground_without_dates_takes_the_day_of_its_slot():
    results = drawn("3. ..")
    results["onset"][:] = np.datetime64("NaT", "ns")
    results["confirmed"][:] = np.datetime64("NaT", "ns")
    found = ground(results, [window(size=2)])
    assert str(found.onset[0]) == str(found.confirmed[0]) == "2021-01-31"


def test_nothing_excavated_gives_empty_ground_of_the_same_dtypes():
    empty, full = dug(".. .."), dug("3. ..")
    assert len(empty) == 0
    assert empty.standing.shape == (10, 0)
    for name in ("x", "y", "since", "onset", "confirmed", "confidence", "standing"):
        assert getattr(empty, name).dtype == getattr(full, name).dtype


def test_a_shrinking_envelope_is_refused():
    results = drawn("3. ..")
    results["excavated"][0, 7, 0, 0] = False
    with pytest.raises(CubeError, match="envelope of CIL_001/0 shrinks"):
        ground(results, [window(size=2)])


def test_missing_quality_is_refused_with_the_remedy():
    with pytest.raises(CubeError, match=r"lack quality.*results.assign"):
        ground(drawn("3. ..").drop_vars("quality"), [window(size=2)])


def test_lazy_results_are_refused():
    with pytest.raises(CubeError, match=r"not loaded. Call .load\(\)"):
        ground(drawn("3. ..").chunk(), [window(size=2)])


def test_a_window_too_few_is_refused():
    with pytest.raises(CubeError, match="1 windows given for 2 entries"):
        ground(drawn("3. ..", "3. .."), [window(size=2)])


def test_no_window_is_refused():
    with pytest.raises(CubeError, match="0 windows given for 1 entries"):
        ground(drawn("3. .."), [])


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (window("CIL_002", 1, east=2, size=2), "CIL_001 and CIL_002 given as one mine"),
        (window(number=1, east=0.5, size=2), "do not lie on one 10 m grid"),
        (window(number=1, east=2, size=2, epsg=32643), "do not lie on one 10 m grid"),
        (window(number=1, east=1, size=2), "overlap: their ground would count twice"),
    ],
)
def test_windows_that_are_not_one_mine_on_one_grid_are_refused(second, message):
    with pytest.raises(CubeError, match=message):
        ground(drawn("3. ..", "3. .."), [window(size=2), second])
