"""The house: people, teams, videos, the inbox, the outbox, the agenda.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from commerce.store.base import Id, Instant, Json, Sealed

revision = "0001"
down_revision = None


def upgrade() -> None:

    op.create_table(
        "audit_records",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by_id", Id, nullable=True),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(op.f("ix_audit_records_subject"), "audit_records", ["subject"], unique=False)
    op.create_table(
        "due_tasks",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("args", Json, nullable=False),
        sa.Column("attempts", Id, nullable=False),
        sa.Column("forgiven", Id, nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("failed_at", Instant(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("due_tasks_due", "due_tasks", ["done_at", "failed_at", "due_at"], unique=False)
    op.create_table(
        "members",
        sa.Column("id", Id, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("nickname", sa.String(length=60), nullable=False),
        sa.Column("rank", Id, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("reserved_inviter_id", Id, nullable=True),
        sa.Column("reserved_until", Instant(), nullable=True),
        sa.Column("inviter_id", Id, nullable=True),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("seat", Id, nullable=True),
        sa.Column("placed_at", Instant(), nullable=True),
        sa.Column("joined_at", Instant(), nullable=True),
        sa.Column("consent_version", sa.String(length=20), nullable=True),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("muted_at", Instant(), nullable=True),
        sa.Column("merged_into", Id, nullable=True),
        sa.Column("gmv_fen", Id, nullable=False),
        sa.Column("pending_gmv_fen", Id, nullable=False),
        sa.Column("rank_frozen_at", Instant(), nullable=True),
        sa.CheckConstraint("parent_id IS NULL OR seat IS NOT NULL", name="members_seated"),
        sa.CheckConstraint("seat BETWEEN 1 AND 3", name="members_three_seats"),
        sa.ForeignKeyConstraint(
            ["inviter_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reserved_inviter_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("parent_id", "seat", name="members_seat"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(op.f("ix_members_inviter_id"), "members", ["inviter_id"], unique=False)
    op.create_index(op.f("ix_members_merged_into"), "members", ["merged_into"], unique=False)
    op.create_table(
        "named_locks",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "staff_codes",
        sa.Column("id", Id, nullable=False),
        sa.Column("trace", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("trace"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "uploaded_pictures",
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("content_key", sa.String(length=64), nullable=False),
        sa.Column("media_id", sa.String(length=200), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "content_key"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "avatars",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("jpeg", Sealed(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "bind_codes",
        sa.Column("trace", sa.String(length=64), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("trace"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "cases",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("words", Sealed(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("cases_open", "cases", ["closed_at", "id"], unique=False)
    op.create_table(
        "idle_notices",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("release_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "seat_offers",
        sa.Column("parent_id", Id, nullable=False),
        sa.Column("seat", Id, autoincrement=False, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("waiting_since", Instant(), nullable=False),
        sa.Column("freed_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("parent_id", "seat"),
        sa.UniqueConstraint("member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "identities",
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("unionid", sa.String(length=100), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "external_id", name="identities_outside"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("identities_unionid", "identities", ["unionid"], unique=False)
    op.create_index(op.f("ix_identities_member_id"), "identities", ["member_id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("id", Id, nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("qr_url", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(op.f("ix_invitations_member_id"), "invitations", ["member_id"], unique=False)
    op.create_table(
        "questions",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("expects", sa.String(length=120), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "ranks_reached",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("rank", Id, autoincrement=False, nullable=False),
        sa.Column("reached_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "rank"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "sales_days",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("gmv_fen", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "day"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "staff",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "role"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "videos",
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=False),
        sa.Column("answer_by", Instant(), nullable=False),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.Column("reviewer_id", Id, nullable=True),
        sa.Column("reason", Sealed(), nullable=False),
        sa.Column("play_count", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("videos_of_member", "videos", ["member_id", "state"], unique=False)
    op.create_index("videos_queue", "videos", ["state", "answer_by"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("identity_id", Id, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.Column("said", Sealed(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["identities.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("inbox_of_identity", "inbox", ["identity_id", "heard_at"], unique=False)
    op.create_table(
        "outgoing",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("identity_id", Id, nullable=True),
        sa.Column("content", Sealed(), nullable=False),
        sa.Column("priority", Id, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", Id, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["identities.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("outgoing_of_identity", "outgoing", ["identity_id", "sent_at"], unique=False)
    op.create_index("outgoing_of_member", "outgoing", ["member_id", "state"], unique=False)


def downgrade() -> None:
    # Indexes go with their tables; MariaDB drops none that a foreign key needs.
    op.drop_table("outgoing")
    op.drop_table("inbox")
    op.drop_table("videos")
    op.drop_table("staff")
    op.drop_table("sales_days")
    op.drop_table("ranks_reached")
    op.drop_table("questions")
    op.drop_table("seat_offers")
    op.drop_table("idle_notices")
    op.drop_table("invitations")
    op.drop_table("identities")
    op.drop_table("cases")
    op.drop_table("bind_codes")
    op.drop_table("avatars")
    op.drop_table("uploaded_pictures")
    op.drop_table("staff_codes")
    op.drop_table("named_locks")
    op.drop_table("members")
    op.drop_table("due_tasks")
    op.drop_table("audit_records")
