"""Levers on money under /sandbox/v1: paying, confirming, the merchant's side, what there is."""

import asyncio
import sqlite3
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import people
from sandbox.pay import bill_states, merchant, notices, phone, purse, till, transfers
from sandbox.people import Person
from sandbox.reading import json_body
from sandbox.refused import Refused
from sandbox.store import remember, together
from sandbox.world import World

FLUSH_S = 10.0
MOST_FEN = 10**13
BOOKS = {"orders": "pay_orders", "refunds": "pay_refunds", "bills": "pay_bills"}
PRIVATE = ("asked", "user_name", "code", "package")


def _named(request: Request) -> Person:
    name = request.path_params["name"]
    person = people.by_name(request.app.state.world, name)
    if person is None:
        raise HTTPException(404, f"没有叫「{name}」的人")
    return person


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise Refused(f"缺少 {key}")
    return value


async def pay(request: Request) -> Response:
    number = _text(await json_body(request), "order")
    return JSONResponse(till.pay(request.app.state.world, _named(request), number))


async def confirm(request: Request) -> Response:
    number = _text(await json_body(request), "bill")
    return JSONResponse(till.confirm(request.app.state.world, _named(request), number))


async def call_bridge(request: Request) -> Response:
    """{"call", "params", "sure"?}: what a page in this person's WeChat asks of the phone."""
    body = await json_body(request)
    params = body.get("params")
    if not isinstance(params, dict):
        raise Refused("缺少 params")
    world, sure = request.app.state.world, body.get("sure") is True
    return JSONResponse(till.bridge(world, _named(request), _text(body, "call"), params, sure))


async def set_real_name(request: Request) -> Response:
    name = _text(await json_body(request), "real_name")
    phone.set_real_name(request.app.state.world, _named(request), name)
    return JSONResponse({"real_name": name})


async def show_merchant(request: Request) -> Response:
    """What the merchant reads at its console, the keys of the application among it."""
    world = request.app.state.world
    found = {**merchant.told(merchant.of(world)), "balance_fen": purse.balance(world)}
    return JSONResponse({"appid": world.account.appid, **found})


async def set_merchant(request: Request) -> Response:
    """{"balance_fen"?, "largest_transfer_fen"?}"""
    world, body = request.app.state.world, await json_body(request)
    for key in body:
        if type(body[key]) is not int or not 0 <= body[key] <= MOST_FEN:
            raise Refused(f"{key} 要是分")
    with together(world.db):
        if "balance_fen" in body:
            purse.set_balance(world, body["balance_fen"])
        if "largest_transfer_fen" in body:
            remember(world.db, transfers.LARGEST, body["largest_transfer_fen"])
    return JSONResponse({"balance_fen": purse.balance(world)})


async def fail_bill(request: Request) -> Response:
    """{"reason"}: a bill that is not final fails now."""
    world, number = request.app.state.world, request.path_params["number"]
    reason = _text(await json_body(request), "reason")
    row = transfers.find(world, number)
    if row is None or row["state"] in bill_states.FINAL:
        raise Refused("没有这笔转账，或者它已经结束")
    if reason not in bill_states.REASONS:
        raise Refused(f"reason 要是 {'、'.join(bill_states.REASONS)} 之一")
    with together(world.db):
        bill_states.end(world, row, "FAIL", reason)
    return JSONResponse({"state": "FAIL"})


async def flush(request: Request) -> Response:
    """Tries every notification that waits, now; answers how many are still not delivered."""
    world: World = request.app.state.world
    notices.hurry(world)
    deadline = time.monotonic() + FLUSH_S
    await asyncio.sleep(0.05)
    while world.ringing and time.monotonic() < deadline:
        await asyncio.wait(list(world.ringing.values()), timeout=0.5)
    return JSONResponse({"left": notices.waiting(world)})


async def show_book(request: Request) -> Response:
    """Orders, refunds or bills as the platform has them, newest first; `state` picks some."""
    world, book = request.app.state.world, request.path_params["book"]
    if book not in BOOKS:
        raise HTTPException(404, "没有这本账")
    column = "status" if book == "refunds" else "state"
    state = request.query_params.get("state", "%")
    rows = world.db.execute(
        f"SELECT * FROM {BOOKS[book]} WHERE {column} LIKE ? ORDER BY created_at DESC", (state,)
    ).fetchall()
    return JSONResponse({book: [_shown(row) for row in rows]})


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    return {key: row[key] for key in row.keys() if key not in PRIVATE}  # noqa: SIM118


async def show_totals(request: Request) -> Response:
    """Sums in fen, for comparing with the application's own books."""
    world = request.app.state.world
    sums = {
        "paid_fen": "SELECT sum(total) FROM pay_orders WHERE paid_at IS NOT NULL",
        "refunded_fen": "SELECT sum(amount) FROM pay_refunds WHERE status = 'SUCCESS'",
        "transferred_fen": "SELECT sum(amount) FROM pay_bills WHERE state = 'SUCCESS'",
        "locked_fen": f"SELECT sum(amount) FROM pay_bills WHERE state IN {bill_states.TAKEN}",
    }
    found = {name: world.db.execute(sql).fetchone()[0] or 0 for name, sql in sums.items()}
    waiting = notices.waiting(world)
    return JSONResponse({**found, "balance_fen": purse.balance(world), "notices": waiting})


ROUTES = [
    Route("/people/{name}/pay", pay, methods=["POST"]),
    Route("/people/{name}/confirm-transfer", confirm, methods=["POST"]),
    Route("/people/{name}/bridge", call_bridge, methods=["POST"]),
    Route("/people/{name}/real-name", set_real_name, methods=["POST"]),
    Route("/pay/merchant", show_merchant, methods=["GET"]),
    Route("/pay/merchant", set_merchant, methods=["POST"]),
    Route("/pay/bills/{number}/fail", fail_bill, methods=["POST"]),
    Route("/pay/flush", flush, methods=["POST"]),
    Route("/pay/totals", show_totals, methods=["GET"]),
    Route("/pay/{book}", show_book, methods=["GET"]),
]
