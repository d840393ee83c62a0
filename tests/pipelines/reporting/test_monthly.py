"""Charts from monthly tables written by hand, of mines with awkward names."""

import pandas as pd
import pytest

from pipelines.reporting.monthly import MonthlyAreas, begun_months, observed_months

LAWS = ("leased_ha", "watch_buffer_ha", "outside_lease_ha", "no_go_ha", "unruled_ha")


@pytest.fixture
def output(tmp_path):
    """Two months of the mines `NaN` and `=M`: areas by law, and what could be seen."""
    folder = tmp_path / "final" / "metrics"
    folder.mkdir(parents=True)
    rows = [
        ("NaN", "2022-02", 4.0, 0.5, 0.25, 0.125, 0.0),
        ("NaN", "2022-01", 1.0, 0.0, 0.0, 0.0, 0.0),
        ("'=M", "2022-01", 0.0, 0.0, 0.0, 0.0, 2.0),
        ("'=M", "2022-02", 0.0, 0.0, 0.0, 0.0, 3.0),
    ]
    table = pd.DataFrame(rows, columns=["mine_id", "month", *LAWS])
    table.to_csv(folder / "monthly_areas.csv", index=False)
    pd.DataFrame(
        {
            "mine_id": ["NaN", "NaN", "'=M", "'=M"],
            "month": ["2022-01", "2022-02"] * 2,
            "status": ["not_observable", "activity", "none", "activity"],
        }
    ).to_csv(folder / "observability.csv", index=False)
    return tmp_path


def test_ground_is_added_by_what_the_law_says_of_it(output):
    areas = MonthlyAreas(output)
    assert {k: v.tolist() for k, v in areas.by_ground("NaN").items()} == {
        "illegal": [0.0, 0.875], "unruled": [0.0, 0.0], "legal": [1.0, 4.0],
    }  # fmt: skip
    assert {k: v.tolist() for k, v in areas.by_ground().items()} == {
        "illegal": [0.0, 0.875], "unruled": [2.0, 3.0], "legal": [1.0, 4.0],
    }  # fmt: skip
    assert areas.months == ["2022-01", "2022-02"]


def test_a_mine_whose_name_a_spreadsheet_would_run_is_found_by_its_own(output):
    chart = MonthlyAreas(output).chart("=M")
    assert [layer.label for layer in chart.layers] == ["where no law is known: 3.00 ha"]
    assert chart.said.endswith("At the end: where no law is known 3.00 ha.")
    assert MonthlyAreas(output).beyond("=M") is None


def test_ground_beyond_a_line_has_a_scale_of_its_own(output):
    chart = MonthlyAreas(output).beyond("NaN")
    assert [layer.label for layer in chart.layers] == [
        "in no-go zones: 0.12 ha", "outside leases: 0.75 ha",
    ]  # fmt: skip
    assert chart.values[-1][1] == "1"  # 0.875 in all


def test_months_count_mines_by_what_could_be_seen(output):
    chart, months = observed_months(output)
    assert months == {"activity": 2, "none": 1, "not_observable": 1}
    assert {layer.kind for layer in chart.layers} == {"activity", "none", "not_observable"}
    assert [words for _, words in chart.values] == ["0", "1", "2"]


def test_violations_are_counted_in_the_month_they_began():
    alerts = [
        {"first_violation_date": "2022-11-03", "severity": "HIGH", "stands": True},
        {"first_violation_date": "2023-01-21", "severity": "LOW", "stands": True},
        {"first_violation_date": "2022-12-01", "severity": "HIGH", "stands": False},
    ]
    chart = begun_months(alerts, "2023-02-27")
    assert chart.said == "2 violations by the month they began, the first in 2022-11."
    assert [layer.label for layer in chart.layers] == ["high: 1", "low: 1"]
    assert chart.months[0][1] == "2022-11"
    assert begun_months(alerts[2:], "2023-02-27") is None


def test_a_run_without_tables_draws_nothing(tmp_path):
    areas = MonthlyAreas(tmp_path)
    assert (areas.total(), areas.chart("M"), areas.by_ground(), areas.months) == (
        None,
        None,
        {},
        [],
    )
    assert observed_months(tmp_path) == (
        None, {"activity": 0, "none": 0, "not_observable": 0},
    )  # fmt: skip
