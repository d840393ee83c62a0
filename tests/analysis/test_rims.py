"""Mixed pixels beside a pit, dated late, stand accused by no law that came after the pit."""

import numpy as np
import pytest

from analysis.jurisdiction import LawInTime, jurisdiction
from analysis.local_law import law_around
from tests.analysis.small_mine import EPSG, block, dug, leases, zones

ROW = "16666 ..... ..... ..... ....."  # opened 2021-01-11, and 2021-03-02 beside it
EVERYWHERE = block(-9, -9, 14, 14)


def sure_outside(*lease, nogo=(), drawing=ROW):
    """Shares outside every lease or in a zone, as drawn and for sure."""
    ground = dug(drawing)
    bounds = ground.x.min(), ground.y.min(), ground.x.max(), ground.y.max()
    law = [law_around(frame, EPSG, bounds) for frame in (zones(*nogo), leases(*lease))]
    parts = jurisdiction(ground, LawInTime(*law, True, 0.0, 0.0, bounds))
    beyond = [part for part in parts if part.rule in ("outside_lease", "no_go")]
    share, sure = (
        sum((getattr(part, name) for part in beyond), np.zeros(len(ground)))
        for name in ("share", "sure")
    )
    return share.tolist(), pytest.approx(sure.tolist(), abs=1e-5)


def test_after_a_lease_lapsed_only_ground_beyond_the_rim_of_older_ground_is_sure():
    #          metres from the older pit:   0  10  20  30  40
    assert sure_outside(("L1", "", EVERYWHERE, "NaT", "2021-02-01")) == (
        [0, 1, 1, 1, 1],
        [0, 0, 0, 1, 1],
    )


def test_what_was_unlawful_before_the_change_as_well_stays_sure():
    far = block(50, 50, 60, 60)
    lapsed = ("L1", "", far, "NaT", "2021-02-01")
    assert sure_outside(lapsed) == ([1, 1, 1, 1, 1], [1, 1, 1, 1, 1])


def test_a_zone_declared_while_the_pit_was_there_holds_no_rim_for_sure():
    zone = ("F1", "forest", EVERYWHERE, "2021-02-01", "NaT")
    lease = ("L1", "", EVERYWHERE)
    assert sure_outside(lease, nogo=[zone]) == ([0, 1, 1, 1, 1], [0, 0, 0, 1, 1])


def test_ground_far_from_any_older_is_sure_at_once():
    lapsed = ("L1", "", EVERYWHERE, "NaT", "2021-02-01")
    assert sure_outside(lapsed, drawing=ROW.replace("1", ".")) == ([1, 1, 1, 1], [1, 1, 1, 1])
