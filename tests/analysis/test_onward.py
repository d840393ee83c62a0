"""A window goes on from what was carried: what is published is that of the whole record, always."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.baseline import BaselineRule
from analysis.carried import Carried
from analysis.detection import DetectionSettings, detect_block
from analysis.looks import looks
from analysis.onward import onward
from cube.contract import CubeError, State
from tests.analysis.ground import BARE, GREEN, block, pit, slot_dates, world

TIMES = 130
RULES = DetectionSettings(baseline=BaselineRule(open_pixels=5, most_pixels=20))


@dataclass
class Published:
    """The results of one window as a store keeps them, and what is carried beside them."""

    size: int
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    carried: Carried | None = None
    read: list[int] = field(default_factory=list)

    def run(
        self, reflectance: np.ndarray, quality: np.ndarray, dates: np.ndarray, keep: int
    ) -> None:
        """One run over the record as it is: it reads only what is not behind the carried state."""
        first = 0 if self.carried is None else len(self.carried.days)
        new = slice(first, len(dates))
        before = self.arrays.get("confirmed")
        same = first == len(self.arrays.get("state", ()))  # what is published is what is carried
        found = onward(
            self.carried,
            [looks(reflectance[new], quality[new])],
            dates[new],
            RULES,
            keep,
            confirmed=None if self.carried is None or same else before,
        )
        self.read.append(len(dates) - first)
        self.carried = found.carried
        for name, value in vars(found.found).items():
            if value.ndim == 2:
                self.arrays[name] = value
                continue
            kept = {"excavated": found.envelope_first}.get(name, found.first)
            old = self.arrays.get(name, np.empty((0, *value.shape[1:]), value.dtype))
            self.arrays[name] = np.concatenate([old[:kept], value])

    def assert_is(self, reflectance: np.ndarray, quality: np.ndarray, dates: np.ndarray) -> None:
        expected = detect_block(reflectance, quality, dates, RULES)
        for name, value in vars(expected).items():
            np.testing.assert_array_equal(self.arrays[name], value, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.integers(20, TIMES), min_size=1, max_size=5, unique=True),
    st.integers(0, 3),
)
def test_run_after_run_publishes_what_one_run_over_all_would(
    seed: int, ends: list[int], unfinished: int
):
    reflectance, quality, dates = world(seed, TIMES)
    published = Published(14)
    for end in sorted(ends):
        record = reflectance[:end].copy(), quality[:end].copy(), dates[:end]
        # The last slots are not read whole yet: half of the window is missing in them.
        record[0][end - unfinished :, :, :7] = 0
        record[1][end - unfinished :, :7] = 0
        published.run(*record, keep=end - unfinished)
        published.assert_is(*record)


def pit_record(series: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ndvi = pit(series)
    return *block(ndvi, np.ones(ndvi.shape, bool)), slot_dates(len(series))


def some(record: tuple[np.ndarray, ...], end: int) -> tuple[np.ndarray, ...]:
    return tuple(array[:end] for array in record)


def test_one_more_slot_costs_one_slot():
    record = pit_record(np.where(np.arange(TIMES) < 90, GREEN, BARE))
    published = Published(12)
    for end in range(TIMES - 20, TIMES + 1):
        published.run(*some(record, end), keep=end)
    published.assert_is(*record)
    assert published.read == [TIMES - 20] + [1] * 20


def test_a_retraction_takes_the_pixels_out_of_slots_published_long_ago():
    # Bare in slots 80 to 90, confirmed at slot 83, 2023-04-11; the fourth green look retracts it.
    series = np.full(TIMES, GREEN)
    series[80:91] = BARE
    record = pit_record(series)
    published = Published(12)
    published.run(*some(record, 93), keep=93)
    assert published.arrays["excavated"][83:, 5, 5].all()
    assert str(published.arrays["confirmed"][5, 5])[:10] == "2023-04-11"
    published.run(*some(record, 96), keep=96)
    assert published.read == [93, 3]
    assert not published.arrays["excavated"].any()
    assert published.arrays["state"][85, 5, 5] == State.CONFIRMED  # as it was believed then
    published.assert_is(*some(record, 96))


def test_a_retraction_that_a_slot_read_again_takes_back_is_taken_back():
    # Score 20 at slot 90, 8 after three green looks; the fourth, 4, retracts. Read again, slot 94
    # is bare: 12, and what was confirmed at slot 83 stands.
    series = np.where(np.arange(TIMES) < 80, GREEN, BARE)
    series[91:94] = GREEN
    hasty = series.copy()
    hasty[94] = GREEN
    published = Published(12)
    first = some(pit_record(hasty), 95)
    published.run(*first, keep=94)
    published.assert_is(*first)
    assert not published.arrays["excavated"].any()
    again = some(pit_record(series), 96)
    published.run(*again, keep=96)
    published.assert_is(*again)
    assert published.arrays["excavated"][83:, 5, 5].all()
    assert published.read == [95, 2]


def test_while_the_history_grows_with_the_record_a_new_slot_begins_from_the_first():
    # Slot 73 is 2023-01-01, two years after the first: the first year is history from then on.
    record = pit_record(np.where(np.arange(TIMES) < 60, GREEN, BARE))
    published = Published(12)
    for end in (72, 73, 74, 75):
        published.run(*some(record, end), keep=end)
        published.assert_is(*some(record, end))
    assert published.read == [72, 73, 74, 1]


def test_a_look_from_before_what_was_carried_is_refused():
    record = pit_record(np.full(TIMES, GREEN))
    published = Published(12)
    published.run(*some(record, 100), keep=100)
    reflectance, quality, dates = record
    late = dates.copy()
    late[100:] = dates[99] - np.timedelta64(3, "D")
    with pytest.raises(
        CubeError, match="carried to 2023-09-18, but the next look is of 2023-09-15"
    ):
        published.run(reflectance, quality, late, keep=TIMES)
