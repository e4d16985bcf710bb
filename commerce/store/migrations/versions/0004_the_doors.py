"""The other doors: questions nobody could answer, and what colleagues taught the house.

Revision ID: 0004
Revises: 0003
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from commerce.store.base import Id, Instant, Json, Key, Sealed

revision = "0004"
down_revision = "0003"

MYSQL: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    create_knowledge()
    create_customer_service()
    create_group_posts()
    create_group_answers()
    create_contacts()


def downgrade() -> None:
    drop_contacts()
    drop_group_answers()
    drop_group_posts()
    drop_customer_service()
    drop_knowledge()


def create_knowledge() -> None:
    op.create_table(
        "asked_questions",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("identity_id", Id, nullable=False),
        sa.Column("words", Sealed(), nullable=False),
        sa.Column("trace", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        **MYSQL,
    )
    op.create_index("asked_questions_open", "asked_questions", ["state", "id"])
    op.create_index("asked_questions_same", "asked_questions", ["trace", "state"])
    op.create_table(
        "taught_answers",
        sa.Column("trace", sa.String(length=64), nullable=False),
        sa.Column("question", Sealed(), nullable=False),
        sa.Column("answer", Sealed(), nullable=False),
        sa.Column("taught_by", Id, nullable=False),
        sa.Column("taught_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["taught_by"], ["members.id"]),
        sa.PrimaryKeyConstraint("trace"),
        **MYSQL,
    )


def drop_knowledge() -> None:
    op.drop_table("taught_answers")
    op.drop_table("asked_questions")


def create_group_posts() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("outside_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("is_posted", sa.Boolean(), nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("outside_id"),
        **MYSQL,
    )
    op.create_table(
        "group_posts",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", Key, nullable=False),
        sa.Column("template", sa.String(length=20), nullable=False),
        sa.Column("room_id", Id, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("outside_id", sa.String(length=100), nullable=False),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["members.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        **MYSQL,
    )
    op.create_index("group_posts_of_room", "group_posts", ["room_id", "state", "sent_at"])
    op.create_index("group_posts_by_state", "group_posts", ["state", "planned_at"])


def drop_group_posts() -> None:
    op.drop_table("group_posts")
    op.drop_table("rooms")


def create_customer_service() -> None:
    op.add_column("identities", sa.Column("account", sa.String(length=64), nullable=True))
    op.add_column("identities", sa.Column("colleague_since", Instant(), nullable=True))
    op.create_table(
        "kf_accounts",
        sa.Column("open_kfid", sa.String(length=64), nullable=False),
        sa.Column("cursor", sa.String(length=128), nullable=False),
        sa.Column("token", sa.String(length=200), nullable=False),
        sa.Column("token_at", Instant(), nullable=True),
        sa.Column("rings", Id, nullable=False),
        sa.Column("turn", Id, nullable=False),
        sa.Column("holder", Id, nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("fetched_at", Instant(), nullable=True),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("late_welcomes", Id, nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("open_kfid"),
        **MYSQL,
    )
    op.create_table(
        "said_as",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("outgoing_id", Id, nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", "outgoing_id"),
        **MYSQL,
    )


def drop_customer_service() -> None:
    op.drop_table("said_as")
    op.drop_table("kf_accounts")
    op.drop_column("identities", "colleague_since")
    op.drop_column("identities", "account")


def create_group_answers() -> None:
    op.create_table(
        "group_answers",
        sa.Column("id", Id, nullable=False),
        sa.Column("room", sa.String(length=120), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **MYSQL,
    )
    op.create_index("group_answers_of_room", "group_answers", ["room", "said_at"])


def drop_group_answers() -> None:
    op.drop_table("group_answers")


def create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("identity_id", Id, nullable=False),
        sa.Column("colleague", sa.String(length=64), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("unwelcomed_at", Instant(), nullable=True),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"]),
        sa.PrimaryKeyConstraint("identity_id"),
        **MYSQL,
    )
    op.create_index("ix_contacts_left_at", "contacts", ["left_at"])
    op.create_table(
        "corp_tags",
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("tag_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("standing"),
        **MYSQL,
    )
    op.create_table(
        "ways",
        sa.Column("leads_to", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("room_id", Id, nullable=True),
        sa.Column("config_id", sa.String(length=64), nullable=False),
        sa.Column("qr_url", sa.String(length=300), nullable=False),
        sa.Column("content", sa.String(length=300), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"]),
        sa.PrimaryKeyConstraint("leads_to", "state"),
        **MYSQL,
    )
    op.create_index("ix_ways_ends_at", "ways", ["ends_at"])
    op.create_table(
        "colleagues",
        sa.Column("userid", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("userid"),
        **MYSQL,
    )


def drop_contacts() -> None:
    op.drop_table("colleagues")
    op.drop_table("ways")
    op.drop_table("corp_tags")
    op.drop_table("contacts")
