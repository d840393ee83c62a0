"""What the report says of its own limits."""

import pandas as pd
import pytest

from pipelines.reporting import trust as box
from pipelines.reporting.trust import counted_until, trust

SEEN = {"observable_share": 0.6448, "failed_share": 0.0}
MONTHS = {"activity": 205, "none": 1, "not_observable": 82}


@pytest.fixture
def record(monkeypatch) -> dict:
    told = {"figures": [], "placebo": []}
    monkeypatch.setattr(box, "published_accuracy", lambda: told)
    return told


def test_the_share_that_could_be_judged_is_said_in_words(record, tmp_path):
    found = trust({"observability": SEEN}, MONTHS, tmp_path)
    assert found["accuracy"] is record
    assert found["limits"][0].startswith("64 % of the ground inside the mines' outlines could be")
    assert found["limits"][1].startswith("In 82 of 288 months of a mine nothing could be judged")
    assert not any("could not be read" in said for said in found["limits"])


def test_failed_reads_are_said_and_so_is_a_run_that_saw_nothing(record, tmp_path):
    blind = {"observable_share": None, "failed_share": 0.004}
    limits = trust({"observability": blind}, {}, tmp_path)["limits"]
    assert limits[0] == "None of the mines' ground could be judged."
    assert limits[1] == "under 1 % of what was asked of the catalogue could not be read."


def test_rates_count_to_the_first_day_of_any_mine(tmp_path):
    assert counted_until(tmp_path) == ""
    (tmp_path / "final/metrics").mkdir(parents=True)
    pd.DataFrame(
        {
            "mine_id": ["a", "b", "c", "a"],
            "subject": ["mine", "mine", "mine", "alert"],
            "counted_until": ["2023-10-17", "2023-09-17", "", "2022-01-01"],
        }
    ).to_csv(tmp_path / "final/metrics/rates.csv", index=False)
    assert counted_until(tmp_path) == "2023-09-17"
