from __future__ import annotations

import json
import sqlite3
import threading
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from shapely import from_wkb
from sqlalchemy import Engine, event, func, inspect, select

from cube import CubeError
from pipelines.database import load_run, mine_page, opened
from pipelines.database.engine import reading
from pipelines.database.tables import Base, Run
from pipelines.run_record import file_hash
from tests.pipelines.database.hand_run import ALERT, NOTICE, REGION, SHAPES, write_run


def rows(url, output) -> dict[str, int]:
    """How many rows every table has; {} where there are no tables."""
    with opened(url, output) as engine, reading(engine) as connection:
        there = inspect(connection).get_table_names()
        return {
            name: connection.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
            if name in there
        }


def test_a_run_goes_in_as_it_lies_there(url, run):
    loaded = load_run(url, run)
    assert loaded.fresh
    assert loaded.rows == {"mines": 2, "regions": 1, "monthly_areas": 2, "observability": 1,
                           "alerts": 1, "rates": 2, "encroachment": 1, "boundaries": 2,
                           "watch_list": 1, "observed_months": 2, "ledger": 0,
                           "verdicts": 0}  # fmt: skip
    with opened(url, run) as engine:
        page = mine_page(engine, "B_001")
    assert page.run["cube_snapshot"] == "CUBE1"
    assert page.run["results_snapshot"] == "RESULTS1"
    assert page.run["period"] == "2021-12-17/2022-01-25"
    assert abs(page.run["loaded_at"] - datetime.now(UTC)) < timedelta(minutes=1)
    assert page.mine["law"] == "NO-GO"
    assert page.mine["total_excavated_ha"] == 0.42
    assert (page.mine["west"], page.mine["north"]) == (86.44, 23.79)
    assert page.observability["observable_share"] == 0.5396


def test_months_take_the_last_slot_that_begins_in_them(url, run):
    load_run(url, run)
    with opened(url, run) as engine:
        areas = mine_page(engine, "B_001").areas
    # 2021-12: slots of the 17th and 27th, the latter counts; 2022-01: the 6th and the 16th
    assert [(a["month"], a["area_ha"], a["opened_ha"]) for a in areas] == [
        (date(2021, 12, 1), 0.3, 0.4),
        (date(2022, 1, 1), 0.42, 0.42),
    ]


def test_months_have_their_ground_by_law_and_say_whether_they_were_observed(url, run):
    load_run(url, run)
    with opened(url, run) as engine:
        page = mine_page(engine, "B_001")
    assert [(a["leased_ha"], a["no_go_ha"], a["unruled_ha"]) for a in page.areas] == [
        (0.0, 0.3, 0.0),
        (0.0, 0.42, 0.0),
    ]
    assert [
        (m["month"], m["status"], m["clear_looks"], m["failed_reads"]) for m in page.months
    ] == [
        (date(2021, 12, 1), "activity", 1.5, 0),
        (date(2022, 1, 1), "not_observable", 0.25, 1),
    ]


def test_rates_fronts_and_sides_of_the_line_go_in(url, run):
    load_run(url, run)
    with opened(url, run) as engine:
        page = mine_page(engine, "B_001")
    assert [(r["subject"], r["ha_per_month_low"], r["counted_until"]) for r in page.rates] == [
        ("alert", 0.05, date(2022, 1, 25)),
        ("mine", 0.05, date(2022, 1, 25)),
    ]
    assert page.rates[0]["bearing_deg"] is None
    (front,) = page.encroachment
    assert (front["zone_id"], front["months"], front["compass"]) == ("W_2", 3.0, "east")
    (alert,) = page.alerts
    assert (alert["low_ha"], alert["high_ha"], alert["p_outside"]) == (0.29, 0.47, 0.97)
    (notice,) = page.watch_list
    assert (notice["alert_id"], notice["straddling_ha"]) == (NOTICE, 0.1)
    assert notice["first_violation_date"] == date(2022, 1, 6)
    assert notice["p_outside"] is notice["confirmed_date"] is notice["confidence"] is None
    assert from_wkb(notice["geometry"]).equals(SHAPES[0])


def test_a_run_of_an_older_minecube_goes_in_without_what_it_did_not_know(url, run):
    left_out = ("metrics/rates.csv", "metrics/encroachment.csv", "metrics/monthly_areas.csv",
                "metrics/observability.csv", "alerts/boundaries.csv",
                "alerts/watch_list.geojson")  # fmt: skip
    record = json.loads((run / "run.json").read_text())
    for name in left_out:
        (run / "final" / name).unlink()
        for step in record["steps"].values():
            step["files"].pop(f"final/{name}", None)
    (run / "run.json").write_text(json.dumps(record))
    load_run(url, run)
    with opened(url, run) as engine:
        page = mine_page(engine, "B_001")
    assert page.rates == page.encroachment == page.watch_list == page.months == []
    assert [(a["area_ha"], a["no_go_ha"]) for a in page.areas] == [(0.3, None), (0.42, None)]
    assert page.alerts[0]["low_ha"] is None


def test_a_region_has_the_shape_of_its_last_date_and_unknown_stays_unknown(url, run):
    load_run(url, run)
    with opened(url, run) as engine:
        page = mine_page(engine, "B_001")
    (region,) = page.regions
    assert region["region_id"] == REGION
    assert region["first_date"] == date(2021, 10, 18)
    assert region["last_date"] == date(2022, 1, 16)
    assert region["confidence"] is None
    assert from_wkb(region["geometry"]).equals(SHAPES[1])
    (alert,) = page.alerts
    assert alert["alert_id"] == ALERT
    assert alert["first_violation_date"] == date(2021, 10, 18)
    assert alert["confirmed_date"] is None
    assert alert["growth_ha_per_month"] is None


def test_a_mine_that_failed_is_there_with_the_reason_and_without_areas(url, run):
    load_run(url, run)
    with opened(url, run) as engine:
        page = mine_page(engine, "A_000")
    assert page.mine["failure"] == "a chunk is lost"
    assert page.mine["total_excavated_ha"] is None
    assert page.observability is None
    assert page.regions == page.areas == page.alerts == []


def test_loading_a_run_twice_adds_nothing(url, run):
    first = load_run(url, run)
    again = load_run(url, run)
    assert (again.run_id, again.fresh) == (first.run_id, False)
    assert rows(url, run)["runs"] == 1


def test_every_run_is_kept_and_the_latest_is_shown(url, run):
    first = load_run(url, run)
    second = load_run(url, write_run(run, dug_ha=0.55))
    with opened(url, run) as engine:
        latest, older = mine_page(engine, "B_001"), mine_page(engine, "B_001", first.run_id)
    assert (latest.mine["total_excavated_ha"], older.mine["total_excavated_ha"]) == (0.55, 0.42)
    assert [(h["id"], h["total_excavated_ha"]) for h in latest.history] == [
        (second.run_id, 0.55),
        (first.run_id, 0.42),
    ]


def test_a_load_that_fails_half_way_leaves_not_even_the_tables(url, run):
    def fail(connection, cursor, statement, *more):
        if statement.startswith("INSERT INTO alerts"):
            raise CubeError("the power is gone")

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(CubeError, match="the power is gone"):
            load_run(url, run)
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    assert rows(url, run) == {}
    assert load_run(url, run).fresh


def test_a_server_that_goes_down_in_mid_load_leaves_nothing(postgresql, postgresql_url, run):
    load_run(postgresql_url, run)
    before = rows(postgresql_url, run)

    def pull_the_plug(connection, cursor, statement, *more):
        if statement.startswith("INSERT INTO alerts"):
            postgresql.stop("immediate")

    write_run(run, dug_ha=0.55)
    event.listen(Engine, "before_cursor_execute", pull_the_plug)
    try:
        with pytest.raises(CubeError, match=r"loading failed.*Nothing was changed.*run again"):
            load_run(postgresql_url, run)
    finally:
        event.remove(Engine, "before_cursor_execute", pull_the_plug)
        postgresql.start()
    assert rows(postgresql_url, run) == before
    assert load_run(postgresql_url, run).fresh


def test_two_loads_at_once_make_one_run(url, run):
    loaded = []
    threads = [threading.Thread(target=lambda: loaded.append(load_run(url, run))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.run_id for one in loaded] == [1, 1, 1, 1]
    assert sorted(one.fresh for one in loaded) == [False, False, False, True]
    assert rows(url, run)["runs"] == 1


def test_a_reader_sees_one_run_whole_while_another_is_loaded(url, run):
    load_run(url, run)
    with opened(url, run) as engine, reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(Run)) == 1
        if engine.dialect.name == "sqlite":
            return  # a writer waits for its readers: nothing to see here
        load_run(url, write_run(run, dug_ha=0.55))
        assert connection.scalar(select(func.count()).select_from(Run)) == 1


def test_a_file_changed_since_the_run_is_refused(url, run):
    file = run / "regions" / "mine_B_001_regions.json"
    file.write_text(file.read_text().replace("0.42", "0.24"))
    with pytest.raises(CubeError, match=r"mine_B_001_regions.json is not what the run's step"):
        load_run(url, run)


def test_alerts_of_other_regions_are_refused(url, run):
    alerts = (run / "run.json").read_text()
    names = "alerts/violation_alerts.parquet", "metrics/evaluation_metrics.json"
    old = {name: (run / "final" / name).read_bytes() for name in names}
    write_run(run, dug_ha=0.55)
    for name, content in old.items():
        (run / "final" / name).write_bytes(content)
    _take_step(run, "enforce", alerts)
    with pytest.raises(CubeError, match=r"alerts at .* are of 1 regions with 0.42 ha, but 1 with"):
        load_run(url, run)


def test_a_run_without_its_last_steps_is_refused(url, run):
    _take_step(run, "enforce", '{"steps": {"enforce": null}}')
    with pytest.raises(CubeError, match="has not finished its step enforce"):
        load_run(url, run)


def test_a_folder_without_a_run_is_refused_and_not_made(url, tmp_path):
    with pytest.raises(CubeError, match=r"there is no run at .*nothing"):
        load_run(url, tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_a_mine_named_like_a_formula_keeps_its_name_and_its_law(url, run):
    load_run(url, write_run(run, mine="=B_001"))
    with opened(url, run) as engine:
        page = mine_page(engine, "=B_001")
    assert page.mine["law"] == "NO-GO"
    assert len(page.rates) == len(page.months) == 2
    assert page.areas[1]["no_go_ha"] == 0.42


def test_a_text_that_postgresql_cannot_hold_is_said(postgresql_url, run):
    with pytest.raises(CubeError, match=r"loading failed.*NUL"):
        load_run(postgresql_url, write_run(run, period="2021\0"))


def test_the_sqlite_file_is_one_file(run):
    load_run("", run)
    assert [p.name for p in run.glob("results*")] == ["results.sqlite"]
    with sqlite3.connect(run / "results.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_another_applications_tables_stay_as_they_are(postgresql_url, run):
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE invoices (n int); INSERT INTO invoices VALUES (7)")
        load_run(postgresql_url, run)
        assert connection.execute("SELECT n FROM invoices").fetchone() == (7,)


def _take_step(run, name, other) -> None:
    """Put step `name` of another run.json into this one; None takes it out."""
    record = json.loads((run / "run.json").read_text())
    record["steps"][name] = json.loads(other)["steps"][name]
    if record["steps"][name] is None:
        del record["steps"][name]
    (run / "run.json").write_text(json.dumps(record))


def test_files_of_another_version_are_refused(run):
    file = run / "regions" / "mine_B_001_regions.json"
    file.write_text(file.read_text().replace("opened_ha", "dug_ha"))
    record = json.loads((run / "run.json").read_text())
    record["steps"]["regions"]["files"][f"regions/{file.name}"] = file_hash(file)
    (run / "run.json").write_text(json.dumps(record))
    with pytest.raises(CubeError, match="lack 'opened_ha': another version of minecube"):
        load_run("", run)
