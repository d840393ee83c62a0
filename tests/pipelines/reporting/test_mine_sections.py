"""What is said of mines with violations, and in which order."""

from pipelines.reporting.mine_sections import finding, headline, violations_by_mine


def alert(mine: str, severity: str = "LOW", area: float = 1.0, **more: object) -> dict:
    row = {"mine_id": mine, "severity": severity, "area_ha": area, "stands": True,
           "synthetic": False, "first_violation_date": "2022-02-05", "sides": None,
           "side": "beyond the line", "where": "outside any lease"}  # fmt: skip
    return row | more


def order(*alerts: dict) -> list[str]:
    return [mine for mine, _ in violations_by_mine(list(alerts))]


def test_the_gravest_mine_comes_first_then_the_largest_then_by_name():
    found = order(
        alert("small", area=0.2), alert("b", area=0.5), alert("a", area=0.5),
        alert("medium", "MEDIUM", 0.1), alert("high", "HIGH", 0.1),
    )  # fmt: skip
    assert found == ["high", "medium", "a", "b", "small"]


def test_a_mine_stands_where_its_gravest_violation_does():
    (mine, rows), _ = violations_by_mine(
        [alert("two", area=9.0), alert("one", "MEDIUM", 2.0), alert("two", "HIGH", 0.1)]
    )
    assert mine == "two"
    assert [row["severity"] for row in rows] == ["HIGH", "LOW"]


def test_what_breaks_no_law_comes_last_however_grave():
    made = alert("made", "HIGH", 50.0, synthetic=True)
    assert order(made, alert("real", area=0.1)) == ["real", "made"]


def test_what_was_withdrawn_is_no_violation():
    assert order(alert("gone", "HIGH", stands=False)) == []
    assert headline([alert("gone", stands=False)]) == "No violation was found."


def test_a_finding_is_one_sentence_with_its_interval():
    row = alert("M", area=31.914, sides={"low_ha": 29.756, "high_ha": 34.247})
    assert finding(row) == (
        "Since 2022-02-05, 31.91 ha were dug outside any lease; nine times in ten between 29.76 "
        "and 34.25 ha lie beyond the line."
    )
    assert finding(alert("M")) == "Since 2022-02-05, 1.00 ha were dug outside any lease."


def test_the_headline_counts_violations_mines_and_hectares():
    one = [alert("M", area=0.5)]
    assert headline(one).startswith("1 violation stands at 1 mine: 0.50 ha dug where the law")
    assert headline([*one, *one, alert("N", area=1.25)]).startswith(
        "3 violations stand at 2 mines: 2.25 ha dug"
    )
