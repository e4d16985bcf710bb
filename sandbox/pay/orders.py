"""Orders: JSAPI, Native and H5; asked for, looked up, closed."""

import secrets
import sqlite3
from typing import Any
from urllib.parse import quote

from sandbox.pay import merchant
from sandbox.pay.call import (
    Call,
    canonical,
    fen,
    instant,
    notify_url,
    optional,
    ours,
    part,
    rfc3339,
    text,
)
from sandbox.pay.errors import PayError
from sandbox.people import by_openid
from sandbox.world import World

NUMBER = r"[0-9A-Za-z_\-|*]{6,32}"
DAY_S = 86_400
LIFE_S, CODE_LIFE_S, H5_LIFE_S = 7 * DAY_S, 7_200, 300
NATIVE = "weixin://wxpay/bizpayurl?pr="
DESCRIBED = {
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "NOTPAY": "订单未支付",
    "CLOSED": "订单已关闭",
}

Found = dict[str, Any]


def jsapi(call: Call) -> Found:
    openid = text(part(call.body, "payer"), "openid", 128)
    if by_openid(call.world, openid) is None:
        raise PayError("PARAM_ERROR", "无效的openid", "/payer/openid")
    return {"prepay_id": _prepared(call, "JSAPI", CODE_LIFE_S, openid)}


def native(call: Call) -> Found:
    return {"code_url": NATIVE + _prepared(call, "NATIVE", CODE_LIFE_S)}


def h5(call: Call) -> Found:
    part(call.body, "scene_info")
    code = _prepared(call, "MWEB", H5_LIFE_S)
    return {"h5_url": f"{call.base_url}/h5?prepay_id={quote(code)}"}


def _prepared(call: Call, kind: str, life_s: int, openid: str = "") -> str:
    """The code of the order, made or (same number, same request) renewed."""
    ours(call, call.body, "appid", "mchid")
    number = text(call.body, "out_trade_no", 32, NUMBER)
    amount = part(call.body, "amount")
    total, asked = fen(amount, "total"), f"{kind} {canonical(call.body)}"
    if amount.get("currency", "CNY") != "CNY":
        raise PayError("PARAM_ERROR", "currency 只支持 CNY", "/amount/currency")
    row = find(call.world, number)
    if row is not None:
        _check_again(row, asked)
    else:
        _insert(call, number, kind, asked, total, openid)
    return _renewed(call.world, number, kind, life_s)


def _check_again(row: sqlite3.Row, asked: str) -> None:
    if row["state"] in ("SUCCESS", "REFUND"):
        raise PayError("ORDERPAID")
    if row["state"] == "CLOSED":
        raise PayError("ORDER_CLOSED")
    if row["asked"] != asked:
        raise PayError("OUT_TRADE_NO_USED")


def _insert(call: Call, number: str, kind: str, asked: str, total: int, openid: str) -> None:
    body, now = call.body, call.world.now()
    until = now + LIFE_S
    if body.get("time_expire") is not None:
        until = min(until, instant(text(body, "time_expire", 64), "time_expire"))
    if until <= now:
        raise PayError("PARAM_ERROR", "time_expire 已经过了", "/time_expire")
    values = (
        number, kind, f"new {number}", 0.0, asked, text(body, "description", 127),
        optional(body, "attach", 128), openid, total, notify_url(body), "NOTPAY", now, until,
    )  # fmt: skip
    call.world.db.execute(
        "INSERT INTO pay_orders (out_trade_no, kind, code, code_until, asked, description, attach,"
        " openid, total, notify_url, state, created_at, expires_at)"
        f" VALUES ({', '.join('?' * len(values))})",
        values,
    )


def _renewed(world: World, number: str, kind: str, life_s: int) -> str:
    """The running code while more than half of its life is left, or else a new one."""
    row, now = find(world, number), world.now()
    assert row is not None
    if row["code_until"] - now > life_s / 2:
        return str(row["code"])
    code = secrets.token_urlsafe(6) if kind == "NATIVE" else f"wx{secrets.token_hex(17)}"
    world.db.execute(
        "UPDATE pay_orders SET code = ?, code_until = ? WHERE out_trade_no = ?",
        (code, now + life_s, number),
    )
    return code


def find(world: World, number: str) -> sqlite3.Row | None:
    """The order; one whose time is over without payment is closed by now."""
    world.db.execute(
        "UPDATE pay_orders SET state = 'CLOSED'"
        " WHERE out_trade_no = ? AND state = 'NOTPAY' AND expires_at <= ?",
        (number, world.now()),
    )
    return _one(world, "out_trade_no", number)


def by_code(world: World, code: str) -> sqlite3.Row | None:
    """The order of a prepay_id or of what stands behind `pr=` in a code_url."""
    row = _one(world, "code", code)
    return find(world, row["out_trade_no"]) if row else None


def by_transaction(world: World, transaction_id: str) -> sqlite3.Row | None:
    return _one(world, "transaction_id", transaction_id)


def _one(world: World, column: str, value: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = world.db.execute(
        f"SELECT * FROM pay_orders WHERE {column} = ?", (value,)
    ).fetchone()
    return row


def _known(row: sqlite3.Row | None) -> sqlite3.Row:
    if row is None:
        raise PayError("ORDER_NOT_EXIST")
    return row


def query(call: Call) -> Found:
    ours(call, call.query, "mchid")
    return described(call.world, _known(find(call.world, call.path["number"])))


def query_by_transaction(call: Call) -> Found:
    ours(call, call.query, "mchid")
    return described(call.world, _known(by_transaction(call.world, call.path["number"])))


def close(call: Call) -> None:
    """Answered 204. Closing what is closed is no error; what is paid is ORDERPAID."""
    ours(call, call.body, "mchid")
    row = _known(find(call.world, call.path["number"]))
    if row["state"] in ("SUCCESS", "REFUND"):
        raise PayError("ORDERPAID")
    call.world.db.execute(
        "UPDATE pay_orders SET state = 'CLOSED' WHERE out_trade_no = ?", (row["out_trade_no"],)
    )


def described(world: World, row: sqlite3.Row) -> Found:
    """The transaction as queries and notifications tell it."""
    found: Found = {
        "appid": world.account.appid,
        "mchid": merchant.of(world).mchid,
        "out_trade_no": row["out_trade_no"],
        "trade_state": row["state"],
        "trade_state_desc": DESCRIBED[row["state"]],
    }
    amount = {"total": row["total"], "currency": "CNY"}
    if row["transaction_id"]:
        found |= {
            "transaction_id": row["transaction_id"],
            "trade_type": row["kind"],
            "bank_type": "OTHERS",
            "success_time": rfc3339(row["paid_at"]),
            "payer": {"openid": row["openid"]},
        }
        amount |= {"payer_total": row["total"], "payer_currency": "CNY"}
    return {**found, "attach": row["attach"], "amount": amount}
