"""The servers that `make test-integrations` starts, each for one session of tests.

Where a server cannot be started its tests are skipped, and say so; with INTEGRATIONS_REQUIRED=1 they fail.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from itertools import count

import pytest

from benchmarks.postgresql import ServerMissing, postgresql
from export.queue import Queue
from export.tables import metadata
from tests.export.conftest import draft  # noqa: F401 - a fixture
from tests.queues import fresh_queue, queue, url  # noqa: F401 - fixtures


def unavailable(why: object) -> None:
    """Skip what needs a server that is not there, or fail where it has to be."""
    if os.environ.get("INTEGRATIONS_REQUIRED") == "1":
        pytest.fail(f"required, but not available: {why}")
    pytest.skip(f"NOT TESTED: {why}")


class PostgresqlDatabases:
    """One server and one database. A queue without tables gets a schema of its own, which costs nearly nothing; one
    with tables is always the same, emptied."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._numbers = count()
        self._opened = self.empty()
        Queue(self._opened).open().close()

    def empty(self) -> str:
        schema = f"queue{next(self._numbers)}"
        self.run(f"CREATE SCHEMA {schema}")
        return f"{self.server}&options=-csearch_path%3D{schema}"

    def opened(self) -> str:
        self.run(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY", self._opened)
        return self._opened

    def run(self, statement: str, database: str | None = None) -> None:
        """Run one statement as the server's superuser."""
        import psycopg

        with psycopg.connect(database or self.server, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def databases() -> Iterator[PostgresqlDatabases]:
    if importlib.util.find_spec("psycopg") is None:
        unavailable("psycopg is not installed (the extra `postgres`)")
    try:
        with postgresql(durable=False) as server:
            yield PostgresqlDatabases(server)
    except ServerMissing as missing:
        unavailable(missing)
