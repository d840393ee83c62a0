"""The summary of a run as a figure: what its bars and areas measure."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from pipelines.pictures import png
from pipelines.reporting.monthly import MonthlyAreas
from pipelines.summary_picture import summary_figure

LAWS = ("leased_ha", "watch_buffer_ha", "outside_lease_ha", "no_go_ha", "unruled_ha")


def record(mine: str, dug: float) -> dict:
    return {"mine_id": mine, "total_excavated_ha": dug, "dates": ["2022-01-01", "2022-01-11"],
            "opened_ha": [0.0, dug], "observability": {"observable_share": 0.65}}  # fmt: skip


def alerts(*rows: tuple[str, str, float]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=["mine_id", "severity", "area_ha"])
    table = table.assign(zone_type="forest", zone_id="F_1", state="open")
    return gpd.GeoDataFrame(table, geometry=[Point(0, 0)] * len(rows), crs=4326)


@pytest.fixture
def areas(tmp_path):
    (tmp_path / "final/metrics").mkdir(parents=True)
    rows = [("$a$", "2022-01", 3.0, 0.0, 0.0, 1.0, 0.0), ("B", "2022-01", 2.0, 0, 0, 0, 0)]
    table = pd.DataFrame(rows, columns=["mine_id", "month", *LAWS])
    table.to_csv(tmp_path / "final/metrics/monthly_areas.csv", index=False)
    return MonthlyAreas(tmp_path)


def test_bars_are_as_long_as_the_ground_is_large(areas):
    records = {"$a$": record("$a$", 4.0), "B": record("B", 2.0)}
    figure = summary_figure(records, areas, alerts(("$a$", "LOW", 1.0)), "2022")
    _, mines, judged, violated = figure.axes
    ends = [bar.get_x() + bar.get_width() for bar in mines.patches]
    assert max(ends) == 4.0  # 3 leased and 1 in a no-go zone
    assert [text.get_text() for text in mines.get_yticklabels()] == ["B", r"\$a\$ *"]
    assert sum(bar.get_height() for bar in judged.patches) == 2
    assert [text.get_text() for text in violated.texts] == [" 1.00 ha, 1 alert"]
    assert figure.get_suptitle() == "2 mines, 2022: 6.0 ha dug, 1 violation that stands"
    assert png(figure).startswith(b"\x89PNG")


def test_parts_of_a_bar_are_told_apart_by_severity(areas):
    table = alerts(("B", "LOW", 1.0), ("B", "HIGH", 2.0), ("B", "HIGH", 0.5))
    violated = summary_figure({"B": record("B", 2.0)}, areas, table, "2022").axes[3]
    widths = [bar.get_width() for bar in violated.patches]
    assert np.allclose(widths, [2.5, 1.0])  # the gravest first
    assert [text.get_text() for text in violated.get_legend().get_texts()] == [
        "high severity", "low severity",
    ]  # fmt: skip


def test_a_run_that_found_nothing_says_so_in_every_panel(tmp_path):
    figure = summary_figure({}, MonthlyAreas(tmp_path), alerts(), "2022")
    said = [axes.texts[0].get_text() for axes in figure.axes]
    assert said == ["no ground was found dug", "no ground was found dug",
                    "no mine was looked at", "no violation was found"]  # fmt: skip
    assert png(figure).startswith(b"\x89PNG")
