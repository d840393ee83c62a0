"""A small run in which one mine digs in a zone, with hostile words in the law."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from analysis.alerts import standing
from pipelines import full_run
from tests.conftest import run_arguments

ZONE = 'Z<script>alert("1")</script>'
SOURCE = "drawn by hand & signed वन"


@dataclass(frozen=True)
class Accused:
    """The run's folder, the only alert in it, and the flags that made it."""

    output: Path
    alert_id: str
    told: list[str]

    def file(self, suffix: str) -> Path:
        return self.output / "final" / "evidence" / f"{self.alert_id}{suffix}"


@pytest.fixture(scope="session")
def accused(archive, small_run, tmp_path_factory) -> Accused:
    folder = tmp_path_factory.mktemp("accused")
    output = folder / "outputs"
    shutil.copytree(small_run, output)
    mine = gpd.read_file(archive.mines).set_index("mine_id").geometry["SIM_000"]
    zone = gpd.GeoDataFrame(
        {
            "zone_id": [ZONE],
            "zone_type": ["forest"],
            "valid_from": ["2019-04-01"],
            "source": [SOURCE],
            "accuracy_m": [5.0],
        },
        geometry=[shapely.box(*mine.buffer(0.002).bounds)],
        crs=4326,
    )
    zone.to_file(output / "zones.geojson", driver="GeoJSON")
    told = [
        *(flag for flag in run_arguments(archive) if not flag.startswith("--zones")),
        f"--zones={output / 'zones.geojson'}",
        f"--output={output}",
        "--steps=enforce,evidence",
    ]
    assert full_run.main(told) == 0
    alerts = gpd.read_parquet(output / "final" / "alerts" / "violation_alerts.parquet")
    alerts = standing(alerts)  # those of the law before are listed as withdrawn
    assert alerts["zone_id"].tolist() == [ZONE]
    return Accused(output, alerts["alert_id"].item(), told)
