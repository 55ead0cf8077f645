"""Drafts, events, aliases: the queue as far as enqueueing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# A migration keeps its own account of the tables: export/tables.py will move on, this revision will not.


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "drafts",
        sa.Column("seq", number, nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("recording_id", sa.String(64), nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("duration", sa.Float, nullable=False),
        sa.Column("unit_index", sa.Integer, nullable=False),
        sa.Column("unit_count", sa.Integer, nullable=False),
        sa.Column("unit_start", sa.Float, nullable=False),
        sa.Column("unit_end", sa.Float, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("model_set", sa.String(64), nullable=False),
        sa.Column("body_path", sa.Text, nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_drafts"),
        sa.UniqueConstraint("draft_id", name="uq_drafts_draft_id"),
        sa.CheckConstraint("unit_end >= unit_start AND unit_index < unit_count", name=op.f("ck_drafts_unit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_drafts_state_seq", "drafts", ["state", "seq"])
    op.create_index("ix_drafts_recording_id_project", "drafts", ["recording_id", "project"])
    op.create_table(
        "events",
        sa.Column("seq", number, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(16), nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("recording_id", sa.String(64), nullable=False),
        sa.Column("from_state", sa.String(16)),
        sa.Column("to_state", sa.String(16)),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_draft_id", "events", ["draft_id"])
    op.create_index("ix_events_recording_id", "events", ["recording_id"])
    op.create_table(
        "aliases",
        sa.Column("seq", number, nullable=False),
        sa.Column("recording_id", sa.String(64), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_aliases"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_aliases_recording_id_project", "aliases", ["recording_id", "project"])
