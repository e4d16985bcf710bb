"""Refunds: accepted at once, finished a moment later, told by a notification."""

import sqlite3
from typing import Any

from sandbox import faults
from sandbox.pay import merchant, notices, orders, purse
from sandbox.pay.call import (
    Call,
    canonical,
    day_number,
    fen,
    notify_url,
    optional,
    part,
    rfc3339,
    text,
)
from sandbox.pay.errors import PayError
from sandbox.store import next_number, together
from sandbox.world import PULSE, World

YEAR_S = 365 * 86_400
PATH = "/v3/refund/domestic/refunds"
BACK = {"ABNORMAL": "退款退回", "CLOSED": "退款退回"}
"""Ends after which the merchant has the money again."""

Found = dict[str, Any]


def create(call: Call) -> Found:
    """PROCESSING, as a rule; the same number and request again answers the same refund."""
    world, body = call.world, call.body
    number = text(body, "out_refund_no", 64, r"[0-9A-Za-z_\-|*@]+")
    if row := find(world, number):
        if row["asked"] != canonical(body):
            raise PayError("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        return described(world, row)
    order, amount = _order(call), part(body, "amount")
    refund = fen(amount, "refund")
    _check(world, order, refund, fen(amount, "total"))
    with together(world.db):
        refund_id = f"503{day_number(world.now())}{next_number(world.db, 'refund', 1):017d}"
        purse.move(world, "退款", number, refund_id, -refund)
        _insert(call, number, refund_id, order["out_trade_no"], refund)
        world.db.execute(
            "UPDATE pay_orders SET state = 'REFUND' WHERE out_trade_no = ?",
            (order["out_trade_no"],),
        )
    world.changed(PULSE)
    return query(Call(world, call.merchant, {"number": number}, {}, {}))


def _order(call: Call) -> sqlite3.Row:
    body, world = call.body, call.world
    if body.get("transaction_id"):
        row = orders.by_transaction(world, text(body, "transaction_id", 32))
    else:
        row = orders.find(world, text(body, "out_trade_no", 32))
    if row is None:
        raise PayError("RESOURCE_NOT_EXISTS", "订单不存在")
    if not row["transaction_id"]:
        raise PayError("INVALID_REQUEST", "订单状态错误：未支付")
    return row


def _check(world: World, order: sqlite3.Row, refund: int, total: int) -> None:
    if total != order["total"]:
        raise PayError("INVALID_REQUEST", "订单金额与支付时不一致")
    if world.now() - order["paid_at"] > YEAR_S:
        raise PayError("INVALID_REQUEST", "订单已超过可退款的期限")
    if refunded(world, order["out_trade_no"]) + refund > total:
        raise PayError("INVALID_REQUEST", "累计退款金额大于支付金额")


def refunded(world: World, order_number: str) -> int:
    """Fen given back or on the way back; what was closed does not count."""
    row = world.db.execute(
        "SELECT coalesce(sum(amount), 0) FROM pay_refunds"
        " WHERE out_trade_no = ? AND status != 'CLOSED'",
        (order_number,),
    ).fetchone()
    return int(row[0])


def _insert(call: Call, number: str, refund_id: str, order_number: str, refund: int) -> None:
    world, body, now = call.world, call.body, call.world.now()
    url = notify_url(body) if body.get("notify_url") is not None else ""
    failing = faults.for_call(world, PATH, "fail")
    ends_as = failing.reason if failing and failing.reason in BACK else "SUCCESS"
    world.db.execute(
        "INSERT INTO pay_refunds (out_refund_no, refund_id, out_trade_no, asked, amount, reason,"
        " notify_url, status, ends_as, created_at, moves_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'PROCESSING', ?, ?, ?)",
        (
            *(number, refund_id, order_number, canonical(body), refund),
            *(optional(body, "reason", 80), url, ends_as, now, now),
        ),
    )


def find(world: World, number: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM pay_refunds WHERE out_refund_no = ?", (number,)
    ).fetchone()
    return row


def query(call: Call) -> Found:
    row = find(call.world, call.path["number"])
    if row is None:
        raise PayError("RESOURCE_NOT_EXISTS", "退款单不存在")
    return described(call.world, row)


def finish_due(world: World) -> None:
    """Ends every refund whose time has come."""
    rows = world.db.execute(
        "SELECT * FROM pay_refunds WHERE moves_at <= ? ORDER BY created_at LIMIT 500",
        (world.now(),),
    ).fetchall()
    for row in rows:
        with together(world.db):
            _finish(world, row)


def _finish(world: World, row: sqlite3.Row) -> None:
    status, now = row["ends_as"], world.now()
    world.db.execute(
        "UPDATE pay_refunds SET status = ?, moves_at = NULL, success_at = ?"
        " WHERE out_refund_no = ?",
        (status, now if status == "SUCCESS" else None, row["out_refund_no"]),
    )
    if status in BACK:
        purse.move(world, BACK[status], row["out_refund_no"], row["refund_id"], row["amount"])
    done = find(world, row["out_refund_no"])
    assert done is not None
    told = described(world, done)
    told["refund_status"] = told.pop("status")
    told["mchid"] = merchant.of(world).mchid
    order = orders.find(world, row["out_trade_no"])
    openid = order["openid"] if order else ""
    notices.queue(world, row["notify_url"], openid, f"REFUND.{status}", told)


def described(world: World, row: sqlite3.Row) -> Found:
    order = orders.find(world, row["out_trade_no"])
    assert order is not None
    found: Found = {
        "refund_id": row["refund_id"],
        "out_refund_no": row["out_refund_no"],
        "transaction_id": order["transaction_id"],
        "out_trade_no": row["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": rfc3339(row["created_at"]),
        "status": row["status"],
        "amount": {
            "total": order["total"],
            "refund": row["amount"],
            "payer_total": order["total"],
            "payer_refund": row["amount"],
            "currency": "CNY",
        },
    }
    if row["success_at"] is not None:
        found["success_time"] = rfc3339(row["success_at"])
    return found
