"""The money: goods, orders, the ledger, earnings, payments and withdrawals.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from commerce.store.base import Id, Instant, Json, Sealed

revision = "0002"
down_revision = "0001"

WRITTEN_ONCE = ("journal_entries", "postings", "chain_links", "reversals")
"""The database itself refuses to change or delete what stands here."""


def upgrade() -> None:
    op.create_table(
        "balances",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("balance_fen", Id, nullable=False),
        sa.Column("is_debt", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(is_debt AND balance_fen <= 0) OR (NOT is_debt AND balance_fen >= 0)",
            name="balances_limit",
        ),
        sa.PrimaryKeyConstraint("account"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "books",
        sa.Column("only", Id, autoincrement=False, nullable=False),
        sa.Column("letters", sa.String(length=6), nullable=False),
        sa.PrimaryKeyConstraint("only"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "journal_entries",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("posted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "pay_notifications",
        sa.Column("id", Id, nullable=False),
        sa.Column("provider", sa.String(length=12), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("body", Sealed(), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "external_id", name="pay_notifications_once"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "settlements",
        sa.Column("id", Id, nullable=False),
        sa.Column("place", sa.String(length=12), nullable=False),
        sa.Column("run_no", Id, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("upto_id", Id, nullable=False),
        sa.Column("batches", Id, nullable=False),
        sa.Column("orders", Id, nullable=False),
        sa.Column("lines", Id, nullable=False),
        sa.Column("earned_fen", Id, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("place", "run_no", name="settlements_run"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("settlements_open", "settlements", ["finished_at"], unique=False)
    op.create_table(
        "suppliers",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "warehouses",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("city", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "lives",
        sa.Column("id", Id, nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("host_id", Id, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_late", sa.Boolean(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["host_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("lives_by_time", "lives", ["state", "planned_at"], unique=False)
    op.create_table(
        "hosts",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("real_name", Sealed(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "shown_lists",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("shown_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "payments",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("buyer_id", Id, nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.Column("code_url", sa.String(length=200), nullable=True),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.Column("paid_number", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["buyer_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("number"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("payments_waiting", "payments", ["state", "expires_at"], unique=False)
    op.create_table(
        "payment_returns",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("payment_id", Id, nullable=False),
        sa.Column("paid_number", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("transaction_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(
        op.f("ix_payment_returns_payment_id"), "payment_returns", ["payment_id"], unique=False
    )
    op.create_table(
        "recipients",
        sa.Column("member_id", Id, autoincrement=False, nullable=False),
        sa.Column("address", Sealed(), nullable=False),
        sa.Column("phone_trace", sa.String(length=64), nullable=False),
        sa.Column("address_trace", sa.String(length=64), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(op.f("ix_recipients_phone_trace"), "recipients", ["phone_trace"], unique=False)
    op.create_table(
        "postings",
        sa.Column("id", Id, nullable=False),
        sa.Column("entry_id", Id, nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(op.f("ix_postings_entry_id"), "postings", ["entry_id"], unique=False)
    op.create_index("postings_of_account", "postings", ["account", "entry_id"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", Id, nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("supplier_id", Id, nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("spec", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("cost_fen", Id, nullable=False),
        sa.Column("supply_fen", Id, nullable=False),
        sa.Column("price_fen", Id, nullable=False),
        sa.Column("commission_bp", Id, nullable=False),
        sa.Column("freight_fen", Id, nullable=False),
        sa.Column("min_rank", Id, nullable=False),
        sa.Column("early_hours", Id, nullable=False),
        sa.Column("markup_allowed", sa.Boolean(), nullable=False),
        sa.Column("dropship", sa.Boolean(), nullable=False),
        sa.Column("discount_bp", Id, nullable=False),
        sa.Column("discount_quota", Id, nullable=False),
        sa.Column("subsidy_fen", Id, nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("hidden_at", Instant(), nullable=True),
        sa.CheckConstraint("commission_bp BETWEEN 0 AND 3000", name="products_commission"),
        sa.CheckConstraint("cost_fen >= 0 AND cost_fen <= supply_fen", name="products_supply"),
        sa.CheckConstraint("supply_fen <= price_fen AND price_fen > 0", name="products_price"),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["suppliers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("products_listed", "products", ["hidden_at", "published_at"], unique=False)
    op.create_table(
        "supplier_papers",
        sa.Column("id", Id, nullable=False),
        sa.Column("supplier_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["suppliers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("supplier_id", "kind", name="supplier_papers_kind"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "withdrawals",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("fee_fen", Id, nullable=False),
        sa.Column("tax_fen", Id, nullable=False),
        sa.Column("tax_month", sa.String(length=7), nullable=False),
        sa.Column("payee", Sealed(), nullable=False),
        sa.Column("payee_name", Sealed(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("review", sa.String(length=40), nullable=False),
        sa.Column("approvals_needed", Id, nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("looks", Id, nullable=False),
        sa.Column("package", Sealed(), nullable=True),
        sa.Column("confirm_until", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("failure", sa.String(length=60), nullable=False),
        sa.Column("reason", Sealed(), nullable=False),
        sa.CheckConstraint(
            "amount_fen > 0 AND fee_fen >= 0 AND tax_fen >= 0", name="withdrawals_fen"
        ),
        sa.CheckConstraint("fee_fen + tax_fen < amount_fen", name="withdrawals_arrives"),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("number"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("withdrawals_by_state", "withdrawals", ["state", "due_at"], unique=False)
    op.create_index(
        "withdrawals_of_member", "withdrawals", ["member_id", "requested_at"], unique=False
    )
    op.create_table(
        "payees",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("payee", Sealed(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "payout_pauses",
        sa.Column("id", Id, nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["ended_by"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "real_names",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("name", Sealed(), nullable=False),
        sa.Column("consented_at", Instant(), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "approvals",
        sa.Column("withdrawal_id", Id, nullable=False),
        sa.Column("by_id", Id, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"],
            ["withdrawals.id"],
        ),
        sa.PrimaryKeyConstraint("withdrawal_id", "by_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "orders",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("buyer_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("quantity", Id, nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("live_id", Id, nullable=True),
        sa.Column("list_fen", Id, nullable=False),
        sa.Column("unit_fen", Id, nullable=False),
        sa.Column("offer", sa.String(length=12), nullable=False),
        sa.Column("coupon_fen", Id, nullable=False),
        sa.Column("base_fen", Id, nullable=False),
        sa.Column("freight_fen", Id, nullable=False),
        sa.Column("credit_fen", Id, nullable=False),
        sa.Column("payment_id", Id, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.Column("shipped_at", Instant(), nullable=True),
        sa.Column("received_at", Instant(), nullable=True),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("refunded_fen", Id, nullable=False),
        sa.Column("credit_back_fen", Id, nullable=False),
        sa.Column("freight_back_fen", Id, nullable=False),
        sa.Column("escrow", sa.String(length=12), nullable=True),
        sa.Column("settlement_id", Id, nullable=True),
        sa.Column("hold_until", Instant(), nullable=True),
        sa.Column("open_holds", Id, nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("carrier", sa.String(length=20), nullable=False),
        sa.Column("tracking_no", sa.String(length=40), nullable=False),
        sa.Column("recipient", Sealed(), nullable=True),
        sa.Column("payer_trace", sa.String(length=64), nullable=True),
        sa.Column("phone_trace", sa.String(length=64), nullable=True),
        sa.Column("address_trace", sa.String(length=64), nullable=True),
        sa.Column("promoter_id", Id, nullable=True),
        sa.Column("promoter_rank", Id, nullable=True),
        sa.Column("commission_bp", Id, nullable=False),
        sa.Column("uplift_bp", Id, nullable=False),
        sa.Column("sales_bp", Id, nullable=False),
        sa.Column("supply_fen", Id, nullable=False),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("parent_rank", Id, nullable=True),
        sa.Column("tier2_bp", Id, nullable=False),
        sa.Column("grandparent_id", Id, nullable=True),
        sa.Column("grandparent_rank", Id, nullable=True),
        sa.Column("tier3_bp", Id, nullable=False),
        sa.Column("host_id", Id, nullable=True),
        sa.Column("host_bp", Id, nullable=False),
        sa.Column("earns", sa.Boolean(), nullable=False),
        sa.Column("buyer_is_new", sa.Boolean(), nullable=False),
        sa.Column("rules_version", sa.String(length=12), nullable=False),
        sa.CheckConstraint("credit_fen BETWEEN 0 AND base_fen", name="orders_credit"),
        sa.CheckConstraint("quantity > 0 AND base_fen >= 0", name="orders_something"),
        sa.CheckConstraint("refunded_fen BETWEEN 0 AND base_fen", name="orders_refunded"),
        sa.ForeignKeyConstraint(
            ["buyer_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grandparent_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["host_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["live_id"],
            ["lives.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
        ),
        sa.ForeignKeyConstraint(
            ["promoter_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["settlements.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("orders_of_address", "orders", ["address_trace", "paid_at"], unique=False)
    op.create_index("orders_of_buyer", "orders", ["buyer_id", "id"], unique=False)
    op.create_index("orders_of_promoter", "orders", ["promoter_id", "paid_at"], unique=False)
    op.create_index("orders_of_parent", "orders", ["parent_id", "paid_at"], unique=False)
    op.create_index("orders_of_grandparent", "orders", ["grandparent_id", "paid_at"], unique=False)
    op.create_index("orders_of_host", "orders", ["host_id", "paid_at"], unique=False)
    op.create_index("orders_to_release", "orders", ["completed_at", "hold_until"], unique=False)
    op.create_index("orders_to_settle", "orders", ["escrow", "settlement_id", "id"], unique=False)
    op.create_table(
        "star_prices",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("unit_fen", Id, nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "product_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "stock",
        sa.Column("product_id", Id, nullable=False),
        sa.Column("warehouse_id", Id, nullable=False),
        sa.Column("on_hand", Id, nullable=False),
        sa.Column("reserved", Id, nullable=False),
        sa.Column("counted", Id, nullable=True),
        sa.CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="stock_never_oversold"),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouses.id"],
        ),
        sa.PrimaryKeyConstraint("product_id", "warehouse_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "shares",
        sa.Column("id", Id, nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=True),
        sa.Column("live_id", Id, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("qr_url", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["live_id"],
            ["lives.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("shares_of_member", "shares", ["member_id", "product_id"], unique=False)
    op.create_table(
        "sharers",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "shop_lives",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("live_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["live_id"],
            ["lives.id"],
        ),
        sa.PrimaryKeyConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "touches",
        sa.Column("id", Id, nullable=False),
        sa.Column("buyer_id", Id, nullable=False),
        sa.Column("star_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=True),
        sa.Column("live_id", Id, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["buyer_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["live_id"],
            ["lives.id"],
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
        ),
        sa.ForeignKeyConstraint(
            ["star_id"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("touches_of_buyer", "touches", ["buyer_id", "live_id", "at"], unique=False)
    op.create_table(
        "after_sales",
        sa.Column("id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", Sealed(), nullable=False),
        sa.Column("wanted_fen", Id, nullable=False),
        sa.Column("photos", Id, nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("decide_by", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("answer", Sealed(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("after_sales_queue", "after_sales", ["state", "decide_by"], unique=False)
    op.create_index(op.f("ix_after_sales_order_id"), "after_sales", ["order_id"], unique=False)
    op.create_table(
        "coupons",
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("phone_trace", sa.String(length=64), nullable=True),
        sa.Column("address_trace", sa.String(length=64), nullable=True),
        sa.Column("minimum_fen", Id, nullable=False),
        sa.Column("off_fen", Id, nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("order_id", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("address_trace"),
        sa.UniqueConstraint("member_id"),
        sa.UniqueConstraint("phone_trace"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "earnings",
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("order_id", Id, nullable=True),
        sa.Column("part", Id, nullable=True),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("settlement_id", Id, nullable=True),
        sa.Column("base_fen", Id, nullable=True),
        sa.Column("rate_bp", Id, nullable=True),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("reversed_fen", Id, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("held_until", Instant(), nullable=True),
        sa.Column("awaits_operator", sa.Boolean(), nullable=False),
        sa.Column("released_at", Instant(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name="earnings_something"),
        sa.CheckConstraint("reversed_fen BETWEEN 0 AND amount_fen", name="earnings_reversed"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["settlements.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("order_id", "part", name="earnings_once"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("earnings_held", "earnings", ["state", "held_until"], unique=False)
    op.create_index(
        "earnings_of_member", "earnings", ["member_id", "created_at", "id"], unique=False
    )
    op.create_index("earnings_of_settlement", "earnings", ["settlement_id"], unique=False)
    op.create_table(
        "fraud_holds",
        sa.Column("id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("appeal_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["members.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "reason", name="fraud_holds_once"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("fraud_holds_open", "fraud_holds", ["verdict", "id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("cash_fen", Id, nullable=False),
        sa.Column("credit_fen", Id, nullable=False),
        sa.Column("reason", Sealed(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("number"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(op.f("ix_refunds_order_id"), "refunds", ["order_id"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("order_id", Id, nullable=False),
        sa.Column("warehouse_id", Id, nullable=False),
        sa.Column("quantity", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouses.id"],
        ),
        sa.PrimaryKeyConstraint("order_id", "warehouse_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "reversals",
        sa.Column("id", Id, nullable=False),
        sa.Column("earning_id", Id, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("from_pending_fen", Id, nullable=False),
        sa.Column("from_available_fen", Id, nullable=False),
        sa.Column("to_debt_fen", Id, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["earning_id"],
            ["earnings.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("earning_id", "key", name="reversals_once"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_table(
        "chain_links",
        sa.Column("chain_no", Id, autoincrement=False, nullable=False),
        sa.Column("entry_id", Id, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["journal_entries.id"]),
        sa.PrimaryKeyConstraint("chain_no"),
        sa.UniqueConstraint("entry_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    _guard()


def _guard() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(
            "CREATE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the books are only added to'; END $$"
        )
    for table in WRITTEN_ONCE:
        for act in ("UPDATE", "DELETE"):
            op.execute(_trigger(dialect, table, act))


def _trigger(dialect: str, table: str, act: str) -> str:
    start = f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
    if dialect == "postgresql":
        return start + "FOR EACH ROW EXECUTE FUNCTION written_once()"
    if dialect == "sqlite":
        return start + "BEGIN SELECT RAISE(ABORT, 'the books are only added to'); END"
    return (
        start + "FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = "
        "'the books are only added to'"
    )


def downgrade() -> None:
    # Indexes and triggers go with their tables; MariaDB drops none that a foreign key needs.
    op.drop_table("chain_links")
    op.drop_table("reversals")
    op.drop_table("reservations")
    op.drop_table("refunds")
    op.drop_table("fraud_holds")
    op.drop_table("earnings")
    op.drop_table("coupons")
    op.drop_table("after_sales")
    op.drop_table("touches")
    op.drop_table("shop_lives")
    op.drop_table("sharers")
    op.drop_table("shares")
    op.drop_table("stock")
    op.drop_table("star_prices")
    op.drop_table("orders")
    op.drop_table("real_names")
    op.drop_table("payout_pauses")
    op.drop_table("payees")
    op.drop_table("approvals")
    op.drop_table("withdrawals")
    op.drop_table("supplier_papers")
    op.drop_table("products")
    op.drop_table("postings")
    op.drop_table("payment_returns")
    op.drop_table("recipients")
    op.drop_table("payments")
    op.drop_table("shown_lists")
    op.drop_table("hosts")
    op.drop_table("lives")
    op.drop_table("warehouses")
    op.drop_table("suppliers")
    op.drop_table("settlements")
    op.drop_table("pay_notifications")
    op.drop_table("journal_entries")
    op.drop_table("books")
    op.drop_table("balances")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION written_once()")
