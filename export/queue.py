"""The correction queue: drafts wait here, once each, until people take them.

Rows lie in SQL, draft bodies in the media store. Every change of a row appends an event in the same transaction.
All writers take one lock for their transaction (SQLite's write lock, an advisory lock on PostgreSQL), so events
are committed in the order of their numbers and a reader that asks for what came after a number misses none.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, Row, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, ProgrammingError

from core.errors import MissingExtra, QueueUnusable, UsageProblem
from core.types import Draft, Unit
from export.drafts import printable
from export.states import GONE, TRANSITIONS, UNTOUCHED, Actor, State
from export.tables import REVISION, VERSION_TABLE, aliases, drafts, events, metadata

BUSY_SECONDS = 15.0
"""How long a writer waits for another one before it gives up."""

_ADVISORY_LOCK = 0x70726C62  # "prlb": any number will do that no other program of the database uses

_upgrading = threading.Lock()  # Alembic keeps its running migration in module globals


@dataclass(frozen=True, slots=True)
class QueuedDraft:
    """What the queue knows of a draft without opening it; `body_path` is relative to the media store."""

    draft_id: str
    recording_id: str
    uri: str
    external_id: str
    project: str
    language: str
    duration: float
    unit: Unit
    fingerprint: str
    model_set: str
    body_path: str
    body_sha256: str

    @classmethod
    def of(cls, draft: Draft, body_path: str, body_sha256: str) -> QueuedDraft:
        """The row of `draft`, whose document lies at `body_path` in the store."""
        return cls(
            draft_id=draft.draft_id,
            recording_id=draft.recording.id,
            uri=draft.recording.uri,
            external_id=draft.external_id,
            project=draft.project,
            language=draft.language,
            duration=draft.recording.duration,
            unit=draft.unit,
            fingerprint=draft.pipeline.fingerprint,
            model_set=draft.pipeline.model_set,
            body_path=body_path,
            body_sha256=body_sha256,
        )


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A draft as it stands in the queue: `seq` is its place, `version` counts its changes."""

    seq: int
    state: State
    version: int
    draft: QueuedDraft

    def to_dict(self) -> dict[str, Any]:
        """The entry for programs, in words of the draft document."""
        draft = self.draft
        return {
            "draft_id": draft.draft_id,
            "state": str(self.state),
            "project": draft.project,
            "external_id": draft.external_id,
            "recording": draft.uri,
            "recording_id": draft.recording_id,
            "duration": round(draft.duration, 3),
            "unit": {
                "index": draft.unit.index,
                "count": draft.unit.count,
                "start": round(draft.unit.start, 3),
                "end": round(draft.unit.end, 3),
            },
            "language": draft.language,
            "fingerprint": draft.fingerprint,
            "model_set": draft.model_set,
            "path": draft.body_path,
            "sha256": draft.body_sha256,
            "version": self.version,
        }


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `kind` is enqueued, superseded, alias or forgotten; an alias changes no state."""

    seq: int
    at: datetime
    kind: str
    actor: Actor
    draft_id: str
    recording_id: str
    from_state: State | None
    to_state: State | None


@dataclass(frozen=True, slots=True)
class EnqueueResult:
    """What enqueueing one recording came to.

    `entries` are its drafts as they now stand, `added` the ids that were new, `superseded` the ids whose place
    they took. `duplicate_of` is the address under which the same bytes were drafted by the same pipeline for
    the same project before, None where that was this address.
    """

    entries: tuple[QueueEntry, ...]
    added: tuple[str, ...]
    superseded: tuple[str, ...]
    duplicate_of: str | None


class Queue:
    """A queue at a database URL. Free to build; opens, and makes its tables, on first use."""

    def __init__(self, url: str) -> None:
        self.url = url

    def open(self) -> Queue:
        """Connect, and bring the tables up to date. Raises QueueUnusable where that cannot be."""
        _ = self._engine
        return self

    def close(self) -> None:
        """Let go of the connections; the next use opens them again."""
        engine = self.__dict__.pop("_engine", None)
        if engine is not None:
            engine.dispose()

    def __enter__(self) -> Queue:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def enqueue(self, queued: Sequence[QueuedDraft], *, release: bool = False) -> EnqueueResult:
        """Put all drafts of one recording, by one pipeline for one project, into the queue; all or none.

        A draft id that is there already stays as it is: the first body wins. Older drafts of the recording
        that nobody has touched are superseded. Where a person has one of them in hand, the new drafts are
        withheld and the old ones stay, so that nobody is paid twice; `release` makes the new ones ready even
        so, and then takes back the old ones that are still waiting.
        """
        one = _of_one_recording(queued)
        with self._writing() as connection:
            present = _select(connection, drafts.c.draft_id.in_([draft.draft_id for draft in queued]))
            known = {entry.draft.draft_id: entry for entry in present}
            new = [draft for draft in queued if draft.draft_id not in known]
            superseded = _place(connection, one, new, release=release) if new else ()
            first = known[queued[0].draft_id].draft.uri if queued[0].draft_id in known else one.uri
            _note_alias(connection, one)
            entries = _select(connection, drafts.c.draft_id.in_([draft.draft_id for draft in queued]))
        return EnqueueResult(
            entries=entries,
            added=tuple(draft.draft_id for draft in new),
            superseded=superseded,
            duplicate_of=None if first == one.uri else first,
        )

    def list(
        self,
        *,
        state: State | None = None,
        language: str | None = None,
        project: str | None = None,
        recording: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> tuple[QueueEntry, ...]:
        """Entries in the order they came, `limit` of them beyond `after`.

        `recording` is a recording's id or an address under which its bytes came in.
        """
        wanted = [drafts.c.seq > after]
        wanted += [drafts.c.state == state] if state is not None else []
        wanted += [drafts.c.language == language] if language is not None else []
        wanted += [drafts.c.project == project] if project is not None else []
        if recording is not None:
            named = sa.select(aliases.c.recording_id).where(aliases.c.uri == printable(recording))
            wanted += [sa.or_(drafts.c.recording_id == recording, drafts.c.recording_id.in_(named))]
        with self._reading() as connection:
            return _select(connection, sa.and_(*wanted), limit=limit)

    def show(self, draft: str) -> QueueEntry:
        """The entry of a draft id, or of the start of one that no other shares. Raises UsageProblem."""
        with self._reading() as connection:
            found = _select(connection, drafts.c.draft_id.startswith(draft, autoescape=True), limit=2)
        if len(found) == 1 and draft:
            return found[0]
        raise UsageProblem(
            f"there is no draft {draft!r}" if not found else f"{draft!r} is the start of several draft ids",
            why="the queue has no draft whose id starts so" if not found else "it has to name exactly one",
            fix="`prelabel queue list` shows the ids" + ("" if not found else "; give more digits"),
        )

    def addresses(self, recording_id: str, project: str) -> tuple[str, ...]:
        """Every address under which a recording came in for a project, the first one first."""
        query = (
            sa.select(aliases.c.uri)
            .where(aliases.c.recording_id == recording_id, aliases.c.project == project)
            .order_by(aliases.c.seq)
        )
        with self._reading() as connection:
            return tuple(dict.fromkeys(connection.scalars(query)))

    def events(self, *, after: int = 0, limit: int = 1000) -> tuple[Event, ...]:
        """The first `limit` events whose number is above `after`: ask again with the last number you got."""
        query = sa.select(events).where(events.c.seq > after).order_by(events.c.seq).limit(limit)
        with self._reading() as connection:
            return tuple(_event(row) for row in connection.execute(query))

    def history(self, draft_id: str) -> tuple[Event, ...]:
        """Every change of one draft, the first one first."""
        query = sa.select(events).where(events.c.draft_id == draft_id).order_by(events.c.seq)
        with self._reading() as connection:
            return tuple(_event(row) for row in connection.execute(query))

    def count(self) -> int:
        """How many drafts there are, in whatever state."""
        with self._reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(drafts)) or 0

    def forget(self, recording_id: str) -> int:
        """Erase a recording from the queue, whatever its drafts' states; how many drafts there were.

        The events stay, because readers of the feed have to learn of it; they hold ids and states only.
        """
        with self._writing() as connection:
            gone = _select(connection, drafts.c.recording_id == recording_id)
            for entry in gone:
                _append(connection, "forgotten", Actor.OPERATOR, entry.draft, entry.state, State.WITHDRAWN)
            connection.execute(drafts.delete().where(drafts.c.recording_id == recording_id))
            connection.execute(aliases.delete().where(aliases.c.recording_id == recording_id))
        if gone and self._engine.dialect.name == "sqlite":
            with self._explained(), _autocommitting(self._engine) as raw:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log would keep what was erased
        return len(gone)

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
    def _writing(self) -> Iterator[Connection]:
        """A transaction that holds the writers' lock; on an error nothing of it remains."""
        with self._explained(), _writing(self._engine) as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors of the database as QueueUnusable; those that only a mistake of ours can raise go through."""
        try:
            yield
        except (IntegrityError, ProgrammingError):
            raise
        except (DatabaseError, sqlite3.DatabaseError) as error:
            raise _unusable(self.url, error) from error


def _of_one_recording(queued: Sequence[QueuedDraft]) -> QueuedDraft:
    """The first of `queued`, after a look whether the others belong to it."""
    if len({(draft.recording_id, draft.project, draft.fingerprint, draft.uri) for draft in queued}) != 1:
        raise ValueError("drafts are enqueued for one recording, project and pipeline at a time")
    return queued[0]


def _place(
    connection: Connection, one: QueuedDraft, new: Sequence[QueuedDraft], *, release: bool
) -> tuple[str, ...]:
    """Insert `new` in the state that older drafts of the recording leave to them; the ids they superseded."""
    older = _select(
        connection,
        sa.and_(
            drafts.c.recording_id == one.recording_id,
            drafts.c.project == one.project,
            drafts.c.fingerprint != one.fingerprint,
            drafts.c.state.not_in(GONE),
        ),
    )
    in_hand = any(entry.state not in UNTOUCHED for entry in older)
    state = State.WITHHELD if in_hand and not release else State.READY
    # Withheld ones never reached anybody: only the newest pipeline's are worth keeping.
    yielding = {State.WITHHELD} if state is State.WITHHELD else UNTOUCHED
    superseded = [entry for entry in older if entry.state in yielding]
    for entry in superseded:
        _change(connection, entry, State.SUPERSEDED, "superseded", Actor.PIPELINE)
    for draft in new:
        connection.execute(drafts.insert().values(_values(draft) | {"state": state, "version": 1}))
        _append(connection, "enqueued", Actor.PIPELINE, draft, None, state)
    return tuple(entry.draft.draft_id for entry in superseded)


def _change(connection: Connection, entry: QueueEntry, to: State, kind: str, actor: Actor) -> None:
    """Bring a draft into another state. The caller holds the writers' lock, so nobody came in between."""
    connection.execute(drafts.update().where(drafts.c.seq == entry.seq).values(state=to, version=entry.version + 1))
    _append(connection, kind, actor, entry.draft, entry.state, to)


def _append(
    connection: Connection, kind: str, actor: Actor, draft: QueuedDraft, before: State | None, after: State
) -> None:
    if (before, after, actor) not in TRANSITIONS:
        raise ValueError(f"{actor} may not bring a draft from {before} to {after}")
    _insert_event(connection, kind, actor, draft, before, after)


def _insert_event(
    connection: Connection,
    kind: str,
    actor: Actor,
    draft: QueuedDraft,
    before: State | None,
    after: State | None,
) -> None:
    connection.execute(
        events.insert().values(
            at=datetime.now(UTC),
            kind=kind,
            actor=actor,
            draft_id=draft.draft_id,
            recording_id=draft.recording_id,
            from_state=before,
            to_state=after,
        )
    )


def _note_alias(connection: Connection, draft: QueuedDraft) -> None:
    """Remember how the recording was called; every name after the first is an event."""
    seen = [
        (uri, external_id)
        for uri, external_id in connection.execute(
            sa.select(aliases.c.uri, aliases.c.external_id).where(
                aliases.c.recording_id == draft.recording_id, aliases.c.project == draft.project
            )
        )
    ]
    if (draft.uri, draft.external_id) in seen:
        return
    connection.execute(
        aliases.insert().values(
            recording_id=draft.recording_id,
            project=draft.project,
            uri=draft.uri,
            external_id=draft.external_id,
        )
    )
    if seen:
        _insert_event(connection, "alias", Actor.PIPELINE, draft, None, None)


def _values(draft: QueuedDraft) -> dict[str, Any]:
    return {
        "draft_id": draft.draft_id,
        "recording_id": draft.recording_id,
        "uri": draft.uri,
        "external_id": draft.external_id,
        "project": draft.project,
        "language": draft.language,
        "duration": draft.duration,
        "unit_index": draft.unit.index,
        "unit_count": draft.unit.count,
        "unit_start": draft.unit.start,
        "unit_end": draft.unit.end,
        "fingerprint": draft.fingerprint,
        "model_set": draft.model_set,
        "body_path": draft.body_path,
        "body_sha256": draft.body_sha256,
    }


def _select(
    connection: Connection, wanted: sa.ColumnElement[bool], limit: int | None = None
) -> tuple[QueueEntry, ...]:
    query = sa.select(drafts).where(wanted).order_by(drafts.c.seq).limit(limit)
    return tuple(_entry(row) for row in connection.execute(query))


def _entry(row: Row[Any]) -> QueueEntry:
    return QueueEntry(
        seq=row.seq,
        state=State(row.state),
        version=row.version,
        draft=QueuedDraft(
            draft_id=row.draft_id,
            recording_id=row.recording_id,
            uri=row.uri,
            external_id=row.external_id,
            project=row.project,
            language=row.language,
            duration=row.duration,
            unit=Unit(row.unit_index, row.unit_count, row.unit_start, row.unit_end),
            fingerprint=row.fingerprint,
            model_set=row.model_set,
            body_path=row.body_path,
            body_sha256=row.body_sha256,
        ),
    )


def _event(row: Row[Any]) -> Event:
    return Event(
        seq=row.seq,
        at=row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC),  # SQLite keeps no zone; ours is always UTC
        kind=row.kind,
        actor=Actor(row.actor),
        draft_id=row.draft_id,
        recording_id=row.recording_id,
        from_state=State(row.from_state) if row.from_state else None,
        to_state=State(row.to_state) if row.to_state else None,
    )


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
        return sa.create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "cannot open a PostgreSQL queue",
            why=f"the package {error.name} is not installed",
            fix="install prelabel with the extra `postgres`",
        ) from error


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
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late to hold a lock
        for pragma in (
            "synchronous = FULL",  # a power cut after success loses nothing
            "foreign_keys = ON",
            "secure_delete = ON",  # what is forgotten leaves no bytes in free pages
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another writer came in between,
        # without waiting for its turn; IMMEDIATE takes its turn at the start.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
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
    with engine.begin() as connection:
        if _revision(connection) == REVISION:
            return
    if engine.dialect.name == "sqlite":
        _use_write_ahead_log(engine)
    with _upgrading, _writing(engine) as connection:
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
    cause = str(getattr(error, "orig", None) or error).strip()
    return QueueUnusable(f"the queue {_shown(url)} cannot be used", why=cause, fix=_fix_of(cause))


def _fix_of(cause: str) -> str:
    """What a person can do, by what SQLite and PostgreSQL say."""
    if "not a database" in cause or "malformed" in cause or "no such" in cause:
        return "move the file away, or name another queue in --queue or PRELABEL_QUEUE; drafts stay in the store"
    if "locked" in cause:
        return "wait until the other process is done; for several machines use PostgreSQL, not a shared folder"
    if "full" in cause:
        return "free some space on its disk"
    if "unable to open" in cause or "readonly" in cause or "I/O" in cause:
        return "make the file and its folder writable, or name another queue in --queue or PRELABEL_QUEUE"
    return "check that the database server runs and that its address, user and password are right"
