"""The alerts of a run are the breaches that truly happen in its archive, and no others."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cube.contract import CORE_BANDS
from cube.simulate import ArchiveSettings, write_archive
from pipelines import full_run
from tests.conftest import run_arguments

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RULES = {"no_go_zone": "no_go", "outside_lease": "outside_lease"}
"""The archive's word for a rule -> the alerts'."""


def test_the_alerts_are_the_archives_breaches(tmp_path):
    """Three mines of 1.3 km: one within the law, one creeps into forest, one leaves its lease."""
    settings = ArchiveSettings(mines=3, size=128, years=3, bands=CORE_BANDS)
    archive = write_archive(tmp_path / "archive", settings)
    told = [*run_arguments(archive), "--windows.size=128", "--period=2021-01-01/2023-12-31"]
    assert full_run.main([*told, f"--output={tmp_path / 'outputs'}"]) == 0
    alerts = gpd.read_parquet(tmp_path / "outputs/final/alerts/violation_alerts.parquet")
    truth = json.loads(archive.violations.read_text())
    found = {(alert.mine_id, alert.rule): alert for alert in alerts.itertuples()}
    assert set(found) == {(breach["mine_id"], RULES[breach["rule"]]) for breach in truth}
    assert (alerts["state"] == "open").all()
    for breach in truth:
        alert = found[breach["mine_id"], RULES[breach["rule"]]]
        assert 0.6 * breach["area_ha"] < alert.area_ha < 1.3 * breach["area_ha"]
        late = alert.first_violation_date - pd.Timestamp(breach["minimum_date"])
        assert abs(late) <= np.timedelta64(20, "D")
        assert alert.confirmed_date >= alert.first_violation_date
