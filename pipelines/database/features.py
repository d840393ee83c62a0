"""The tables in, views with PostGIS geometry out: what a map server or a GIS shows of them.

`features.mines`, `features.regions`, `features.alerts` and `features.watch_list` hold each mine as
its latest run saw it, an alert with its latest state. They are views: nothing is stored twice, and
any server of PostGIS tables can publish them, tipg for instance: TIPG_DB_SCHEMAS='["features"]'.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from cube.contract import CubeError
from pipelines.database.address import said

SCHEMA = "features"

_LATEST = "SELECT mine_id, max(run_id) AS run_id FROM mines GROUP BY mine_id"

_SHAPE = "ST_GeomFromWKB({}.geometry, 4326)::geometry(Geometry, 4326) AS geom"

_STATE = """
    SELECT DISTINCT ON (alert_id) alert_id, state FROM ledger
    WHERE alert_id <> '' ORDER BY alert_id, at DESC, seq DESC
"""

VIEWS = {
    "mines": f"""
        SELECT m.mine_id, m.state, m.district, m.area_ha, m.law, m.total_excavated_ha,
               m.largest_pit_ha, m.growth_ha_per_month, m.growth_consistency, m.failure,
               o.observable_share, m.run_id, {_SHAPE.format("m")}
        FROM mines m JOIN ({_LATEST}) l USING (mine_id, run_id)
        LEFT JOIN observability o USING (mine_id, run_id)""",
    "regions": f"""
        SELECT r.region_id, r.mine_id, r.first_date, r.confirmed_date, r.last_date, r.merged_into,
               r.area_ha, r.confidence, r.run_id, {_SHAPE.format("r")}
        FROM regions r JOIN ({_LATEST}) l USING (mine_id, run_id)""",
    "alerts": f"""
        SELECT a.alert_id, a.mine_id, a.zone_id, a.zone_type, a.rule, a.first_violation_date,
               a.confirmed_date, a.area_ha, a.growth_ha_per_month, a.severity, a.confidence,
               coalesce(s.state, a.state) AS state, b.low_ha, b.high_ha, b.p_outside,
               a.reason, a.run_id, {_SHAPE.format("a")}
        FROM alerts a JOIN ({_LATEST}) l USING (mine_id, run_id)
        LEFT JOIN boundaries b USING (run_id, alert_id)
        LEFT JOIN ({_STATE}) s USING (alert_id)""",
    "watch_list": f"""
        SELECT w.alert_id, w.mine_id, w.zone_id, w.zone_type, w.rule, w.first_violation_date,
               w.area_ha, w.growth_ha_per_month, w.confidence, b.low_ha, b.high_ha, b.p_outside,
               w.reason, w.run_id, {_SHAPE.format("w")}
        FROM watch_list w JOIN ({_LATEST}) l USING (mine_id, run_id)
        LEFT JOIN boundaries b USING (run_id, alert_id)""",
}


def make_features(connection: Connection) -> None:
    """Make the views, or make them anew.

    Raises
    ------
    CubeError
        If the database is not PostgreSQL, or PostGIS is not installed in it.
    """
    if not _has_postgis(connection):
        raise CubeError(
            f"{said(connection.engine.url)} has no PostGIS. On PostgreSQL, with its packages "
            "installed, somebody allowed to do so says: CREATE EXTENSION postgis."
        )
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    drop_features(connection)
    for name, query in VIEWS.items():
        connection.execute(text(f"CREATE VIEW {SCHEMA}.{name} AS {query}"))


def has_features(connection: Connection) -> bool:
    """Whether the views are there."""
    if connection.dialect.name != "postgresql":
        return False
    return connection.scalar(text(f"SELECT to_regclass('{SCHEMA}.mines')")) is not None


def drop_features(connection: Connection) -> None:
    """Take the views away: no column beneath a view can be changed."""
    for name in VIEWS:
        connection.execute(text(f"DROP VIEW IF EXISTS {SCHEMA}.{name}"))


def _has_postgis(connection: Connection) -> bool:
    asked = text("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'")
    return connection.dialect.name == "postgresql" and bool(connection.scalar(asked))
