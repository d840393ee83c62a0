"""One site through detectors: what is kept, what is asked again, and what is told of a gap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.detection import DetectionSettings
from analysis.index_distributions import signature_figures
from cube.contract import CubeError, State
from cube.simulate import SiteSettings
from cube.simulate.stress import Stress
from pipelines.evaluate import run
from pipelines.evaluate.law_placebo import law_at, violations
from pipelines.evaluate.peers import registry
from pipelines.evaluate.run import key, results, rule_of, with_history
from pipelines.evaluate.signatures import (
    signature_from_plain,
    signature_to_plain,
    site_signature,
)
from pipelines.evaluate.sites import Task, true_site
from pipelines.evaluate.variants import UNRESCUED, VARIANTS, variants_in

SMALL = SiteSettings(size=64, years=2)


@pytest.fixture(scope="module")
def site():
    return true_site(Task(3), SMALL)


def test_a_site_counts_what_was_dug_after_the_history_and_leaves_dumps_out(site):
    truth, reference = site.site.truth, site.reference
    watched = np.datetime64("2022-01-01")
    assert reference.watched == watched
    assert reference.dug.sum() == (truth.excavated & (truth.onset > watched)).sum() > 0
    assert not reference.counted[(truth.ground == 2) & ~np.isnat(truth.onset)].any()
    assert reference.end == np.datetime64("2022-12-22")
    assert site.history_days == 365


def test_ground_never_green_is_what_its_history_shows(site):
    red, nir = (site.block.band(name).astype(float) for name in ("red", "nir"))
    ndvi = np.where(site.block.clear, (nir - red) / (nir + red), np.nan)[:37]
    for row, column in ((5, 5), (30, 30), (32, 40), (60, 2)):
        looks = np.sort(ndvi[:, row, column][~np.isnan(ndvi[:, row, column])])
        greenest = looks[round(0.9 * (looks.size - 1))]
        assert site.reference.never_green[row, column] == (greenest < 0.28)


def test_a_short_history_is_told_to_the_detector():
    short = true_site(Task(3, Stress.SHORT_HISTORY), SMALL)
    assert short.history_days == (np.datetime64("2022-01-01") - np.datetime64("2021-07-10")).astype(
        int
    )
    assert rule_of("confirmation", 175).settings.baseline.history_days == 175
    assert rule_of("dist_alert", 175).settings.history_days == 175
    assert rule_of("nrt_iqr_annual", 175).settings.annual


def test_history_is_changed_wherever_it_stands_and_nothing_else_is():
    changed = with_history(DetectionSettings(), 200)
    plain = DetectionSettings()
    assert changed.baseline == replace(plain.baseline, history_days=200)
    assert changed.confirmation == plain.confirmation


def test_nobody_digs_at_a_twin_and_every_claim_there_is_false():
    twin = true_site(Task(3, twin=True), SMALL)
    assert not twin.reference.dug.any()
    assert twin.reference.counted.all() or not twin.site.truth.excavated.any()


def test_results_are_kept_and_not_computed_again(tmp_path, monkeypatch):
    names = ("confirmation", "dist_alert")
    first = results(Task(3), names, SMALL, tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == 2
    monkeypatch.setattr(run, "true_site", _unwanted)
    again = results(Task(3), names, SMALL, tmp_path)
    assert again == first
    assert first["confirmation"].own_law is not None
    assert first["confirmation"].pixel_dates == 73 * 64 * 64


def _unwanted(*_):
    raise AssertionError("the site was simulated again")


def test_another_site_stress_or_setting_is_another_result():
    plain = key("confirmation", Task(3), SMALL)
    others = {
        key("confirmation", Task(4), SMALL),
        key("confirmation", Task(3, Stress.HALF_LOOKS), SMALL),
        key("confirmation", Task(3, twin=True), SMALL),
        key("confirmation", Task(3), replace(SMALL, size=66)),
        key("dist_alert", Task(3), SMALL),
        *(key(name, Task(3), SMALL) for name in VARIANTS),
    }
    assert plain not in others
    assert len(others) == 5 + len(VARIANTS)


def test_a_missing_package_is_a_note_and_no_crash(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "installed", lambda package: False)
    monkeypatch.setattr(run, "true_site", _unwanted)
    found = results(Task(3), ("nrt_ewma", "cold"), SMALL, tmp_path)
    assert found["nrt_ewma"].note == "not installed: pip install minecube[peers]"
    assert found["cold"].tally.windows == 0
    assert not list(tmp_path.glob("*.json"))


def test_a_variant_is_the_core_by_another_rule():
    asked = rule_of("confirmation@8x3", 365)
    assert asked.name == "confirmation"
    assert asked.settings.confirmation.strong == 8
    assert asked.settings.confirmation.strong_pixels == 3
    unrescued = rule_of(UNRESCUED, 200).settings
    assert not unrescued.rescue.on
    assert unrescued.baseline.history_days == 200
    assert variants_in(Stress.BRIGHT_SPOIL) == (UNRESCUED,)
    assert UNRESCUED not in variants_in(Stress.NONE)
    with pytest.raises(CubeError, match="no detector is called 'bfast'"):
        rule_of("bfast", 365)


def test_ground_dug_beyond_a_lease_is_a_violation_and_none_under_its_own_law(site):
    block, own = site.block, law_at(site.site, site.site)
    empty = rule_of("confirmation", 365)(block)
    where = np.zeros(block.shape[1:], bool)
    assert violations(_claiming(empty, where), block, own).count == 0
    where[2:8, 2:8] = True  # a corner: no lease reaches there
    raised = violations(_claiming(empty, where), block, own)
    assert raised.count >= 1
    assert raised.area_ha == pytest.approx(0.36, abs=0.01)


def _claiming(found, where):
    """The same answer, but claiming this ground from the fiftieth slot on."""
    slots = np.arange(len(found.state)).reshape(-1, 1, 1)
    excavated = where & (slots >= 50)
    day = np.where(where, np.datetime64("2022-05-16", "ns"), np.datetime64("NaT"))
    return replace(
        found,
        excavated=excavated,
        state=np.where(excavated, State.CONFIRMED, State.NONE).astype(np.uint8),
        onset=day,
        detected=day,
        confirmed=day,
        confidence=np.where(where, 0.9, 0).astype(np.float32),
    )


def test_confirmed_ground_is_told_from_each_kind_by_its_looks(site):
    found = rule_of("confirmation", 365)(site.block)
    told = site_signature(site, found)
    figures = signature_figures(told)
    assert 0.05 < figures["confirmed"]["ndvi"]["p50"] < 0.16
    assert figures["other_ground"]["ndvi"]["p50"] > 0.2
    assert signature_from_plain(signature_to_plain(told)) == told
    dug = found.excavated[-1] & ~np.isnat(found.onset)
    red, nir = (site.block.band(name).astype(float) for name in ("red", "nir"))
    after = site.block.clear & (site.block.acquired[:, None, None] > found.onset) & dug
    ndvi = ((nir - red) / (nir + red))[after]
    assert dug.sum() <= 300  # all of it is followed, so this is the very median
    assert abs(np.median(ndvi) - figures["confirmed"]["ndvi"]["p50"]) <= 0.006
