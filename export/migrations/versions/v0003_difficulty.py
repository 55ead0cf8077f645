"""Scores of corrections, predictions of difficulty, and the models that were fitted to both.

Also the version of a draft at which an annotation of Label Studio was refused.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COUNTS = (
    *("substitution", "insertion", "deletion", "orthography", "punctuation", "spacing"),
    *("split", "merge", "shift", "speaker", "time"),
    *("drafts", "corrected_sentences", "unchanged_sentences", "unread_sentences", "retype_sentences"),
    *("draft_characters", "content_characters", "words", "word_errors"),
)
_SECONDS = (
    *("effort", "typing", "fewest_typing", "audio_seconds", "lead_seconds", "lead_audio_seconds"),
    *("speech_seconds", "missed_seconds", "false_alarm_seconds", "confused_seconds"),
)


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "scores",
        sa.Column("seq", number, nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("scorer", sa.Integer, nullable=False),
        sa.Column("normaliser", sa.String(64), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("recogniser", sa.Text, nullable=False),
        sa.Column("difficulty", sa.Float),
        sa.Column("flags", sa.JSON, nullable=False),
        sa.Column("confidences", sa.JSON, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _COUNTS),
        *(sa.Column(name, sa.Float, nullable=False) for name in _SECONDS),
        sa.PrimaryKeyConstraint("seq", name="pk_scores"),
        sa.UniqueConstraint("draft_id", "revision", name="uq_scores_draft_id_revision"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "unscored",
        sa.Column("seq", number, nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("scorer", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_unscored"),
        sa.UniqueConstraint("draft_id", "revision", name="uq_unscored_draft_id_revision"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "predictions",
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        *(
            sa.Column(name, sa.Float, nullable=False)
            for name in ("value", "low", "high", "effort", "effort_low", "effort_high")
        ),
        sa.Column("from_scratch", sa.Boolean, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name="pk_predictions"),
    )
    op.create_table(
        "measured",
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name="pk_measured"),
    )
    op.create_table(
        "fitted_models",
        sa.Column("seq", number, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("good", sa.Boolean, nullable=False),
        sa.Column("examples", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_fitted_models"),
        sa.UniqueConstraint("name", name="uq_fitted_models_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fitted_models_kind_scope", "fitted_models", ["kind", "scope"])
    waits = sa.text("state = 'ready'")
    for name, difficulty in (("easiest", "coalesce(difficulty, 101.0)"), ("hardest", "coalesce(-difficulty, 1.0)")):
        columns: list[Any] = ["language", sa.text("priority DESC"), sa.text(difficulty), "seq", "project"]
        op.create_index(f"ix_drafts_{name}", "drafts", columns, sqlite_where=waits, postgresql_where=waits)
    op.add_column("label_studio_annotations", sa.Column("refused_at_version", sa.Integer))
