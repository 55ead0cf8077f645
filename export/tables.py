"""The queue's tables. SQLite and PostgreSQL get the same ones; export/migrations makes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

REVISION = "0001"
"""The newest migration, so that a database at that revision opens without asking Alembic."""

VERSION_TABLE = "prelabel_version"
"""Not Alembic's own name: a PostgreSQL database may hold other programs' migrations beside ours."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers only a column of type INTEGER by itself.
_SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")

drafts = Table(
    "drafts",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True),
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
    UniqueConstraint("draft_id"),
    CheckConstraint("unit_end >= unit_start AND unit_index < unit_count", name="unit"),
    Index(None, "state", "seq"),
    Index(None, "recording_id", "project"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("actor", String(16), nullable=False),
    Column("draft_id", String(32), nullable=False),
    Column("recording_id", String(64), nullable=False),
    Column("from_state", String(16)),
    Column("to_state", String(16)),
    Index(None, "draft_id"),
    Index(None, "recording_id"),
    sqlite_autoincrement=True,  # a number is never given twice, whatever is deleted
)

# An index over addresses would refuse long ones on PostgreSQL; the writers' lock keeps a pair from coming twice.
aliases = Table(
    "aliases",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True),
    Column("recording_id", String(64), nullable=False),
    Column("project", String(64), nullable=False),
    Column("uri", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Index(None, "recording_id", "project"),
    sqlite_autoincrement=True,
)
