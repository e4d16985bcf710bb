"""What happens to every call of a platform's API: faults, token, body, wire."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import faults, wire
from sandbox.dropped import Dropped
from sandbox.official.call import Call, text_of
from sandbox.official.errors import ApiError, answer
from sandbox.people import Person
from sandbox.reading import is_form, json_object, upload_of
from sandbox.world import World

LARGEST_BODY = 32 << 20
HIDDEN = ("access_token", "secret", "corpsecret", "key", "suite_token")

Found = dict[str, Any] | Response


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    function: Callable[[Call], Found]
    token: bool = True
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Platform:
    prefix: str
    calls: Mapping[str, Endpoint]
    check_token: Callable[[World, str], None]
    expire_tokens: Callable[[World], None]
    person_of: Callable[[Call], Person | None]
    """Whom a call is about, for the wire view."""
    unknown: int
    """The code of a path that is no call."""
    error: type[ApiError] = ApiError


async def handle(platform: Platform, request: Request) -> Response:
    """Answers one call; errors are HTTP 200 with an errcode, as on the platform."""
    world: World = request.app.state.world
    path = request.url.path.removeprefix(platform.prefix)
    endpoint = platform.calls.get(path)
    if endpoint is None:
        return JSONResponse(answer(platform.error(platform.unknown)), 404)
    if slow := faults.for_call(world, path, "slow"):
        await asyncio.sleep(slow.ms / 1_000)
    if refused := faults.for_call(world, path, "timeout_refused"):
        return Dropped(refused.ms / 1_000)
    at, began = world.now(), time.perf_counter()
    call, found = await _perform(platform, request, endpoint, path)
    if endpoint.recorded:
        said = found if isinstance(found, dict) else {}
        ms = (time.perf_counter() - began) * 1_000
        _record(platform, call, endpoint.method, path, at, ms, said)
    if lost := faults.for_call(world, path, "lost_answer", "timeout_accepted"):
        return Dropped(lost.ms / 1_000)
    return found if isinstance(found, Response) else JSONResponse(found)


async def _perform(
    platform: Platform, request: Request, endpoint: Endpoint, path: str
) -> tuple[Call, Found]:
    world: World = request.app.state.world
    base_url = f"{str(request.base_url).rstrip('/')}{platform.prefix}"
    query = dict(request.query_params)
    call = Call(world, query, {}, cookies=request.cookies, base_url=base_url)
    try:
        if request.method != endpoint.method:
            raise platform.error(43001 if endpoint.method == "GET" else 43002)
        if endpoint.token:
            if faults.for_call(world, path, "token_expired"):
                platform.expire_tokens(world)
            platform.check_token(world, text_of(call.query, "access_token"))
        if faults.for_call(world, path, "busy"):
            raise platform.error(-1)
        if endpoint.method == "POST":
            call = await _read(platform, call, request)
        return call, endpoint.function(call)
    except ApiError as error:
        return call, answer(error)


async def _read(platform: Platform, call: Call, request: Request) -> Call:
    if int(request.headers.get("content-length", 0)) > LARGEST_BODY:
        raise platform.error(45002, "body too large")
    if is_form(request):
        media = (await upload_of(request, "media")).content
        return Call(call.world, call.query, {}, media, base_url=call.base_url)
    raw = await request.body()
    if not raw:
        raise platform.error(44002)
    try:
        return Call(call.world, call.query, json_object(raw), base_url=call.base_url)
    except ValueError as error:
        raise platform.error(47001) from error


def _record(
    platform: Platform,
    call: Call,
    method: str,
    path: str,
    at: float,
    ms: float,
    said: dict[str, Any],
) -> None:
    person = platform.person_of(call)
    hidden = {key: call.query[key] for key in call.query if key not in HIDDEN}
    body = {key: call.body[key] for key in call.body if key != "secret"} or hidden
    api = {
        "method": method,
        "path": path,
        "body": wire.shorten(json.dumps(body, ensure_ascii=False)),
        "errcode": said.get("errcode", 0),
        "errmsg": said.get("errmsg", "ok"),
        "ms": round(ms, 2),
    }
    wire.record(call.world, person.name if person else None, at, {"kind": "api", "api": api})
