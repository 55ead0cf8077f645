"""Queues for tests: rows to put in, and a fresh database for each test, wherever its conftest.py says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
import sqlalchemy as sa

from core.types import Cause, CorrectedSentence, Correction, Prediction, Unit
from export.corrections import SCHEMA
from export.drafts import draft_id
from export.entries import QueuedDraft, alter, locked_entry, values_of
from export.predictions import prediction_row
from export.queue import Queue
from export.states import Actor, State
from export.tables import aliases, drafts, predictions


def queued(
    recording: str = "r1",
    fingerprint: str = "p1",
    units: int = 1,
    uri: str | None = None,
    project: str = "default",
    language: str = "ko",
) -> list[QueuedDraft]:
    """The rows of one recording, drafted by one pipeline."""
    address = uri or f"{recording}.mp4"
    return [
        QueuedDraft(
            draft_id=draft_id(recording, index, fingerprint, project),
            recording_id=recording,
            uri=address,
            external_id=address,
            project=project,
            language=language,
            duration=600.0 * units,
            unit=Unit(index, units, 600.0 * index, 600.0 * (index + 1)),
            fingerprint=fingerprint,
            model_set="fast",
            body_path=f"{recording}/draft-{fingerprint}-{index}.json",
            body_sha256="0" * 64,
        )
        for index in range(units)
    ]


def correction(draft: str, revision: int = 1, text: str = "안녕하세요", **changes: Any) -> Correction:
    """A correction of one sentence."""
    parts: dict[str, Any] = {
        "schema": SCHEMA,
        "draft_id": draft,
        "revision": revision,
        "worker": "w1",
        "lead_time": 42.5,
        "sentences": (CorrectedSentence(0.0, 1.0, "S1", text, "0001", ("0001",)),),
    }
    return Correction(**parts | changes)


def expected(value: float = 40.0, **changes: Any) -> Prediction:
    """A prediction of the rules."""
    parts: dict[str, Any] = {
        "low": max(0.0, value - 15),
        "high": min(100.0, value + 15),
        "effort": 2 * value,
        "effort_low": value,
        "effort_high": 3 * value,
        "from_scratch": value > 75,
        "model": "rules-1",
        "reasons": (Cause("noise", "noise 6 dB below the voice", 12.5),),
    }
    return Prediction(value=value, **parts | changes)


def predict(queue: Queue, draft: str, value: float | None, **changes: Any) -> None:
    """Let a prediction stand beside a draft, or none."""
    prediction = None if value is None else expected(value, **changes)
    with queue.writing() as transaction:
        entry = locked_entry(transaction, draft)
        transaction.connection.execute(predictions.delete().where(predictions.c.draft_id == draft))
        if prediction is not None:
            transaction.connection.execute(
                predictions.insert().values(prediction_row(draft, transaction.now, prediction))
            )
        alter(transaction, entry, "predicted", Actor.PIPELINE, difficulty=value)


def bring_to(queue: Queue, draft: str, state: State) -> None:
    """Put a draft into a state, however it may have come there."""
    with queue.writing() as transaction:
        transaction.connection.execute(drafts.update().where(drafts.c.draft_id == draft).values(state=state))


def pass_time(queue: Queue, seconds: float) -> None:
    """As if `seconds` had gone by: every lease ends that much earlier."""
    with queue.writing() as transaction:
        leased = sa.select(drafts.c.seq, drafts.c.leased_until).where(drafts.c.leased_until.is_not(None))
        for seq, until in transaction.connection.execute(leased).all():
            earlier = until - timedelta(seconds=seconds)
            transaction.connection.execute(drafts.update().where(drafts.c.seq == seq).values(leased_until=earlier))


@contextmanager
def statements(queue: Queue) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database in the block, each with its parameters; beginnings too."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        sent.append((statement, parameters))

    engine = queue.open()._engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def fill(queue: Queue, count: int) -> None:
    """Put so many recordings in at once: enough that no database thinks of reading them all instead of an index."""
    rows = [draft for number in range(count) for draft in queued(f"crowd{number}")]
    parts = [column.name for column in aliases.columns if column is not aliases.c.seq]
    named = [{part: values_of(row)[part] for part in parts} for row in rows]
    with queue.writing() as transaction:
        transaction.connection.execute(
            drafts.insert(), [values_of(row) | {"state": State.READY, "version": 1} for row in rows]
        )
        transaction.connection.execute(aliases.insert(), named)
        if transaction.connection.dialect.name == "postgresql":
            transaction.connection.exec_driver_sql("ANALYZE")  # as the server does by itself after a while


def whole_scans(queue: Queue, statement: str, parameters: Any) -> list[str]:
    """Where the database would read all of a table to answer a statement, or walk through it by number."""
    with queue.reading() as connection:
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return [row[3] for row in plan if re.search(r"SCAN (drafts|aliases)|\(rowid>\?\)", row[3])]
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return [row[0] for row in plan if re.search(r"Seq Scan on (drafts|aliases)|Index Cond: \(seq >", row[0])]


class Databases(Protocol):
    """Makes databases for tests."""

    def empty(self) -> str:
        """The URL of a database without tables."""

    def opened(self) -> str:
        """The URL of a database with the queue's tables, and nothing in them."""


class SqliteFiles:
    """A file for each; one with tables is a copy, because making one takes longer than most tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._template = folder / "template.db"
        Queue(f"sqlite:///{self._template}").open().close()

    def empty(self) -> str:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return f"sqlite:///{folder / 'queue.db'}"

    def opened(self) -> str:
        url = self.empty()
        shutil.copy(self._template, url.removeprefix("sqlite:///"))
        return url


@pytest.fixture
def url(databases: Databases) -> str:
    return databases.empty()


@pytest.fixture
def fresh_queue(databases: Databases) -> Iterator[Callable[[], Queue]]:
    """Opens a queue without drafts, as often as it is called."""
    made: list[Queue] = []

    def fresh() -> Queue:
        made.append(Queue(databases.opened()))
        return made[-1]

    yield fresh
    for queue in made:
        queue.close()


@pytest.fixture
def queue(fresh_queue: Callable[[], Queue]) -> Queue:
    return fresh_queue()
