"""The table of API calls, and what happens to every call: faults, token, body, wire."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import faults, wire
from sandbox.dropped import Dropped
from sandbox.official import customer, heads, menu, notices, oauth, qrcodes, tokens, uploads, users
from sandbox.official.call import Call, text_of
from sandbox.official.errors import ApiError, answer
from sandbox.people import by_openid
from sandbox.reading import is_form, json_object, upload_of
from sandbox.world import World

PREFIX = "/official"
LARGEST_BODY = 32 << 20

Found = dict[str, Any] | Response


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    function: Callable[[Call], Found]
    token: bool = True
    recorded: bool = True


CALLS = {
    "/cgi-bin/stable_token": Endpoint("POST", tokens.stable_token, token=False),
    "/cgi-bin/token": Endpoint("GET", tokens.token, token=False),
    "/cgi-bin/ticket/getticket": Endpoint("GET", tokens.ticket),
    "/cgi-bin/message/custom/send": Endpoint("POST", customer.send),
    "/cgi-bin/message/custom/typing": Endpoint("POST", customer.typing),
    "/cgi-bin/message/template/send": Endpoint("POST", notices.send_template),
    "/cgi-bin/message/subscribe/bizsend": Endpoint("POST", notices.send_subscription),
    "/cgi-bin/menu/create": Endpoint("POST", menu.create),
    "/cgi-bin/menu/get": Endpoint("GET", menu.get),
    "/cgi-bin/menu/delete": Endpoint("GET", menu.delete),
    "/cgi-bin/qrcode/create": Endpoint("POST", qrcodes.create),
    "/cgi-bin/showqrcode": Endpoint("GET", qrcodes.show, token=False, recorded=False),
    "/mmhead": Endpoint("GET", heads.show, token=False, recorded=False),
    "/cgi-bin/media/upload": Endpoint("POST", uploads.upload),
    "/cgi-bin/media/uploadimg": Endpoint("POST", uploads.upload_picture),
    "/cgi-bin/media/get": Endpoint("GET", uploads.get),
    "/cgi-bin/user/info": Endpoint("GET", users.info),
    "/cgi-bin/user/get": Endpoint("GET", users.every),
    "/connect/oauth2/authorize": Endpoint("GET", oauth.authorize, token=False, recorded=False),
    "/sns/oauth2/access_token": Endpoint("GET", oauth.access_token, token=False),
    "/sns/userinfo": Endpoint("GET", oauth.userinfo, token=False),
}


async def handle(request: Request) -> Response:
    """Answers one call; errors are HTTP 200 with an errcode, as on the platform."""
    world: World = request.app.state.world
    path = request.url.path.removeprefix(PREFIX)
    endpoint = CALLS.get(path)
    if endpoint is None:
        return JSONResponse(answer(ApiError(40066)), 404)
    if slow := faults.for_call(world, path, "slow"):
        await asyncio.sleep(slow.ms / 1_000)
    if refused := faults.for_call(world, path, "timeout_refused"):
        return Dropped(refused.ms / 1_000)
    at, began = world.now(), time.perf_counter()
    call, found = await _perform(world, request, endpoint, path)
    if endpoint.recorded:
        _record(call, path, at, (time.perf_counter() - began) * 1_000, found)
    if lost := faults.for_call(world, path, "lost_answer", "timeout_accepted"):
        return Dropped(lost.ms / 1_000)
    return found if isinstance(found, Response) else JSONResponse(found)


async def _perform(
    world: World, request: Request, endpoint: Endpoint, path: str
) -> tuple[Call, Found]:
    base_url = f"{str(request.base_url).rstrip('/')}{PREFIX}"
    query = dict(request.query_params)
    call = Call(world, query, {}, cookies=request.cookies, base_url=base_url)
    try:
        if request.method != endpoint.method:
            raise ApiError(43001 if endpoint.method == "GET" else 43002)
        if endpoint.token:
            if faults.for_call(world, path, "token_expired"):
                tokens.expire_all(world)
            tokens.check(world, text_of(call.query, "access_token"))
        if faults.for_call(world, path, "busy"):
            raise ApiError(-1)
        if endpoint.method == "POST":
            call = await _read(call, request)
        return call, endpoint.function(call)
    except ApiError as error:
        return call, answer(error)


async def _read(call: Call, request: Request) -> Call:
    if int(request.headers.get("content-length", 0)) > LARGEST_BODY:
        raise ApiError(45002, "body too large")
    if is_form(request):
        return Call(call.world, call.query, {}, (await upload_of(request, "media")).content)
    raw = await request.body()
    if not raw:
        raise ApiError(44002)
    try:
        return Call(call.world, call.query, json_object(raw))
    except ValueError as error:
        raise ApiError(47001) from error


def _record(call: Call, path: str, at: float, ms: float, found: Found) -> None:
    openid = call.body.get("touser") or call.query.get("openid")
    person = by_openid(call.world, openid)
    hidden = {key: call.query[key] for key in call.query if key not in ("access_token", "secret")}
    body = {key: call.body[key] for key in call.body if key != "secret"} or hidden
    said = found if isinstance(found, dict) else {}
    api = {
        "method": CALLS[path].method,
        "path": path,
        "body": wire.shorten(json.dumps(body, ensure_ascii=False)),
        "errcode": said.get("errcode", 0),
        "errmsg": said.get("errmsg", "ok"),
        "ms": round(ms, 2),
    }
    wire.record(call.world, person.name if person else None, at, {"kind": "api", "api": api})
