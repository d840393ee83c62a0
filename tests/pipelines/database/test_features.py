from __future__ import annotations

import psycopg
import pytest

from pipelines.database import load_run
from pipelines.database.__main__ import main
from pipelines.database.runs import migrated
from tests.pipelines.database.hand_run import ALERT, verdict, write_ledger, write_run
from tests.pipelines.database.hand_run import opened as opened_act


@pytest.fixture
def postgis(postgresql_url):
    """A connection to an empty database with PostGIS, and its URL."""
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        try:
            connection.execute("CREATE EXTENSION postgis")
        except psycopg.Error as error:
            pytest.skip(f"no PostGIS beside this PostgreSQL: {str(error).splitlines()[0]}")
        yield connection, postgresql_url


def test_map_servers_see_the_latest_run_and_the_latest_state(postgis, run, capsys):
    connection, url = postgis
    load_run(url, run)
    write_ledger(run, opened_act())
    write_ledger(run, verdict("confirmed"), who="Ann")
    load_run(url, write_run(run, dug_ha=0.55))
    assert main(["--output", str(run), "--url", url, "features"]) == 0
    assert "features.alerts" in capsys.readouterr().out
    dug = "SELECT total_excavated_ha, round(ST_XMin(geom)::numeric, 2)::text FROM features.mines"
    assert connection.execute(f"{dug} WHERE mine_id = 'B_001'").fetchall() == [(0.55, "86.44")]
    alerts = connection.execute("SELECT alert_id, state, run_id FROM features.alerts").fetchall()
    assert alerts == [(ALERT, "confirmed", 2)]
    layers = "SELECT f_table_name, srid FROM geometry_columns WHERE f_table_schema = 'features'"
    assert sorted(connection.execute(layers).fetchall()) == [
        ("alerts", 4326), ("mines", 4326), ("regions", 4326), ("watch_list", 4326)]  # fmt: skip
    sides = "SELECT low_ha, high_ha, p_outside FROM features.alerts"
    assert connection.execute(sides).fetchall() == [(0.29, 0.47, 0.97)]


def test_the_views_outlive_a_migration(postgis, run):
    connection, url = postgis
    load_run(url, run)
    main(["--output", str(run), "--url", url, "features"])
    migrated(url, run)
    assert connection.execute("SELECT count(*) FROM features.regions").fetchone() == (1,)


def test_without_postgis_the_views_are_refused_with_what_to_do(url, run, capsys):
    load_run(url, run)
    assert main(["--output", str(run), "--url", url, "features"]) == 2
    assert "CREATE EXTENSION postgis" in capsys.readouterr().err
