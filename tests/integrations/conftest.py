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
from tests.export.conftest import draft  # noqa: F401 - a fixture
from tests.queues import fresh_queue, queue, url  # noqa: F401 - fixtures


def unavailable(why: object) -> None:
    """Skip what needs a server that is not there, or fail where it has to be."""
    if os.environ.get("PRELABEL_REQUIRE_INTEGRATIONS") == "1":
        pytest.fail(f"required, but not available: {why}")
    pytest.skip(f"NOT TESTED: {why}")


class PostgresqlDatabases:
    """A database for each; one with tables is a copy of a template."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._numbers = count()
        self._template = self._made("CREATE DATABASE {}")
        Queue(self._url(self._template)).open().close()

    def empty(self) -> str:
        return self._url(self._made("CREATE DATABASE {}"))

    def opened(self) -> str:
        return self._url(self._made(f"CREATE DATABASE {{}} TEMPLATE {self._template}"))

    def _made(self, statement: str) -> str:
        name = f"prelabel{next(self._numbers)}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement.format(name))
        return name

    def _url(self, name: str) -> str:
        return self.server.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def databases() -> Iterator[PostgresqlDatabases]:
    try:
        with postgresql(durable=False) as server:
            yield PostgresqlDatabases(server)
    except ServerMissing as missing:
        unavailable(missing)
