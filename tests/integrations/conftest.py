"""The servers that `make test-integrations` starts, each for one session of tests.

Where a server cannot be started its tests are skipped, and say so; with PRELABEL_REQUIRE_INTEGRATIONS=1 they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from benchmarks.postgresql import ServerMissing, postgresql
from export.queue import Queue
from export.tables import metadata
from tests.export.conftest import draft  # noqa: F401 - a fixture
from tests.queues import fresh_queue, queue, url  # noqa: F401 - fixtures


def unavailable(why: object) -> None:
    """Skip what needs a server that is not there, or fail where it has to be."""
    if os.environ.get("PRELABEL_REQUIRE_INTEGRATIONS") == "1":
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
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        return f"{self.server}&options=-csearch_path%3D{schema}"

    def opened(self) -> str:
        tables = ", ".join(metadata.tables)
        with psycopg.connect(self._opened, autocommit=True) as connection:
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
        return self._opened


@pytest.fixture(scope="session")
def databases() -> Iterator[PostgresqlDatabases]:
    try:
        with postgresql(durable=False) as server:
            yield PostgresqlDatabases(server)
    except ServerMissing as missing:
        unavailable(missing)
