"""Precision of the first k alerts, by those that somebody judged, with Wilson's interval."""

from __future__ import annotations

import math

import pytest

from analysis.alert_states import alert_records
from analysis.ledger import Act, Chain
from analysis.precision import precision_at_k
from cube.contract import CubeError


def judged(**states: str):
    """Records of alerts a, b, ... opened in November 2023 and judged; "" stands for not."""
    acts = [Act("opened", id_, "open", "w", {"area_ha": 1.0}) for id_ in states]
    acts += [
        Act("verdict", id_, state, "w", {}, "A. Rao") for id_, state in states.items() if state
    ]
    chain = Chain().with_acts(acts, "run", "2023-11-14T06:30:00Z")
    return alert_records(chain.entries).values()


def test_eight_of_ten_are_between_49_and_94_per_cent():
    records = judged(**dict.fromkeys("abcdefgh", "confirmed"), i="dismissed", j="retracted")
    row = precision_at_k("abcdefghij", records, [10]).iloc[0]
    # Wilson: (p + z2/2n -+ z sqrt(pq/n + z2/4n2)) / (1 + z2/n) with p 0.8, n 10, z 1.95996:
    # (0.99207 -+ 0.31361) / 1.38415
    assert (row.k, row.judged, row.confirmed, row.precision) == (10, 10, 8, 0.8)
    assert row.low == pytest.approx(0.49016, abs=2e-5)
    assert row.high == pytest.approx(0.94331, abs=2e-5)


def test_alerts_nobody_judged_count_neither_way():
    table = precision_at_k("abcd", judged(a="confirmed", b="", c="dismissed", d=""), [1, 2, 3])
    assert table["k"].tolist() == [1, 2, 3, 4]
    assert table["judged"].tolist() == [1, 1, 2, 2]
    assert table["precision"].tolist() == [1.0, 1.0, 0.5, 0.5]


def test_none_judged_is_no_figure():
    row = precision_at_k("ab", judged(a="", b=""), [5]).iloc[0]
    assert (row.k, row.judged) == (2, 0)
    assert math.isnan(row.precision)
    assert math.isnan(row.low)
    assert precision_at_k([], [], [5])["judged"].tolist() == [0]


def test_the_last_word_counts_and_growth_does_not_unsay_it():
    acts = [
        Act("opened", "a", "open", "w"),
        Act("verdict", "a", "confirmed", "w"),
        Act("verdict", "a", "dismissed", "w"),
        Act("reopened", "a", "open", "w"),
    ]
    chain = Chain().with_acts(acts, "x", "2023-11-14T06:30:00Z")
    row = precision_at_k(["a"], alert_records(chain.entries).values(), [1]).iloc[0]
    assert (row.judged, row.confirmed, row.high) == (1, 0, pytest.approx(0.79346, abs=2e-5))


def test_judged_alerts_no_longer_in_the_list_count_in_the_last_row_only():
    table = precision_at_k(["b"], judged(a="confirmed", b="dismissed"), [1])
    assert table["judged"].tolist() == [1, 2]
    assert table["confirmed"].tolist() == [0, 1]


def test_ground_that_was_given_another_name_counts_once():
    acts = [
        Act("opened", "old", "open", "w"),
        Act("verdict", "old", "confirmed", "w"),
        Act("opened", "new", "open", "w"),
        Act("superseded", "old", "superseded", "w", {"heir": "new"}),
    ]
    carried = Act("carried", "new", "confirmed", "w", {"from": "old"})
    for told, found in ((acts, 0), ([*acts, carried], 1)):
        chain = Chain().with_acts(told, "x", "2023-11-14T06:30:00Z")
        table = precision_at_k(["new"], alert_records(chain.entries).values(), [1])
        assert table["judged"].tolist() == [found, 1]
        assert table["confirmed"].tolist() == [found, 1]


def test_k_below_one_is_refused():
    with pytest.raises(CubeError, match="k is 0, expected 1 or more"):
        precision_at_k("ab", judged(a=""), [0, 5])
