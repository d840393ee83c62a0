"""A run written by hand, and a fresh database of either kind for every test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from benchmarks.postgresql import NoPostgresql, Server, server
from tests.pipelines.database.hand_run import write_run

COUNT = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own; what needs it is skipped where it cannot be had."""
    try:
        with server() as one:
            yield one
    except NoPostgresql as reason:
        pytest.skip(str(reason))


@pytest.fixture
def postgresql_url(postgresql) -> str:
    """An empty database on it."""
    name = f"results_{next(COUNT)}"
    with psycopg.connect(postgresql.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgresql.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'anywhere.sqlite'}"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture
def run(tmp_path) -> Path:
    """The output folder of a run written by hand."""
    return write_run(tmp_path / "outputs")
