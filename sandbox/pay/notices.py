"""Notifications: sealed, signed, repeated until a 2xx comes back or the schedule is at its end."""

import asyncio
import json
import logging
import secrets
import sqlite3
import time
from typing import Any
from urllib.parse import urlsplit

import h11

from sandbox import faults, wire
from sandbox.http_client import Answer, exchange
from sandbox.pay import crypto, merchant
from sandbox.pay.call import rfc3339
from sandbox.people import by_openid
from sandbox.store import next_number
from sandbox.world import PULSE, World, wait_for

MINUTE, HOUR = 60, 3_600
RETRIES_S = (
    *(15, 15, 30, 3 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE),
    *(60 * MINUTE, 3 * HOUR, 3 * HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR),
)
"""Of the sandbox clock, after each failed attempt."""
REORDER_WAIT_S = 5.0
SUMMARIES = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
    "MCHTRANSFER.BILL.FINISHED": "商家转账单据终态通知",
}
ORIGINS = {"TRANSACTION": "transaction", "REFUND": "refund", "MCHTRANSFER": "mch_payment"}


def queue(world: World, url: str, openid: str, kind: str, resource: dict[str, Any]) -> None:
    """Something to tell the application at the path of the url.

    Whatever host it names, the application of this sandbox is where it arrives.
    """
    target = urlsplit(url).path
    if not target or faults.for_notice(world, target, "forget"):
        return
    number = next_number(world.db, "pay_notice", 1)
    event_id = f"EV-{secrets.token_hex(10)}{number:09d}"
    body = {
        "id": event_id,
        "create_time": rfc3339(world.now()),
        "resource_type": "encrypt-resource",
        "event_type": kind,
        "summary": SUMMARIES[kind],
        "resource": resource,
    }
    world.db.execute(
        "INSERT INTO pay_notices (event_id, target, openid, body, due_at) VALUES (?, ?, ?, ?, ?)",
        (event_id, target, openid, json.dumps(body, ensure_ascii=False), world.now()),
    )
    world.changed(PULSE)


def ring_due(world: World) -> None:
    """Starts every delivery whose time has come."""
    rows = world.db.execute(
        "SELECT * FROM pay_notices WHERE due_at <= ? ORDER BY id LIMIT 500", (world.now(),)
    ).fetchall()
    for row in rows:
        if row["id"] not in world.ringing:
            world.ringing[row["id"]] = asyncio.create_task(_ring(world, row))


def waiting(world: World) -> int:
    row = world.db.execute("SELECT count(*) FROM pay_notices WHERE due_at IS NOT NULL").fetchone()
    return int(row[0])


def hurry(world: World) -> None:
    """Whatever waits for its next attempt is due now; what was given up gets another chance."""
    world.db.execute("UPDATE pay_notices SET due_at = ? WHERE delivered_at IS NULL", (world.now(),))
    world.changed(PULSE)


async def stop(world: World) -> None:
    ringing = list(world.ringing.values())
    for task in ringing:
        task.cancel()
    await asyncio.gather(*ringing, return_exceptions=True)
    world.ringing.clear()


async def _ring(world: World, row: sqlite3.Row) -> None:
    try:
        if faults.for_notice(world, row["target"], "reorder"):
            await wait_for(world, PULSE, lambda: _overtaken(world, row["id"]), REORDER_WAIT_S)
        if slow := faults.for_notice(world, row["target"], "slow"):
            await asyncio.sleep(slow.ms / 1_000)
        is_told = await _attempt(world, row, row["attempts"] + 1)
        _settle(world, row, is_told)
        if is_told and faults.for_notice(world, row["target"], "duplicate"):
            await _attempt(world, row, row["attempts"] + 2)
    except Exception:
        logging.getLogger("sandbox").exception("defect in the sandbox, one notification is lost")
        world.db.execute("UPDATE pay_notices SET due_at = NULL WHERE id = ?", (row["id"],))
    finally:
        world.ringing.pop(row["id"], None)
        world.changed(PULSE)


def _overtaken(world: World, number: int) -> bool:
    later = "SELECT 1 FROM pay_notices WHERE id > ? AND delivered_at IS NOT NULL LIMIT 1"
    return world.db.execute(later, (number,)).fetchone() is not None


def _settle(world: World, row: sqlite3.Row, is_told: bool) -> None:
    now, tried = world.now(), row["attempts"]
    again = now + RETRIES_S[tried] if not is_told and tried < len(RETRIES_S) else None
    world.db.execute(
        "UPDATE pay_notices SET attempts = ?, due_at = ?, delivered_at = ? WHERE id = ?",
        (tried + 1, again, now if is_told else None, row["id"]),
    )


async def _attempt(world: World, row: sqlite3.Row, number: int) -> bool:
    """One delivery and its place in the wire view; whether a 2xx came back."""
    at, began, answer, error = world.now(), time.perf_counter(), None, ""
    raw = sealed(world, json.loads(row["body"]))
    try:
        async with world.slots, asyncio.timeout(world.limits.answer_within_s):
            answer = await exchange(world.app, "POST", row["target"], raw, signed(world, raw))
    except TimeoutError:
        error = f"no answer within {world.limits.answer_within_s:g} s"
    except (OSError, h11.ProtocolError, ValueError) as trouble:
        error = f"no answer: {trouble}"
    if answer and faults.for_notice(world, row["target"], "lost_answer"):
        error = "the answer was lost (fault)"
    if answer and not error and not 200 <= answer.status < 300:
        error = f"HTTP {answer.status}"
    ms = round((time.perf_counter() - began) * 1_000, 2)
    _record(world, row, at, {"attempt": number, "answer": _shown(answer, ms)}, error)
    return not error


def sealed(world: World, body: dict[str, Any]) -> bytes:
    """The envelope with its resource encrypted, under a new nonce every time."""
    nonce, origin = secrets.token_hex(6), ORIGINS[body["event_type"].split(".")[0]]
    plain = json.dumps(body["resource"], ensure_ascii=False).encode()
    resource = {
        "original_type": origin,
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": crypto.seal(merchant.of(world).apiv3_key, plain, nonce, origin),
        "associated_data": origin,
        "nonce": nonce,
    }
    return json.dumps({**body, "resource": resource}, ensure_ascii=False).encode()


def signed(world: World, raw: bytes) -> dict[str, str]:
    """The headers that prove these bytes to come from the platform, now."""
    known = merchant.of(world)
    stamp, nonce = str(int(world.now())), secrets.token_urlsafe(24)
    lines = (stamp.encode(), nonce.encode(), raw)
    return {
        "Content-Type": "application/json",
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": crypto.sign(known.platform_private_key, *lines),
        "Wechatpay-Signature-Type": crypto.SCHEME,
        "Wechatpay-Serial": known.public_key_id,
        "Request-ID": secrets.token_hex(16).upper(),
    }


def _shown(answer: Answer | None, ms: float) -> dict[str, Any]:
    if answer is None:
        return {"status": None, "ms": ms, "encrypted": False}
    words = wire.shorten(answer.body.decode("utf-8", "replace"))
    return {"status": answer.status, "ms": ms, "encrypted": False, "text": words}


def _record(world: World, row: sqlite3.Row, at: float, tried: dict[str, Any], error: str) -> None:
    body = json.loads(row["body"])
    person = by_openid(world, row["openid"])
    entry = {
        "kind": "delivery",
        "title": f"支付通知 {body['summary']}",
        "mode": "safe",
        "request": {"method": "POST", "path": row["target"], "query": {}},
        "xml": wire.shorten(json.dumps(body, ensure_ascii=False, indent=1)),
        "timing": [],
        **tried,
    }
    if error:
        entry["error"] = error
    wire.record(world, person.name if person else None, at, entry)
