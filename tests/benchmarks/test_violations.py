from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks import violations
from benchmarks.enforced_site import breach_mask, judged, photographed_and_found
from benchmarks.matching import Matching, scores
from cube.simulate import ArchiveSettings, Case, SiteSettings, new_site
from cube.simulate.archive import _site

COLUMNS = ["mine_id", "rule", "zone_id", "first_violation_date", "area_ha", "state", "reason"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_embedded_archives_eight_mines_give_exactly_their_three_true_violations():
    total, violated = Matching((), ()), []
    for number in range(8):
        site, place = _site(ArchiveSettings(), number)
        found, results = photographed_and_found(site.seed, site.settings, place.case, place)
        one = judged(site, place, found, results)
        total += violations.matched_site(one)
        violated += [(truth["mine_id"], truth["case"]) for truth in one.truths]
    assert violated == [
        ("SIM_001", "forest_creep"),
        ("SIM_002", "outside_lease"),
        ("SIM_004", "water_entry"),
    ]
    assert total.false == ()
    assert len(total.found) == len(total.matches) == 3
    assert max(abs(match.date_error) for match in total.found) <= 20
    assert scores(total)["area_ratio"]["low"] > 0.8
    assert scores(total)["area_ratio"]["high"] < 1.2


def test_the_pixels_of_a_breach_are_those_its_truth_counts():
    settings = SiteSettings(size=96, years=2)
    for case in (Case.FOREST_CREEP, Case.OUTSIDE_LEASE):
        site = new_site(4, settings, case)
        where = breach_mask(site, 0)
        assert where.sum() == site.law.violations[0].pixels > 0
        first = site.truth.onset[where].min()
        assert first == np.datetime64("2021-01-01") + site.law.violations[0].first_day
    lapsed = new_site(4, settings, Case.LAPSED_LEASE)
    early = replace(lapsed.law.leases[0], until=100)
    breach = replace(
        new_site(4, settings, Case.OUTSIDE_LEASE).law.violations[0], zone=None, days=np.arange(3)
    )
    law = replace(lapsed.law, leases=(early, lapsed.law.leases[1]), violations=(breach,))
    where = breach_mask(replace(lapsed, law=law), 0)
    assert where.any()
    assert (lapsed.mine.opened[where] > 100).all()


def test_a_report_scores_every_case_of_every_seed_and_says_why_a_breach_is_missed():
    """Small and short: what is found matters less than that it all adds up."""
    world = SiteSettings(size=64, years=2)
    report = violations.sites_report([3, 4], world, [Case.COMPLIANT, Case.OUTSIDE_LEASE])
    assert report["scores"]["lawful_mines_without_alert"]["of"] == 2
    assert report["scores"]["recall"]["of"] == len(report["breaches"]) == 2
    assert set(report["by_case"]) == {"outside_lease"}
    for row in report["breaches"]:
        assert row["found"] <= row["pixels"] == round(100 * row["area_ha"])
        assert bool(row["missed"]) == (row["found_ha"] is None)
    assert json.loads(json.dumps(report))["seeds"] == [3, 4]


def run_of(tmp_path, alerts: list[tuple], truths: list[dict]):
    """What a finished run leaves of its alerts and its archive's truth."""
    (tmp_path / "archive" / "truth").mkdir(parents=True)
    (tmp_path / "archive" / "truth" / "violations.json").write_text(json.dumps(truths))
    (tmp_path / "final" / "alerts").mkdir(parents=True)
    table = pd.DataFrame(alerts, columns=COLUMNS)
    table.to_csv(tmp_path / "final" / "alerts" / "violation_alerts.csv", index=False)
    return tmp_path


def breach(mine: str) -> dict:
    return {
        "mine_id": mine,
        "case": "outside_lease",
        "rule": "outside_lease",
        "zone_id": "",
        "zone_type": "",
        "area_ha": 2.0,
        "beyond_10m_ha": 1.5,
        "first_date": "2022-02-01",
        "minimum_date": "2022-02-03",
    }


def test_a_finished_run_is_scored_by_its_files(tmp_path, capsys):
    alerts = [
        ("SIM_002", "outside_lease", "outside_lease", "2022-02-13", 1.8, "open", "left"),
        ("SIM_003", "no_go", "SIM_003_Z1", "2022-05-01", 0.2, "open", "nothing there"),
    ]
    folder = run_of(tmp_path, alerts, [breach("SIM_002"), breach("SIM_007")])
    assert violations.main(["--demo", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "outside_lease SIM_002: 2.00 ha from 2022-02-01, 0.1 ha by 2022-02-03" in told
    assert "found 1.80 ha, +10 days" in told
    assert "outside_lease SIM_007: 2.00 ha from 2022-02-01, 0.1 ha by 2022-02-03: MISSED" in told
    assert "FALSE SIM_003 SIM_003_Z1: nothing there" in told
    assert "precision                                  0.500  (1 of 2" in told
    assert "recall                                     0.500  (1 of 2" in told


def test_a_run_without_alerts_misses_every_breach(tmp_path, capsys):
    assert violations.main(["--demo", str(run_of(tmp_path, [], [breach("SIM_002")]))]) == 0
    told = capsys.readouterr().out
    assert "recall                                     0.000  (0 of 1" in told
    assert "precision                                    nan  (0 of 0" in told


def test_a_folder_that_is_no_finished_run_is_refused_by_name(tmp_path, capsys):
    assert violations.main(["--demo", str(tmp_path)]) == 2
    assert "violations.json is missing: give the output folder of a run" in capsys.readouterr().err
