"""The servers that `make test-integrations` starts, each for one session of tests.

Where a server cannot be started its tests are skipped, and say so; with INTEGRATIONS_REQUIRED=1 they fail.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.chromium import BrowserMissing, chromium
from benchmarks.postgresql import ServerMissing, postgresql
from export.queue import Queue
from export.tables import metadata
from tests.browser import Person, Site, make_demo_home
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


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fixtures can ask whether their test has failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_home(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium, for one file of tests only: while it is driven no test of this thread can run an event loop."""
    try:
        with chromium() as (_, opened):
            yield opened
    except BrowserMissing as missing:
        unavailable(missing)


@pytest.fixture
def site(browser: Browser, demo_home: Path, tmp_path: Path) -> Iterator[Site]:
    """A server over a copy of the demo's drafts that is this test's own."""
    served = Site(Path(shutil.copytree(demo_home, tmp_path / "home")))
    yield served
    served.close()


@pytest.fixture
def person(
    request: pytest.FixtureRequest, browser: Browser, site: Site, tmp_path: Path
) -> Iterator[Callable[[str], Person]]:
    """Whoever is named comes to the page, on a device of their own, which speaks English.

    Whatever troubled one of their pages fails the test. Of a test that fails there are pictures and a trace
    (`playwright show-trace`) in its temporary folder.
    """
    came: list[Person] = []

    def come(name: str) -> Person:
        context = browser.new_context(
            locale="en-US", timezone_id="Asia/Seoul", viewport={"width": 1440, "height": 900}
        )
        context.tracing.start(snapshots=True)
        came.append(Person(name, context, site))
        return came[-1]

    yield come
    for number, one in enumerate(came):
        folder = tmp_path / f"{number}-{one.name}"
        if one.troubles or request.node.stash.get(FAILED, False):
            one.keep(folder)
            print(f"pictures and trace of {one.name}: {folder}")
        one.context.close()
    assert {one.name: one.troubles for one in came if one.troubles} == {}
