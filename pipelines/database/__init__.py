"""The results of every run, for asking: SQLite beside the run, PostgreSQL in production."""

from pipelines.database.address import DatabaseSettings
from pipelines.database.mine_page import MinePage, mine_page
from pipelines.database.runs import load_run, opened

__all__ = ["DatabaseSettings", "MinePage", "load_run", "mine_page", "opened"]
