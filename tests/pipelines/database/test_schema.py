from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, insert, inspect, text

from cube import CubeError
from pipelines.database import load_run, mine_page, opened, schema
from pipelines.database.engine import reading, writing
from pipelines.database.ledger_rows import ledger_rows
from pipelines.database.load import load_rows
from pipelines.database.run_rows import run_rows
from pipelines.database.runs import migrated, recorded
from pipelines.database.schema import VERSION_TABLE, newest
from pipelines.database.tables import Base, Run

NEXT = '''
"""9002: a column that a later minecube might need."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9002", "{head}", None, None

def upgrade():
    op.add_column("mines", sa.Column("colliery", sa.String(), nullable=True))
    {then}
'''


def later_minecube(folder, monkeypatch, then="pass") -> None:
    """Work from here on as a minecube with one migration more."""
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    migration = NEXT.format(head=newest(), then=then)
    (folder / "versions" / "later.py").write_text(migration)
    monkeypatch.setattr(schema, "MIGRATIONS", folder)


def test_the_migrations_make_the_tables_that_the_models_describe(url, run):
    migrated(url, run)
    with opened(url, run) as engine, reading(engine) as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_an_empty_database_makes_it_and_again_changes_nothing(url, run):
    assert migrated(url, run) == (None, newest())
    assert migrated(url, run) == (newest(), newest())


def test_an_older_database_is_refused_with_the_command_that_migrates_it(
    url, run, tmp_path, monkeypatch
):
    load_run(url, run)
    old = newest()
    later_minecube(tmp_path / "later", monkeypatch)
    with (
        pytest.raises(CubeError, match=rf"at migration {old}, .* works with 9002.*DIR migrate"),
        opened(url, run) as engine,
    ):
        mine_page(engine, "B_001")
    with pytest.raises(CubeError, match="DIR migrate"):
        load_run(url, run)
    assert migrated(url, run) == (old, "9002")
    with opened(url, run) as engine:
        assert mine_page(engine, "B_001").mine["total_excavated_ha"] == 0.42


def test_a_database_of_the_first_migration_keeps_every_row(url, run, tmp_path, monkeypatch):
    with monkeypatch.context() as then:
        folder = tmp_path / "first"
        shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("law_tables.py"))
        then.setattr(schema, "MIGRATIONS", folder)
        assert migrated(url, run) == (None, "0001")
    rows, ledger = run_rows(run, recorded(run)), ledger_rows(run)
    with opened(url, run) as engine, writing(engine) as connection:
        _load_as_of_0001(connection, rows)
    assert migrated(url, run) == ("0001", newest())
    with opened(url, run) as engine:
        old = mine_page(engine, "B_001")
        assert load_rows(engine, rows, ledger).fresh
        new = mine_page(engine, "B_001")
    assert [(a["area_ha"], a["opened_ha"], a["no_go_ha"]) for a in old.areas] == [
        (0.3, 0.4, None),
        (0.42, 0.42, None),
    ]
    assert (len(old.regions), len(old.alerts), old.rates, old.watch_list) == (1, 1, [], [])
    assert old.alerts[0]["p_outside"] is None
    assert [a["no_go_ha"] for a in new.areas] == [0.3, 0.42]
    assert [one["id"] for one in new.history] == [2, 1]


def _load_as_of_0001(connection, rows) -> None:
    """What a minecube of then inserted: the tables and columns there were."""
    there = MetaData()
    there.reflect(connection)
    run = rows.run | {"loaded_at": datetime(2026, 1, 1, tzinfo=UTC), "key": "an older run"}
    run_id = connection.execute(insert(Run).values(run).returning(Run.id)).scalar_one()
    for name, of_table in rows.of_run.items():
        if name in there.tables:
            known = there.tables[name].columns.keys()
            for row in of_table:
                told = {key: value for key, value in row.items() if key in known}
                connection.execute(insert(there.tables[name]), told | {"run_id": run_id})


def test_a_newer_database_is_refused_with_the_advice_to_update(url, run, tmp_path, monkeypatch):
    with monkeypatch.context() as later:
        later_minecube(tmp_path / "later", later)
        migrated(url, run)
    for refused in (load_run, migrated):
        with pytest.raises(CubeError, match=r"9002, which this minecube .* Update minecube"):
            refused(url, run)


def test_a_migration_that_fails_half_way_changes_nothing(url, run, tmp_path, monkeypatch):
    load_run(url, run)
    later_minecube(tmp_path / "later", monkeypatch, then="op.drop_table('no_such_table')")
    with pytest.raises(CubeError, match="no_such_table"):
        migrated(url, run)
    with opened(url, run) as engine, reading(engine) as connection:
        assert schema.revision(connection) != "9002"
        columns = {column["name"] for column in inspect(connection).get_columns("mines")}
    assert "colliery" not in columns


def test_tables_of_others_under_our_names_are_refused(url, run):
    with opened(url, run) as engine, writing(engine) as connection:
        connection.execute(text("CREATE TABLE regions (name text)"))
    with pytest.raises(CubeError, match="a table 'regions' that minecube did not make"):
        load_run(url, run)
    with opened(url, run) as engine, reading(engine) as connection:
        assert inspect(connection).get_table_names() == ["regions"]


def test_a_folder_with_a_percent_sign_migrates(run, tmp_path):
    folder = tmp_path / "100%s"
    folder.mkdir()
    assert load_run(f"sqlite:///{folder}/results.sqlite", run).fresh


def test_a_database_that_was_never_loaded_says_so(run):
    with (
        pytest.raises(CubeError, match=r"there is no database .*load a run"),
        opened("", run) as engine,
    ):
        mine_page(engine, "B_001")
    assert not (run / "results.sqlite").exists()
