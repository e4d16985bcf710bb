"""Transfer bills as the merchant asks for them: create, look up, take back."""

import secrets
import sqlite3
from typing import Any

from sandbox import faults
from sandbox.pay import bill_states, crypto, scenes
from sandbox.pay.call import (
    Call,
    canonical,
    day_number,
    fen,
    notify_url,
    optional,
    ours,
    rfc3339,
    text,
)
from sandbox.pay.errors import PayError
from sandbox.people import by_openid
from sandbox.store import next_number, recall, together
from sandbox.world import PULSE, World

PATH = "/v3/fund-app/mch-transfer/transfer-bills"
SMALLEST_FEN, LARGEST_FEN = 10, 2_000_000
NAME_FROM_FEN, NAME_NEEDED_FEN = 30, 200_000
REMEMBERED_S = 30 * 86_400
LARGEST = "pay largest transfer"
"""In the sandbox's memory: another limit for one bill, in fen."""

Found = dict[str, Any]


def create(call: Call) -> Found:
    """The bill, waiting for the person as a rule; package_info only while it waits."""
    world = call.world
    body = {**call.body, "user_name": _name(call)}
    number = text(body, "out_bill_no", 32, r"[0-9A-Za-z]+")
    row = find(world, number)
    if row is not None and row["asked"] != canonical(body):
        raise PayError("INVALID_REQUEST", "商户单号已存在，且请求参数与原请求不一致")
    if row is None:
        _check(call, body)
        with together(world.db):
            _insert(call, number, body)
            bill_states.start(world, number)
    world.changed(PULSE)
    row = find(world, number)
    assert row is not None
    return _accepted(row)


def _name(call: Call) -> str:
    """The payee's name, which only the platform can read; empty when none was sent."""
    sent = optional(call.body, "user_name", 1_024)
    if not sent:
        return ""
    try:
        return crypto.open_secret(call.merchant.platform_private_key, sent)
    except ValueError:
        raise PayError("PARAM_ERROR", "user_name 解密失败", "/user_name") from None


def _check(call: Call, body: dict[str, Any]) -> None:
    ours(call, body, "appid")
    amount = fen(body, "transfer_amount")
    if not SMALLEST_FEN <= amount <= recall(call.world.db, LARGEST, LARGEST_FEN):
        raise PayError("INVALID_REQUEST", "转账金额超过单笔转账上下限")
    if body["user_name"] and amount < NAME_FROM_FEN:
        raise PayError("PARAM_ERROR", "转账金额小于0.3元时不支持传入收款用户姓名", "/user_name")
    if not body["user_name"] and amount >= NAME_NEEDED_FEN:
        raise PayError("PARAM_ERROR", "转账金额大于等于2000元时必须传入收款用户姓名", "/user_name")
    if by_openid(call.world, text(body, "openid", 64)) is None:
        raise PayError("PARAM_ERROR", "Openid格式错误或者不属于商家公众账号", "/openid")
    perception = optional(body, "user_recv_perception", 32)
    reports = body.get("transfer_scene_report_infos")
    scenes.check(text(body, "transfer_scene_id", 36), reports, perception)


def _insert(call: Call, number: str, body: dict[str, Any]) -> None:
    world, now = call.world, call.world.now()
    url = notify_url(body) if body.get("notify_url") is not None else ""
    counted = next_number(world.db, "transfer", 1)
    failing = faults.for_call(world, PATH, "fail")
    values = {
        "out_bill_no": number,
        "transfer_bill_no": f"1330{day_number(now)}{counted:024d}",
        "asked": canonical(body),
        "openid": body["openid"],
        "user_name": body["user_name"],
        "amount": body["transfer_amount"],
        "remark": text(body, "transfer_remark", 32),
        "notify_url": url,
        "package": secrets.token_urlsafe(48),
        "state": "ACCEPTED",
        "will_fail": failing.reason if failing else "",
        "created_at": now,
        "updated_at": now,
        "moves_at": now,
    }
    marks = ", ".join("?" * len(values))
    world.db.execute(
        f"INSERT INTO pay_bills ({', '.join(values)}) VALUES ({marks})", list(values.values())
    )


def find(world: World, number: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM pay_bills WHERE out_bill_no = ?", (number,)
    ).fetchone()
    return row


def query(call: Call) -> Found:
    return described(call, find(call.world, call.path["number"]))


def query_by_bill(call: Call) -> Found:
    row = call.world.db.execute(
        "SELECT * FROM pay_bills WHERE transfer_bill_no = ?", (call.path["number"],)
    ).fetchone()
    return described(call, row)


def cancel(call: Call) -> Found:
    """CANCELING; CANCELLED follows. Only before the person has confirmed."""
    row = find(call.world, call.path["number"])
    if row is None:
        raise PayError("NOT_FOUND", "记录不存在")
    if row["state"] not in ("CANCELING", "CANCELLED"):
        slow = faults.for_call(call.world, f"{PATH}/cancelling", "slow")
        bill_states.cancel(call.world, row, slow.ms / 1_000 if slow else 0.0)
    row = find(call.world, call.path["number"])
    assert row is not None
    found = _accepted(row)
    return {**found, "update_time": rfc3339(row["updated_at"])}


def _accepted(row: sqlite3.Row) -> Found:
    found = {
        "out_bill_no": row["out_bill_no"],
        "transfer_bill_no": row["transfer_bill_no"],
        "create_time": rfc3339(row["created_at"]),
        "state": row["state"],
    }
    if row["state"] == "WAIT_USER_CONFIRM":
        found["package_info"] = row["package"]
    if row["fail_reason"]:
        found["fail_reason"] = row["fail_reason"]
    return found


def described(call: Call, row: sqlite3.Row | None) -> Found:
    """NOT_FOUND for what never was, and after 30 days."""
    if row is None or row["created_at"] < call.world.now() - REMEMBERED_S:
        raise PayError("NOT_FOUND", "记录不存在")
    return {
        "mch_id": call.merchant.mchid,
        "appid": call.world.account.appid,
        **bill_states.told(row),
        "transfer_remark": row["remark"],
    }
