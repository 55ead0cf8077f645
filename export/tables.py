"""The queue's tables. SQLite and PostgreSQL get the same ones; export/migrations makes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
)
from sqlalchemy.types import TypeDecorator

from export.scoring.counts import COUNTS

REVISION = "0004"
"""The newest migration, so that a database at that revision opens without asking Alembic."""

VERSION_TABLE = "prelabel_version"
"""Not Alembic's own name: a PostgreSQL database may hold other programs' migrations beside ours."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment, always with its zone, always UTC: SQLite keeps none, PostgreSQL answers in that of its server."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# SQLite numbers only a column of type INTEGER by itself.
_SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")


def _numbered(name: str, *parts: Any) -> Table:
    """A table whose rows are numbered in the order they came; no number is given twice, whatever is deleted."""
    return Table(name, metadata, Column("seq", _SEQUENCE, primary_key=True), *parts, sqlite_autoincrement=True)


drafts = _numbered(
    "drafts",
    Column("draft_id", String(32), nullable=False),
    Column("recording_id", String(64), nullable=False),
    Column("uri", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("project", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("duration", Float, nullable=False),
    Column("unit_index", Integer, nullable=False),
    Column("unit_count", Integer, nullable=False),
    Column("unit_start", Float, nullable=False),
    Column("unit_end", Float, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("model_set", String(64), nullable=False),
    Column("body_path", Text, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("difficulty", Float),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("delivered_at", Instant),
    Column("accepted_at", Instant),
    Column("worker", Text),
    Column("received", Integer, nullable=False, server_default="0"),
    Column("lease_sha256", String(64)),
    Column("leased_until", Instant),
    Column("holder", Text),
    Column("dead_reason", Text),
    # Random in [0, 1), anew at each submission: which drafts a sample of some share holds.
    Column("drawn", Float),
    UniqueConstraint("draft_id"),
    CheckConstraint("unit_end >= unit_start AND unit_index < unit_count", name="unit"),
    Index(None, "recording_id", "project"),
    # What lists are asked for. The columns behind `seq` are looked at in the index, without reading the row.
    Index("ix_drafts_of_state", "state", "seq", "language", "project"),
    Index("ix_drafts_of_project", "project", "seq", "language"),
    Index("ix_drafts_of_language", "language", "seq"),
)

IS_READY: ColumnElement[bool] = drafts.c.state == literal_column("'ready'")
"""Spelt out, not a parameter: otherwise no database sees that the indexes of what waits hold every such row."""


Order: TypeAlias = Literal["received", "difficulty", "-difficulty"]
"""The oldest first; the easiest first; the hardest first. Drafts of unknown difficulty come last."""

ORDERS: Mapping[Order, tuple[ColumnElement[Any], ...]] = {
    "received": (drafts.c.seq,),
    "difficulty": (func.coalesce(drafts.c.difficulty, literal_column("101.0")), drafts.c.seq),
    "-difficulty": (func.coalesce(-drafts.c.difficulty, literal_column("1.0")), drafts.c.seq),
}
"""By what each order sorts, upwards. A number stands for what is unknown, because the databases do not agree where
nulls belong; it is spelt out, so that they see that an index is of the same expression."""


def _by_difficulty(order: Order) -> tuple[ColumnElement[Any], ...]:
    return drafts.c.language, drafts.c.priority.desc(), *ORDERS[order], drafts.c.project


def _partial(name: str, where: ColumnElement[bool], *columns: ColumnElement[Any]) -> None:
    """An index of some drafts: what happens to the others costs it nothing."""
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


# What waits, in the order in which it is given out: for any project, and for one.
_ORDER = (drafts.c.priority.desc(), drafts.c.seq, drafts.c.difficulty)
_partial("ix_drafts_waiting", IS_READY, drafts.c.language, *_ORDER)
_partial("ix_drafts_waiting_project", IS_READY, drafts.c.project, drafts.c.language, *_ORDER)
# The same, the easiest or the hardest first; what is of another project is passed over in the index.
_partial("ix_drafts_easiest", IS_READY, *_by_difficulty("difficulty"))
_partial("ix_drafts_hardest", IS_READY, *_by_difficulty("-difficulty"))
_partial("ix_drafts_leased", drafts.c.leased_until.is_not(None), drafts.c.leased_until)
_partial("ix_drafts_of_worker", drafts.c.worker.is_not(None), drafts.c.worker, drafts.c.seq)

events = _numbered(
    "events",
    Column("at", Instant, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("actor", String(16), nullable=False),
    Column("by", Text),
    Column("draft_id", String(32), nullable=False),
    Column("recording_id", String(64), nullable=False),
    Column("from_state", String(16)),
    Column("to_state", String(16)),
    Column("version", Integer),
    Column("details", JSON(none_as_null=True)),
    Index(None, "draft_id"),
    Index(None, "recording_id"),
)

# An ordered index over addresses would refuse long ones on PostgreSQL, so it is one of their hashes. That cannot be
# unique: a lock per recording keeps a pair from coming twice.
aliases = _numbered(
    "aliases",
    Column("recording_id", String(64), nullable=False),
    Column("project", String(64), nullable=False),
    Column("uri", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Index(None, "recording_id", "project"),
    Index(None, "uri", postgresql_using="hash"),
)

corrections = _numbered(
    "corrections",
    Column("draft_id", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("worker", Text, nullable=False),
    Column("lead_time", Float, nullable=False),
    Column("source", String(16), nullable=False),
    Column("flags", JSON, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("draft_id", "revision"),
)

reviews = _numbered(
    "reviews",
    Column("draft_id", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("comment", Text, nullable=False),
    Column("comments", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "draft_id"),
)

# What somebody has typed and not handed in, for each platform that names its people. `version` counts the saves;
# without a `body` it was handed in or dropped, and the row is there so that no version comes twice.
# `lease_sha256` is of the lease under which it was saved last.
working_copies = _numbered(
    "working_copies",
    Column("draft_id", String(32), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("worker", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("lease_sha256", String(64)),
    Column("body", Text),
    UniqueConstraint("draft_id", "platform", "worker"),
    Index(None, "saved_at"),
)

workers = Table(
    "workers",
    metadata,
    Column("worker", String(128), primary_key=True),
    Column("language", String(8), nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

tokens = _numbered(
    "tokens",
    Column("name", String(64), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("token_sha256", String(64), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("worker", Text),
    UniqueConstraint("name"),
    UniqueConstraint("token_sha256"),
)

answers = Table(
    "answers",
    metadata,
    Column("key_sha256", String(64), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", Integer),
    Column("body", Text),
    Index(None, "at"),
)

answered_drafts = Table(
    "answered_drafts",
    metadata,
    Column("draft_id", String(32), primary_key=True),
    Column("key_sha256", String(64), ForeignKey("answers.key_sha256", ondelete="CASCADE"), primary_key=True),
    Index(None, "key_sha256"),
)

endpoints = _numbered(
    "endpoints",
    Column("name", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("secrets", JSON, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Instant, nullable=False),
    Column("disabled_reason", Text),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Instant),
    Column("next_at", Instant),
    Column("seen", _SEQUENCE, nullable=False),
    Column("sent", _SEQUENCE, nullable=False, server_default="0"),
    Column("failed", _SEQUENCE, nullable=False, server_default="0"),
    UniqueConstraint("name"),
)

deliveries = _numbered(
    "deliveries",
    Column("endpoint", _SEQUENCE, nullable=False),
    Column("event", _SEQUENCE, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),
    Column("error", Text),
    UniqueConstraint("endpoint", "event"),
    Index(None, "endpoint", "next_at", "event"),
)

# Folders of the exchange. Events up to `told` lie in a folder's out/events; a file of those up to `telling` is
# being written, or was when somebody was killed.
folders = Table(
    "folders",
    metadata,
    Column("target", String(128), primary_key=True),
    Column("address", Text, nullable=False),
    Column("told", _SEQUENCE, nullable=False),
    Column("telling", _SEQUENCE),
)

# Drafts that were ever written to a folder. A row stays when its draft is forgotten; `erased`: so it is there too.
folder_drafts = _numbered(
    "folder_drafts",
    Column("target", String(128), nullable=False),
    Column("draft_id", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("erased", Boolean, nullable=False),
    UniqueConstraint("target", "draft_id"),
)

# Files of a platform that were judged, as they were then. `again_after`: the version of the draft at which a file
# was refused that may be taken at another one (0: there was no such draft).
folder_files = _numbered(
    "folder_files",
    Column("target", String(128), nullable=False),
    Column("name_sha256", String(64), nullable=False),
    Column("version_sha256", String(64), nullable=False),
    Column("draft_id", String(32), nullable=False),
    Column("again_after", Integer),
    UniqueConstraint("target", "name_sha256"),
)

# What Label Studio shows of a project of ours. Tasks of an earlier project there keep their `target`.
label_studio_projects = Table(
    "label_studio_projects",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("created_at", String(64), nullable=False),
    Column("pulled_to", String(64)),
)

label_studio_tasks = _numbered(
    "label_studio_tasks",
    Column("target", String(128), nullable=False),
    Column("draft_id", String(32), nullable=False),
    Column("task", Integer),
    Column("shown", Text, nullable=False, server_default=""),
    Column("trouble", Text),
    UniqueConstraint("target", "draft_id"),
    Index(None, "draft_id"),
)

# Every version of an annotation that a pull saw, and what became of it. `refused_at_version`: the version of the
# draft at which it was refused; as long as it is that, the annotation is not looked at again (null: it always is).
label_studio_annotations = _numbered(
    "label_studio_annotations",
    Column("target", String(128), nullable=False),
    Column("draft_id", String(32), nullable=False),
    Column("annotation", Integer, nullable=False),
    Column("version", String(64), nullable=False),
    Column("lead_time", Float, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text),
    Column("document", Text),
    Column("refused_at_version", Integer),
    Column("at", Instant, nullable=False),
    UniqueConstraint("target", "draft_id", "annotation", "version"),
    Index(None, "draft_id"),
)

# What a revision of a correction says about its draft. Counts are columns, named as in `export.scoring.Figures`,
# so that any of them can be summed where they lie. `scorer` is the version of scoring that counted; `source` is
# where the recording came from, `recogniser` what wrote the draft. `confidences`: of words with a confidence of
# about so much, how many there were and how many stayed as they were.
scores = _numbered(
    "scores",
    Column("draft_id", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("scorer", Integer, nullable=False),
    Column("normaliser", String(64), nullable=False),
    Column("source", Text, nullable=False),
    Column("recogniser", Text, nullable=False),
    Column("difficulty", Float),
    Column("flags", JSON, nullable=False),
    Column("confidences", JSON, nullable=False),
    *(Column(name, Float if kind is float else BigInteger, nullable=False) for name, kind in COUNTS.items()),
    UniqueConstraint("draft_id", "revision"),
)

# Revisions that could not be scored, by this version of scoring, and how often that was tried.
unscored = _numbered(
    "unscored",
    Column("draft_id", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("scorer", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("draft_id", "revision"),
)

# What is expected of a draft, as last predicted; `drafts.difficulty` is its `value`.
predictions = Table(
    "predictions",
    metadata,
    Column("draft_id", String(32), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("model", String(64), nullable=False),
    Column("value", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("effort", Float, nullable=False),
    Column("effort_low", Float, nullable=False),
    Column("effort_high", Float, nullable=False),
    Column("from_scratch", Boolean, nullable=False),
    Column("reasons", JSON, nullable=False),
)

# What drafts were measured to be, so that predicting anew and fitting a model open no draft again.
measured = Table(
    "measured",
    metadata,
    Column("draft_id", String(32), primary_key=True),
    Column("document", JSON, nullable=False),
)

# Models that were fitted to corrections, whether they are used or not. `kind`: `difficulty` of a language, or
# `confidence` of a language and recogniser (in `scope`). The one in use is the newest of its kind and scope, where
# that is `good` enough; otherwise none is.
fitted_models = _numbered(
    "fitted_models",
    Column("kind", String(16), nullable=False),
    Column("scope", Text, nullable=False),
    Column("name", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("good", Boolean, nullable=False),
    Column("examples", Integer, nullable=False),
    Column("document", JSON, nullable=False),
    UniqueConstraint("name"),
    Index(None, "kind", "scope"),
)
