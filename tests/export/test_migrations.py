from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import export.database
from export import handoff, reviews
from export.actions import act
from export.handoff import Wanted
from export.queue import Queue
from export.states import Actor, State
from export.tables import REVISION, VERSION_TABLE, metadata
from tests.queues import correction, queued


def alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(export.database.__file__).parent / "migrations"))
    return config


def engine_of(queue: Queue) -> sa.Engine:
    return sa.create_engine(queue.url.replace("postgresql:", "postgresql+psycopg:"))


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_tables_and_migrations_agree(queue: Queue) -> None:
    queue.open()
    engine = engine_of(queue)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    assert ScriptDirectory.from_config(alembic()).get_current_head() == REVISION


def test_indexes_of_expressions_are_those_of_the_tables_too(queue: Queue, url: str) -> None:
    """Which no tool compares."""
    made = Queue(url)
    engine = engine_of(made)
    metadata.create_all(engine)
    engine.dispose()

    assert indexes(queue.open()) == indexes(made)


def indexes(queue: Queue) -> dict[str, str]:
    """The indexes of drafts, as the database wrote them down."""
    engine = engine_of(queue)
    asked = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix_drafts%'"
        if engine.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
        "AND indexname LIKE 'ix_drafts%'"
    )
    with engine.connect() as connection:
        rows = connection.execute(sa.text(asked)).all()
    engine.dispose()
    return {name: re.sub(r" ON (\w+\.)?", " ON ", " ".join(definition.split())) for name, definition in rows}


def test_a_migration_for_each_revision_and_one_way_through_them() -> None:
    script = ScriptDirectory.from_config(alembic())

    assert [one.revision for one in reversed(list(script.walk_revisions()))] == ["0001", "0002", "0003", "0004"]


DRAFT_0001 = """
INSERT INTO drafts (draft_id, recording_id, uri, external_id, project, language, duration, unit_index, unit_count,
    unit_start, unit_end, fingerprint, model_set, body_path, body_sha256, state, version)
VALUES (:draft_id, 'r1', 'r1.mp4', 'r1.mp4', 'default', 'ko', 600.0, 0, 1,
    0.0, 600.0, :fingerprint, 'fast', 'r1/draft.json', :sha256, :state, :version)
"""
EVENT_0001 = """
INSERT INTO events (at, kind, actor, draft_id, recording_id, from_state, to_state)
VALUES (:at, :kind, 'pipeline', :draft_id, 'r1', :before, :after)
"""
ALIAS_0001 = """
INSERT INTO aliases (recording_id, project, uri, external_id) VALUES ('r1', 'default', 'r1.mp4', 'r1.mp4')
"""
AT = "2026-11-01 12:00:00.000000"


def write_as_release_0001(url: str) -> tuple[str, str]:
    """A queue in which a newer pipeline's draft superseded an older one's: (the older id, the newer id)."""
    old, new = (queued(fingerprint=name)[0].draft_id for name in ("p1", "p2"))
    engine = engine_of(Queue(url))
    with engine.begin() as connection:
        config = alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for draft, fingerprint, state, version in ((old, "p1", "superseded", 2), (new, "p2", "ready", 1)):
            row = {"draft_id": draft, "fingerprint": fingerprint, "state": state, "version": version}
            connection.execute(sa.text(DRAFT_0001), row | {"sha256": "0" * 64})
        for draft, kind, before, after in (
            (old, "enqueued", None, "ready"),
            (old, "superseded", "ready", "superseded"),
            (new, "enqueued", None, "ready"),
        ):
            row = {"at": AT, "kind": kind, "draft_id": draft, "before": before, "after": after}
            connection.execute(sa.text(EVENT_0001), row)
        connection.execute(sa.text(ALIAS_0001))
    engine.dispose()
    return old, new


def test_a_queue_of_the_first_release_keeps_its_drafts_events_and_addresses(url: str) -> None:
    old, new = write_as_release_0001(url)

    with Queue(url) as queue:
        entries = queue.list()
        happened = queue.events()

        assert [(entry.draft.draft_id, entry.state, entry.version) for entry in entries] == [
            (old, State.SUPERSEDED, 2),
            (new, State.READY, 1),
        ]
        assert {(entry.priority, entry.revision, entry.received, entry.worker) for entry in entries} == {
            (0, 0, 0, None)
        }
        assert [(one.seq, one.kind, one.draft_id, one.to_state) for one in happened] == [
            (1, "enqueued", old, State.READY),
            (2, "superseded", old, State.SUPERSEDED),
            (3, "enqueued", new, State.READY),
        ]
        assert {(one.version, one.by, tuple(one.details)) for one in happened} == {(None, None, ())}
        assert queue.addresses("r1", "default") == ("r1.mp4",)


def test_what_was_handed_in_before_there_were_samples_can_be_drawn_all_the_same(url: str) -> None:
    engine = engine_of(Queue(url))
    with engine.begin() as connection:
        config = alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for draft, state in (("waiting", "ready"), ("handed in", "submitted")):
            row = {"draft_id": draft, "fingerprint": draft, "state": state, "version": 1, "sha256": "0" * 64}
            connection.execute(sa.text(DRAFT_0001), row)
        connection.execute(sa.text("UPDATE drafts SET revision = 1 WHERE state = 'submitted'"))

    Queue(url).open().close()

    with engine.begin() as connection:
        drawn = dict(connection.execute(sa.text("SELECT draft_id, drawn FROM drafts")).tuples().all())
    engine.dispose()
    assert drawn["waiting"] is None
    assert 0.0 <= drawn["handed in"] < 1.0


def test_drafts_of_the_first_release_go_all_the_way_to_acceptance(url: str) -> None:
    _, new = write_as_release_0001(url)

    with Queue(url) as queue:
        assert queue.enqueue(queued(fingerprint="p2")).added == ()
        (lease,) = handoff.lease(queue, Wanted("platform"))
        handoff.acknowledge(queue, new, lease.token)
        reviews.submit(queue, correction(new), source="api")
        act(queue, new, "start_review", Actor.REVIEWER)
        entry, _ = reviews.review(queue, new, reviews.Review("reviewer", 1, "accepted"))

        assert (entry.state, entry.version) == (State.ACCEPTED, 6)
        assert [one.seq for one in queue.events()] == list(range(1, 9))
