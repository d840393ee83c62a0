from __future__ import annotations

from pathlib import Path

import pytest

from cube import CubeError
from pipelines.config import settings_of
from pipelines.database.address import DatabaseSettings, address, said
from pipelines.database.runs import load_run

OUTPUT = Path("outputs")
SECRET = "postgresql://ann:s3cret@db.example:5433/mines?sslmode=require"


def test_no_url_is_the_file_beside_the_run():
    assert said(address("", OUTPUT)) == "outputs/results.sqlite"


@pytest.mark.parametrize("kind", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_way_to_name_postgresql_means_one_driver(kind):
    found = address(f"{kind}://ann@db.example/mines", OUTPUT)
    assert found.drivername == "postgresql+psycopg"
    assert said(found) == "postgresql://ann@db.example/mines"


def test_a_password_is_used_and_not_said():
    found = address(SECRET, OUTPUT)
    assert found.password == "s3cret"
    assert said(found) == "postgresql://ann@db.example:5433/mines"


@pytest.mark.parametrize(
    "url", [SECRET, "postgresql://ann@db/mines?password=s3cret", "postgresql://:s3cret@db/mines"]
)
def test_settings_take_no_password_because_run_json_keeps_them(url):
    with pytest.raises(CubeError, match="PGPASSWORD") as refused:
        DatabaseSettings(url)
    assert "s3cret" not in str(refused.value)


def test_settings_without_a_password_are_kept_as_told():
    told = DatabaseSettings("postgresql://ann@db.example/mines")
    assert settings_of(told) == {"url": "postgresql://ann@db.example/mines"}


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("mysql://ann:s3cret@db/mines", "not kept in 'mysql'"),
        ("postgresql+asyncpg://ann:s3cret@db/mines", "not kept in 'postgresql\\+asyncpg'"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("postgresql://ann:s3cret@db", "names no database"),
        ("ann:s3cret@db/mines", "cannot be read"),
        ("postgresql://ann:s3cret@db:54x/mines", "cannot be read"),
    ],
)
def test_what_is_no_database_for_results_is_refused_without_repeating_it(url, wrong):
    with pytest.raises(CubeError, match=wrong) as refused:
        address(url, OUTPUT)
    assert "s3cret" not in str(refused.value)


def test_a_server_that_is_not_there_is_said_without_the_password(run):
    url = "postgresql://ann:s3cret@127.0.0.1:1/mines?connect_timeout=2"
    with pytest.raises(CubeError, match=r"127.0.0.1:1/mines: loading failed.*run again") as refused:
        load_run(url, run)
    assert "s3cret" not in str(refused.value)


def test_a_wrong_password_is_said_without_it(postgresql, run):
    with pytest.raises(CubeError, match="password authentication failed") as refused:
        load_run(postgresql.url(password="wr0ng"), run)
    assert "wr0ng" not in str(refused.value)


def test_an_unknown_option_is_said_without_the_password(run):
    url = "postgresql://ann:s3cret@127.0.0.1:1/mines?colour=s3cret"
    with pytest.raises(CubeError, match="colour") as refused:
        load_run(url, run)
    assert "s3cret" not in str(refused.value)


def test_a_folder_that_is_not_there_is_said(run, tmp_path):
    with pytest.raises(CubeError, match=r"there is no folder .*nowhere"):
        load_run(f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite'}", run)


def test_a_file_that_is_no_database_is_left_alone(run):
    file = run / "results.sqlite"
    file.write_text("dear diary, " * 1000)
    with pytest.raises(CubeError, match=r"not a database. Move the file away"):
        load_run("", run)
    assert file.read_text().startswith("dear diary")
