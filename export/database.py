"""The queue's database, SQLite or PostgreSQL: opened, brought up to date, changed in whole transactions.

A transaction first holds the recording or worker that it is about, where there may be no row yet; then it locks the
rows it wants, in the order of their numbers or none that it would have to wait for; then it changes them, and notes
an event for each change. The events
are written last, under one lock for all writers (SQLite's write lock, an advisory lock on PostgreSQL), so that they
are committed in the order of their numbers and a reader that asks for what came after a number misses none. Nothing
is locked after that lock, so writers cannot wait for one another in a circle.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolExhausted

from core.errors import MissingExtra, QueueUnusable, UsageProblem
from export.states import Actor, State
from export.tables import REVISION, VERSION_TABLE, Instant, events, metadata

BUSY_SECONDS = 15.0
"""How long a writer waits for another one before it gives up."""

IDLE_SECONDS = 60.0
"""PostgreSQL ends a transaction that asks for nothing for so long: its machine may be gone, its locks are not."""

_POOL: Mapping[str, Any] = {"pool_size": 16, "max_overflow": 32}
"""Connections that are kept, and those that are opened for a moment when the 40 threads of a server and its
housekeeping all want one."""

_EVENTS_LOCK = 0x70726C62  # "prlb": any number will do that no other program of the database uses
_NAME_LOCK = _EVENTS_LOCK + 1

_NOT_OURS = ("42501", "3F000", "42P07")
"""SQLSTATE insufficient_privilege, invalid_schema_name, duplicate_table: so PostgreSQL says that a user may make no
tables here, or that another program has made one of the same name."""

_upgrading = threading.Lock()  # Alembic keeps its running migration in module globals


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be noted of one change: an event without its number and time. `by` says who, where known."""

    kind: str
    actor: Actor
    by: str | None
    draft_id: str
    recording_id: str
    before: State | None
    after: State | None
    version: int | None
    details: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Transaction:
    """A transaction that changes the queue."""

    connection: Connection
    noted: list[Change] = field(default_factory=list)
    _now: datetime | None = None

    @property
    def now(self) -> datetime:
        """When the first look at it was, by the database's clock, where it has one of its own."""
        if self._now is None:
            self._now = time_of(self.connection)
        return self._now

    @property
    def clock(self) -> tuple[sa.ColumnElement[datetime], Mapping[str, datetime]]:
        """`now` for a statement that does not ask for it first: an expression, and the parameters that it needs."""
        if self.connection.dialect.name == "postgresql":
            return _THEIR_CLOCK, {}
        return _OUR_CLOCK, {_OUR_CLOCK.key: self.now}

    def hold(self, name: str) -> None:
        """Let no other transaction hold a recording, worker or file of this name before this one ends.

        A transaction holds one at most, and before it locks any row.
        """
        if self.connection.dialect.name == "postgresql":
            key = sa.func.hashtext(name)
            self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_NAME_LOCK, key)))

    def note(self, change: Change) -> None:
        """Append an event when the transaction ends."""
        self.noted.append(change)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """This transaction, for a function that may as well begin one: what it changes becomes part of this one."""
        yield self


class Database:
    """A database at a URL. Free to build; opens, and makes its tables, on first use."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._turn = threading.Lock()

    def open(self) -> Self:
        """Connect, and bring the tables up to date. Raises QueueUnusable where that cannot be."""
        _ = self._engine
        return self

    def close(self) -> None:
        """Let go of the connections; the next use opens them again."""
        engine = self.__dict__.pop("_engine", None)
        if engine is not None:
            engine.dispose()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that may change the queue; on an error nothing of it remains."""
        with self._explained(), self._in_turn(), _begun(self._engine, "write") as connection:
            transaction = Transaction(connection)
            yield transaction
            _write_events(transaction)

    @contextmanager
    def reading(self, *, once: bool = False) -> Iterator[Connection]:
        """A transaction that sees one state of the queue and waits for no writer.

        `once`: it asks one thing only, and needs neither beginning nor end.
        """
        with self._explained(), _begun(self._engine, "ask" if once else "read") as connection:
            yield connection

    def answer(self) -> None:
        """Do nothing but reach the database. Raises QueueUnusable where it cannot be reached."""
        with self.reading(once=True) as connection:
            connection.execute(sa.select(1))

    def erase_traces(self) -> None:
        """Write SQLite's log into the file: it would keep what was deleted.

        Raises QueueUnusable where another process reads for so long that it cannot be done.
        """
        if self._engine.dialect.name == "sqlite":
            with self._explained(), _autocommitting(self._engine) as raw:
                busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise QueueUnusable(
                    f"the log of the queue {_shown(self.url)} still holds what was deleted",
                    why="another process has been reading the queue all the time",
                    fix="run the command again when that process is done",
                )

    @cached_property
    def _engine(self) -> Engine:
        url = _parsed(self.url)
        with self._explained():
            engine = _connected(url)
            try:
                _upgrade(engine, _shown(self.url))
            except BaseException:
                engine.dispose()
                raise
        return engine

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One writer of this process at a time on SQLite.

        It lets in one at a time anyhow, but whom it turns away it lets sleep, longer each time, while others pass.
        """
        if self._engine.dialect.name != "sqlite":
            yield
            return
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise _unusable(self.url, TimeoutError("the database is locked by another thread of this process"))
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors of the database as QueueUnusable, or UsageProblem where it is asked to hold what it cannot.

        Those that only a mistake of ours can raise go through.
        """
        try:
            yield
        except DataError as error:
            raise UsageProblem(
                "the queue cannot hold this",
                why=_cause_of(error),
                fix="leave out characters that are no text (U+0000), and numbers and names beyond all measure",
            ) from error
        except (IntegrityError, ProgrammingError) as error:
            if getattr(error.orig, "sqlstate", None) not in _NOT_OURS:
                raise
            raise _unusable(self.url, error) from error
        except (DatabaseError, PoolExhausted, sqlite3.DatabaseError) as error:
            raise _unusable(self.url, error) from error


def insert_into(connection: Connection, table: sa.Table) -> Any:
    """An INSERT that can say what to do where the row is there; SQLAlchemy has one for each dialect."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def time_of(connection: Connection) -> datetime:
    """The time by which leases are judged: one clock for all machines of a PostgreSQL queue."""
    if connection.dialect.name == "postgresql":
        found: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)
    return datetime.now(UTC)


_LOCKED = sa.select(sa.func.pg_advisory_xact_lock(_EVENTS_LOCK).label("held")).cte("locked")
_APPENDED = events.insert().from_select(
    [column.name for column in events.c if column is not events.c.seq],
    sa.select(
        sa.func.clock_timestamp(),
        *(sa.bindparam(column.name, type_=column.type) for column in events.c if column.name not in ("seq", "at")),
    ).select_from(_LOCKED),
)
"""PostgreSQL takes the lock before it reads its clock and gives a number: there is no row to do it for sooner. All
in one statement, so that nobody waits for the lock while its holder and the database talk."""


_THEIR_CLOCK: sa.ColumnElement[datetime] = sa.func.now(type_=Instant())
_OUR_CLOCK = sa.bindparam("clock", type_=Instant())


def _write_events(transaction: Transaction) -> None:
    if not transaction.noted:
        return
    connection = transaction.connection
    rows = [
        {
            "kind": change.kind,
            "actor": change.actor,
            "by": change.by,
            "draft_id": change.draft_id,
            "recording_id": change.recording_id,
            "from_state": change.before,
            "to_state": change.after,
            "version": change.version,
            "details": dict(change.details) if change.details is not None else None,
        }
        for change in transaction.noted
    ]
    if connection.dialect.name == "postgresql":
        connection.execute(_APPENDED, rows)
    else:
        at = time_of(connection)
        connection.execute(events.insert(), [{"at": at, **row} for row in rows])


def _parsed(text: str) -> URL:
    """The database URL, with the driver that we ship for. Raises UsageProblem."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    backend = url.drivername.split("+")[0] if url else None
    if url is not None and backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url is not None and backend == "sqlite" and url.database and not url.database.startswith(":memory:"):
        return url
    raise UsageProblem(
        f"the queue cannot be at {_shown(text)!r}",
        why="it is not the address of an SQLite file or a PostgreSQL database",
        fix="name one, as in sqlite:////data/queue.db or postgresql://user@host/prelabel, "
        "in --queue or PRELABEL_QUEUE",
    )


def _shown(text: str) -> str:
    """The URL as it may be shown: without a password."""
    try:
        return make_url(text).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return text if "@" not in text else text.rpartition("@")[2]


def _connected(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    try:
        return _postgresql(url)
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "cannot open a PostgreSQL queue",
            why=f"the package {error.name} is not installed",
            fix="install prelabel with the extra `postgres`",
        ) from error


def _postgresql(url: URL) -> Engine:
    """An engine of which no transaction waits for ever, whatever the server's own settings are."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, **_POOL)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = '{BUSY_SECONDS:.0f}s'")
        connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS:.0f}s'")

    _begin_as_told(
        engine,
        {
            "write": "BEGIN ISOLATION LEVEL READ COMMITTED",
            # Otherwise each statement would see a state of its own.
            "read": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        },
    )
    return engine


def _sqlite(url: URL) -> Engine:
    """An engine whose transactions begin when we say so, and are on the disk when they end."""
    file = Path(url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise QueueUnusable(
            f"the queue {file} cannot be opened",
            why=f"its folder cannot be made: {error.strerror}",
            fix="make the folder writable, or name another queue in --queue or PRELABEL_QUEUE",
        ) from error
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS}, **_POOL)

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late to hold a lock
        for pragma in (
            "synchronous = FULL",  # a power cut after success loses nothing
            "foreign_keys = ON",
            "secure_delete = ON",  # what is forgotten leaves no bytes in free pages
        ):
            connection.execute(f"PRAGMA {pragma}")

    # A transaction that reads first and writes later fails at once when another writer came in between, without
    # waiting for its turn; IMMEDIATE takes its turn at the start.
    _begin_as_told(engine, {"write": "BEGIN IMMEDIATE", "read": "BEGIN"})
    return engine


def _begin_as_told(engine: Engine, beginnings: Mapping[str, str]) -> None:
    """Neither driver begins a transaction by itself; `_begun` says which kind it is to be."""

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        beginning = beginnings.get(connection.get_execution_options()["purpose"])
        if beginning is not None:
            connection.exec_driver_sql(beginning)


@contextmanager
def _begun(engine: Engine, purpose: Literal["write", "read", "ask"]) -> Iterator[Connection]:
    """A connection in a transaction that may write, or sees one state; in none to ask one thing."""
    with engine.connect().execution_options(purpose=purpose) as connection, connection.begin():
        yield connection


@contextmanager
def _autocommitting(engine: Engine) -> Iterator[sqlite3.Connection]:
    """SQLite's own connection, outside any transaction: some pragmas do nothing inside one."""
    proxied = engine.raw_connection()
    try:
        connection = proxied.driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - for the type checker
        yield connection
    finally:
        proxied.close()


def _upgrade(engine: Engine, shown: str) -> None:
    """Bring the tables to the newest revision; several processes may try at once, one does."""
    with _begun(engine, "read") as connection:
        if _revision(connection) == REVISION:
            return
    if engine.dialect.name == "sqlite":
        _use_write_ahead_log(engine)
    with _upgrading, _begun(engine, "write") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL lock_timeout = 0"))  # a migration takes as long as it takes
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_EVENTS_LOCK)))
        revision = _revision(connection)
        if revision != REVISION:
            _insist_ours(connection, revision, shown)
            _migrate(connection)


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    return found


def _use_write_ahead_log(engine: Engine) -> None:
    """Readers then never wait for writers. The file remembers it.

    SQLite does not wait its turn for this one change, so we do.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    with _autocommitting(engine) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return


def _insist_ours(connection: Connection, revision: str | None, shown: str) -> None:
    if revision is not None:
        if revision > REVISION:
            raise QueueUnusable(
                f"the queue {shown} cannot be opened",
                why=f"a newer prelabel wrote it (tables at {revision}, this release knows {REVISION})",
                fix="use that release of prelabel, or name another queue in --queue or PRELABEL_QUEUE",
            )
        return
    found = set(sa.inspect(connection).get_table_names())
    foreign = found if connection.dialect.name == "sqlite" else found & metadata.tables.keys()
    if foreign:
        raise QueueUnusable(
            f"{shown} is not a queue of prelabel",
            why=f"it holds tables that prelabel did not make ({', '.join(sorted(foreign)[:3])})",
            fix="name another database in --queue or PRELABEL_QUEUE",
        )


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _unusable(url: str, error: Exception) -> QueueUnusable:
    cause = _cause_of(error)
    return QueueUnusable(f"the queue {_shown(url)} cannot be used", why=cause, fix=_fix_of(cause))


def _cause_of(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip()


def _fix_of(cause: str) -> str:
    """What a person can do, by what SQLite and PostgreSQL say."""
    if "not a database" in cause or "malformed" in cause or "no such" in cause:
        return "move the file away, or name another queue in --queue or PRELABEL_QUEUE; drafts stay in the store"
    if "permission denied" in cause or "no schema" in cause:
        return "let the user of the address make tables: GRANT CREATE, USAGE ON SCHEMA public TO that user"
    if "already exists" in cause:
        return "name another database, or a schema of its own, in --queue or PRELABEL_QUEUE"
    if "QueuePool" in cause:
        return "ask for less at the same time, or start another server process"
    if "locked" in cause or "lock timeout" in cause:
        return "wait until the other process is done; for several machines use PostgreSQL, not a shared folder"
    if "full" in cause:
        return "free some space on its disk"
    if "unable to open" in cause or "readonly" in cause or "I/O" in cause:
        return "make the file and its folder writable, or name another queue in --queue or PRELABEL_QUEUE"
    return "check that the database server runs and that its address, user and password are right"
