"""The table of API calls, and what happens to every call: faults, signature, body, wire."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import faults, wire
from sandbox.dropped import Dropped
from sandbox.pay import crypto, merchant, notices, orders, refunds, statements, transfers
from sandbox.pay.call import Call
from sandbox.pay.errors import PayError
from sandbox.people import by_openid
from sandbox.reading import json_object
from sandbox.world import World

PREFIX = "/pay"
WINDOW_S = 300
LARGEST_BODY = 64 * 1024
SECRET_FIELDS = ("user_name", "notify_url")

Found = dict[str, Any] | Response | None

TRANSACTIONS = "/v3/pay/transactions"
CALLS: dict[tuple[str, str], Callable[[Call], Found]] = {
    ("POST", f"{TRANSACTIONS}/jsapi"): orders.jsapi,
    ("POST", f"{TRANSACTIONS}/native"): orders.native,
    ("POST", f"{TRANSACTIONS}/h5"): orders.h5,
    ("GET", f"{TRANSACTIONS}/out-trade-no/*"): orders.query,
    ("GET", f"{TRANSACTIONS}/id/*"): orders.query_by_transaction,
    ("POST", f"{TRANSACTIONS}/out-trade-no/*/close"): orders.close,
    ("POST", refunds.PATH): refunds.create,
    ("GET", f"{refunds.PATH}/*"): refunds.query,
    ("POST", transfers.PATH): transfers.create,
    ("GET", f"{transfers.PATH}/out-bill-no/*"): transfers.query,
    ("GET", f"{transfers.PATH}/transfer-bill-no/*"): transfers.query_by_bill,
    ("POST", f"{transfers.PATH}/out-bill-no/*/cancel"): transfers.cancel,
    ("GET", "/v3/bill/tradebill"): statements.trade_bill,
    ("GET", "/v3/bill/fundflowbill"): statements.flow_bill,
    ("GET", "/v3/billdownload/file"): statements.download,
}
"""A star stands for one number; a fault's `api` names such a path or the end of one."""


async def handle(request: Request) -> Response:
    """Answers one call with a real HTTP status, signed by the platform."""
    world: World = request.app.state.world
    path = request.url.path.removeprefix(PREFIX)
    name, number = _endpoint(request.method, path)
    if refused := faults.for_call(world, name, "timeout_refused"):
        return Dropped(refused.ms / 1_000)
    at, began = world.now(), time.perf_counter()
    raw = await request.body()
    answer = _perform(world, request, name, number, raw)
    _record(world, request, raw, at, (time.perf_counter() - began) * 1_000, answer)
    # A slow answer is late, not the deed: what it causes may arrive before it.
    if slow := faults.for_call(world, name, "slow"):
        await asyncio.sleep(slow.ms / 1_000)
    if lost := faults.for_call(world, name, "lost_answer", "timeout_accepted"):
        return Dropped(lost.ms / 1_000)
    return answer


def _endpoint(method: str, path: str) -> tuple[str, str]:
    """The path with a star for its number, and the number. Unknown paths stand for themselves."""
    for known_method, known in CALLS:
        pattern = re.escape(known).replace(r"\*", "([^/]+)")
        match = re.fullmatch(pattern, path)
        if match and known_method == method:
            return known, match[1] if match.lastindex else ""
    return path, ""


def _perform(world: World, request: Request, name: str, number: str, raw: bytes) -> Response:
    known = merchant.of(world)
    try:
        function = CALLS.get((request.method, name))
        if function is None:
            raise PayError("RESOURCE_NOT_EXISTS", "接口不存在")
        _authorize(world, request, raw)
        if faults.for_call(world, name, "busy"):
            raise PayError("SYSTEM_ERROR")
        if refused := faults.for_call(world, name, "refuse"):
            raise PayError(refused.reason)
        base_url = f"{str(request.base_url).rstrip('/')}{PREFIX}"
        path, query = {"number": number}, dict(request.query_params)
        found = function(Call(world, known, path, query, _read(raw), base_url))
    except PayError as error:
        return _signed(world, error.body(), error.status)
    if isinstance(found, Response):
        return found
    return _signed(world, found, 200 if found is not None else 204)


def _read(raw: bytes) -> dict[str, Any]:
    if len(raw) > LARGEST_BODY:
        raise PayError("PARAM_ERROR", "请求体过大")
    try:
        return json_object(raw) if raw else {}
    except ValueError as error:
        raise PayError("PARAM_ERROR", "请求体不是 JSON 对象") from error


def _authorize(world: World, request: Request, raw: bytes) -> None:
    """SIGN_ERROR unless the merchant's key signed exactly this request, now and never before."""
    known = merchant.of(world)
    scheme, _, values = request.headers.get("authorization", "").partition(" ")
    given = dict(re.findall(r'(\w+)="([^"]*)"', values))
    if scheme != crypto.SCHEME:
        raise PayError("SIGN_ERROR", "Http头缺少Authorization或认证类型不对")
    if given.get("mchid") != known.mchid or given.get("serial_no") != known.serial:
        raise PayError("SIGN_ERROR", "商户号或商户证书序列号不对")
    stamp, nonce = given.get("timestamp", ""), given.get("nonce_str", "")
    if not re.fullmatch(r"\d{1,11}", stamp) or abs(world.now() - int(stamp)) > WINDOW_S:
        raise PayError(
            "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"
        )
    lines = (request.method.encode(), _target(request), stamp.encode(), nonce.encode(), raw)
    if not crypto.is_signed(known.merchant_public_key, given.get("signature", ""), *lines):
        raise PayError("SIGN_ERROR")
    _use_up(world, nonce)


def _target(request: Request) -> bytes:
    """Path and query as they were sent, without the place this API has in the sandbox."""
    path = request.scope["raw_path"].split(b"?")[0].removeprefix(PREFIX.encode())
    query = request.scope["query_string"]
    return path + b"?" + query if query else bytes(path)


def _use_up(world: World, nonce: str) -> None:
    now = world.now()
    if not nonce or len(nonce) > 128:
        raise PayError("SIGN_ERROR", "nonce_str 不对")
    world.db.execute("DELETE FROM pay_nonces WHERE at < ?", (now - 2 * WINDOW_S,))
    done = world.db.execute("INSERT OR IGNORE INTO pay_nonces VALUES (?, ?)", (nonce, now))
    if not done.rowcount:
        raise PayError("SIGN_ERROR", "nonce_str 重复")


def _signed(world: World, found: dict[str, Any] | None, status: int) -> Response:
    raw = json.dumps(found, ensure_ascii=False).encode() if found is not None else b""
    headers = notices.signed(world, raw)
    return Response(raw, status, headers)


def _record(
    world: World, request: Request, raw: bytes, at: float, ms: float, answer: Response
) -> None:
    try:
        body = json_object(raw) if raw else {}
    except ValueError:
        body = {}
    payer = body.get("payer")
    openid = payer.get("openid") if isinstance(payer, dict) else body.get("openid")
    person = by_openid(world, openid)
    shown = {key: value for key, value in body.items() if key not in SECRET_FIELDS}
    failed = json.loads(bytes(answer.body)) if answer.status_code >= 400 else {}
    api = {
        "method": request.method,
        "path": request.url.path,
        "body": wire.shorten(json.dumps(shown, ensure_ascii=False)) if shown else "",
        "errcode": failed.get("code", 0),
        "errmsg": failed.get("message", "ok"),
        "ms": round(ms, 2),
    }
    wire.record(world, person.name if person else None, at, {"kind": "api", "api": api})
