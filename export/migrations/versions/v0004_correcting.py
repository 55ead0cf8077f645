"""What people type before they hand it in, tokens of single people, and samples of what was handed in."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "working_copies",
        sa.Column("seq", number, nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_sha256", sa.String(64)),
        sa.Column("body", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_working_copies"),
        sa.UniqueConstraint("draft_id", "platform", "worker", name="uq_working_copies_draft_id_platform_worker"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_working_copies_saved_at", "working_copies", ["saved_at"])
    op.add_column("tokens", sa.Column("worker", sa.Text))
    op.add_column("drafts", sa.Column("drawn", sa.Float))
    known = sa.text("worker IS NOT NULL")
    op.create_index("ix_drafts_of_worker", "drafts", ["worker", "seq"], sqlite_where=known, postgresql_where=known)
    _draw()


def _draw() -> None:
    """Let what was handed in before be in samples as well."""
    drafts = sa.table("drafts", sa.column("seq"), sa.column("revision"), sa.column("drawn"))
    connection, random = op.get_bind(), secrets.SystemRandom()
    submitted = connection.scalars(sa.select(drafts.c.seq).where(drafts.c.revision > 0)).all()
    if submitted:
        drawn = drafts.update().where(drafts.c.seq == sa.bindparam("number"))
        connection.execute(drawn, [{"number": seq, "drawn": random.random()} for seq in submitted])
