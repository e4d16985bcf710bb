"""The live evening: bookings, lotteries, offers, assists, the board and what is said to many.

Revision ID: 0003
Revises: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from commerce.store.base import Id, Instant, Json, Sealed

revision = "0003"
down_revision = "0002"

Packed = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")

ADDED: dict[str, tuple[sa.Column[Any], ...]] = {
    "orders": (
        sa.Column("offer_id", Id, nullable=True),
        sa.Column("seat_no", Id, nullable=True),
        sa.Column("difference_fen", Id, nullable=False, server_default="0"),
    ),
    "lives": (
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("script", sa.String(length=500), nullable=False, server_default=""),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("sent_back", sa.String(length=100), nullable=False, server_default=""),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=100), nullable=False, server_default=""),
        sa.Column("key", sa.String(length=80), nullable=True),
    ),
}
"""Columns every server adds at once, without looking at the rows. Orders before lives, up and down:
whoever writes an order has locked that table and then looks at its live."""


SUMMED = {
    "orders_of_live_by_buyer": ["escrow", "buyer_id", "paid_at"],
    "orders_of_live_by_product": ["escrow", "product_id", "quantity", "base_fen"],
}
"""What the board adds up of a live's orders, without looking at the rows."""


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    for name, names in SUMMED.items():
        op.create_index(name, "orders", names, unique=False)
    op.create_index("lives_by_key", "lives", ["key"], unique=True)
    with op.batch_alter_table("cases") as cases:  # About nobody we know.
        cases.alter_column("member_id", existing_type=Id, nullable=True)
    # A live announced before there was a review needs none.
    op.execute("UPDATE lives SET approved_at = planned_at")
    op.create_table(
        "live_goods",
        sa.Column("live_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("position", Id, nullable=False),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"]),
        sa.PrimaryKeyConstraint("live_id", "product_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "stock_holds",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("warehouse_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("quantity", Id, nullable=False),
        sa.CheckConstraint("quantity > 0", name="stock_holds_something"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"]),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.id"]),
        sa.PrimaryKeyConstraint("key", "warehouse_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "bookings",
        sa.Column("id", Id, nullable=False),
        sa.Column("live_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("number", Id, nullable=False),
        sa.Column("booked_at", Instant(), nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live_id", "member_id", name="bookings_one_each"),
        sa.UniqueConstraint("live_id", "number", name="bookings_number"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("bookings_of_member", "bookings", ["member_id", "booked_at"], unique=False)
    op.create_table(
        "booking_counts",
        sa.Column("live_id", Id, nullable=False),
        sa.Column("last_number", Id, nullable=False),
        sa.Column("booked", Id, nullable=False),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.PrimaryKeyConstraint("live_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("live_id", Id, nullable=False),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("good_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(op.f("ix_broadcasts_live_id"), "broadcasts", ["live_id"], unique=False)
    op.create_table(
        "broadcast_parts",
        sa.Column("id", Id, nullable=False),
        sa.Column("broadcast_id", Id, nullable=False),
        sa.Column("first", Id, nullable=False),
        sa.Column("last", Id, nullable=False),
        sa.Column("reached", Id, nullable=False),
        sa.Column("sending", Json, nullable=False),
        sa.Column("rest", Json, nullable=False),
        sa.Column("turn", Id, nullable=False),
        sa.Column("pauses", Id, nullable=False),
        sa.Column("sent", Id, nullable=False),
        sa.Column("missed", Id, nullable=False),
        sa.Column("maybe_twice", Id, nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("broadcast_id", "first", name="broadcast_parts_once"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "broadcast_pace",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("free_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "permits",
        sa.Column("id", Id, nullable=False),
        sa.Column("identity_id", Id, nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("part_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"]),
        sa.ForeignKeyConstraint(["part_id"], ["broadcast_parts.id"]),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("permits_open", "permits", ["identity_id", "template", "state"], unique=False)
    op.create_table(
        "lotteries",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("live_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("prize_fen", Id, nullable=False),
        sa.Column("winners_wanted", Id, nullable=False),
        sa.Column("threshold", Id, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("commit", sa.String(length=64), nullable=False),
        sa.Column("secret", Sealed(), nullable=False),
        sa.Column("terms", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("reached_at", Instant(), nullable=True),
        sa.Column("frozen_at", Instant(), nullable=True),
        sa.Column("people", Id, nullable=False),
        sa.Column("tickets", Id, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("beacon", sa.String(length=200), nullable=False),
        sa.Column("beacon_note", sa.String(length=100), nullable=False),
        sa.Column("drawn_at", Instant(), nullable=True),
        sa.Column("claim_until", Instant(), nullable=True),
        sa.Column("paused_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live_id"),
        sa.UniqueConstraint("number"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "draw_records",
        sa.Column("lottery_id", Id, nullable=False),
        sa.Column("body", Packed, nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["lottery_id"], ["lotteries.id"]),
        sa.PrimaryKeyConstraint("lottery_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "prizes",
        sa.Column("id", Id, nullable=False),
        sa.Column("lottery_id", Id, nullable=False),
        sa.Column("booking_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("place", Id, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("offered_at", Instant(), nullable=False),
        sa.Column("claim_until", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("order_id", Id, nullable=True),
        sa.Column("tax_fen", Id, nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"]),
        sa.ForeignKeyConstraint(["lottery_id"], ["lotteries.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lottery_id", "booking_id", name="prizes_once"),
        sa.UniqueConstraint("lottery_id", "member_id", name="prizes_one_each"),
        sa.UniqueConstraint("lottery_id", "place", name="prizes_place"),
        sa.UniqueConstraint("order_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "live_offers",
        sa.Column("id", Id, nullable=False),
        sa.Column("live_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("unit_fen", Id, nullable=False),
        sa.Column("pieces", Id, nullable=False),
        sa.Column("every_buyers", Id, nullable=False),
        sa.Column("off_fen", Id, nullable=False),
        sa.Column("floor_fen", Id, nullable=False),
        sa.Column("price_protection", sa.Boolean(), nullable=False),
        sa.Column("subsidy_fen", Id, nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("last_fen", Id, nullable=True),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live_id", "product_id", "kind", name="live_offers_once"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "offer_seats",
        sa.Column("offer_id", Id, nullable=False),
        sa.Column("seat_no", Id, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("order_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.ForeignKeyConstraint(["offer_id"], ["live_offers.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("offer_id", "seat_no"),
        sa.UniqueConstraint("offer_id", "member_id", name="offer_seats_one_each"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(
        "offer_seats_free", "offer_seats", ["offer_id", "state", "seat_no"], unique=False
    )
    op.create_table(
        "stair_buyers",
        sa.Column("offer_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("paid_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.ForeignKeyConstraint(["offer_id"], ["live_offers.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("offer_id", "member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "assists",
        sa.Column("id", Id, nullable=False),
        sa.Column("live_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("unit_fen", Id, nullable=False),
        sa.Column("friends", Id, nullable=False),
        sa.Column("helped", Id, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("unlocked_at", Instant(), nullable=True),
        sa.Column("held_until", Instant(), nullable=True),
        sa.Column("order_id", Id, nullable=True),
        sa.Column("qr_url", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live_id", "member_id", name="assists_one_each"),
        sa.UniqueConstraint("token"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "helps",
        sa.Column("live_id", Id, nullable=False),
        sa.Column("helper_id", Id, nullable=False),
        sa.Column("assist_id", Id, nullable=False),
        sa.Column("helped_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["assist_id"], ["assists.id"]),
        sa.ForeignKeyConstraint(["helper_id"], ["members.id"]),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.PrimaryKeyConstraint("live_id", "helper_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "live_visits",
        sa.Column("live_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.PrimaryKeyConstraint("live_id", "member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "live_minutes",
        sa.Column("live_id", Id, nullable=False),
        sa.Column("minute", Instant(), nullable=False),
        sa.Column("online", Id, nullable=True),
        sa.Column("entered", Id, nullable=False),
        sa.Column("orders", Id, nullable=False),
        sa.Column("gmv_fen", Id, nullable=False),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.PrimaryKeyConstraint("live_id", "minute"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "live_hints",
        sa.Column("id", Id, nullable=False),
        sa.Column("live_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["live_id"], ["lives.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live_id", "given_at", name="live_hints_one_at_a_time"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )


def downgrade() -> None:
    for name in SUMMED:
        op.drop_index(name, "orders")
    for column in ADDED["orders"]:
        op.drop_column("orders", column.name)
    op.drop_index("lives_by_key", "lives")
    for column in ADDED["lives"]:
        op.drop_column("lives", column.name)
    op.execute("DELETE FROM cases WHERE member_id IS NULL")
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("member_id", existing_type=Id, nullable=False)
    op.drop_table("permits")  # First: a message looks at identities before it looks at members.
    op.drop_table("live_hints")
    op.drop_table("live_minutes")
    op.drop_table("live_visits")
    op.drop_table("helps")
    op.drop_table("assists")
    op.drop_table("stair_buyers")
    op.drop_table("offer_seats")
    op.drop_table("live_offers")
    op.drop_table("prizes")
    op.drop_table("draw_records")
    op.drop_table("lotteries")
    op.drop_table("broadcast_pace")
    op.drop_table("broadcast_parts")
    op.drop_table("broadcasts")
    op.drop_table("booking_counts")
    op.drop_table("bookings")
    op.drop_table("stock_holds")
    op.drop_table("live_goods")
