"""Leases, corrections, reviews, tokens, webhooks, and what was exchanged with other tools."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instant = sa.DateTime(timezone=True)

    def numbered(name: str, *parts: Any) -> None:
        op.create_table(
            name,
            sa.Column("seq", number, nullable=False),
            *parts,
            sa.PrimaryKeyConstraint("seq", name=f"pk_{name}"),
            sqlite_autoincrement=True,
        )

    for column in (
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("difficulty", sa.Float),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        sa.Column("delivered_at", instant),
        sa.Column("accepted_at", instant),
        sa.Column("worker", sa.Text),
        sa.Column("received", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_sha256", sa.String(64)),
        sa.Column("leased_until", instant),
        sa.Column("holder", sa.Text),
        sa.Column("dead_reason", sa.Text),
    ):
        op.add_column("drafts", column)
    op.drop_index("ix_drafts_state_seq", "drafts")
    op.create_index("ix_drafts_of_state", "drafts", ["state", "seq", "language", "project"])
    op.create_index("ix_drafts_of_project", "drafts", ["project", "seq", "language"])
    op.create_index("ix_drafts_of_language", "drafts", ["language", "seq"])
    order: list[Any] = [sa.text("priority DESC"), "seq", "difficulty"]
    for name, columns, where in (
        ("waiting", ["language", *order], "state = 'ready'"),
        ("waiting_project", ["project", "language", *order], "state = 'ready'"),
        ("leased", ["leased_until"], "leased_until IS NOT NULL"),
    ):
        some = sa.text(where)
        op.create_index(f"ix_drafts_{name}", "drafts", columns, sqlite_where=some, postgresql_where=some)
    op.create_index("ix_aliases_uri", "aliases", ["uri"], postgresql_using="hash")
    for column in (
        sa.Column("by", sa.Text),
        sa.Column("version", sa.Integer),
        sa.Column("details", sa.JSON),
    ):
        op.add_column("events", column)
    numbered(
        "corrections",
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("lead_time", sa.Float, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("flags", sa.JSON, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.UniqueConstraint("draft_id", "revision", name="uq_corrections_draft_id_revision"),
    )
    numbered(
        "reviews",
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("comments", sa.JSON, nullable=False),
        sa.Column("at", instant, nullable=False),
    )
    op.create_index("ix_reviews_draft_id", "reviews", ["draft_id"])
    op.create_table(
        "workers",
        sa.Column("worker", sa.String(128), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("worker", name="pk_workers"),
    )
    op.create_table(
        "keys",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_keys"),
    )
    numbered(
        "tokens",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("expires_at", instant),
        sa.Column("revoked_at", instant),
        sa.UniqueConstraint("name", name="uq_tokens_name"),
        sa.UniqueConstraint("token_sha256", name="uq_tokens_token_sha256"),
    )
    op.create_table(
        "answers",
        sa.Column("key_sha256", sa.String(64), nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("body", sa.Text),
        sa.PrimaryKeyConstraint("key_sha256", name="pk_answers"),
    )
    op.create_index("ix_answers_at", "answers", ["at"])
    op.create_table(
        "answered_drafts",
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("key_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "key_sha256", name="pk_answered_drafts"),
        sa.ForeignKeyConstraint(
            ["key_sha256"], ["answers.key_sha256"], ondelete="CASCADE", name="fk_answered_drafts_key_sha256"
        ),
    )
    op.create_index("ix_answered_drafts_key_sha256", "answered_drafts", ["key_sha256"])
    numbered(
        "endpoints",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secrets", sa.JSON, nullable=False),
        sa.Column("kinds", sa.JSON, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failing_since", instant),
        sa.Column("next_at", instant),
        sa.Column("seen", number, nullable=False),
        sa.Column("sent", number, nullable=False, server_default="0"),
        sa.Column("failed", number, nullable=False, server_default="0"),
        sa.UniqueConstraint("name", name="uq_endpoints_name"),
    )
    numbered(
        "deliveries",
        sa.Column("endpoint", number, nullable=False),
        sa.Column("event", number, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", instant),
        sa.Column("error", sa.Text),
        sa.UniqueConstraint("endpoint", "event", name="uq_deliveries_endpoint_event"),
    )
    op.create_index("ix_deliveries_endpoint_next_at_event", "deliveries", ["endpoint", "next_at", "event"])
    op.create_table(
        "folders",
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("told", number, nullable=False),
        sa.Column("telling", number),
        sa.PrimaryKeyConstraint("target", name="pk_folders"),
    )
    numbered(
        "folder_drafts",
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("erased", sa.Boolean, nullable=False),
        sa.UniqueConstraint("target", "draft_id", name="uq_folder_drafts_target_draft_id"),
    )
    numbered(
        "folder_files",
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("name_sha256", sa.String(64), nullable=False),
        sa.Column("version_sha256", sa.String(64), nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("again_after", sa.Integer),
        sa.UniqueConstraint("target", "name_sha256", name="uq_folder_files_target_name_sha256"),
    )
    op.create_table(
        "label_studio_projects",
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.String(64), nullable=False),
        sa.Column("pulled_to", sa.String(64)),
        sa.PrimaryKeyConstraint("project", name="pk_label_studio_projects"),
    )
    numbered(
        "label_studio_tasks",
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("task", sa.Integer),
        sa.Column("shown", sa.Text, nullable=False, server_default=""),
        sa.Column("trouble", sa.Text),
        sa.UniqueConstraint("target", "draft_id", name="uq_label_studio_tasks_target_draft_id"),
    )
    op.create_index("ix_label_studio_tasks_draft_id", "label_studio_tasks", ["draft_id"])
    numbered(
        "label_studio_annotations",
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("annotation", sa.Integer, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("lead_time", sa.Float, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("document", sa.Text),
        sa.Column("at", instant, nullable=False),
        sa.UniqueConstraint(
            "target",
            "draft_id",
            "annotation",
            "version",
            name="uq_label_studio_annotations_target_draft_id_annotation_version",
        ),
    )
    op.create_index("ix_label_studio_annotations_draft_id", "label_studio_annotations", ["draft_id"])
