"""Levers on the sandbox itself under /sandbox/v1: clock, faults, wire, state, reset."""

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import callbacks, clock, faults, wire
from sandbox.delivery import verify as verified
from sandbox.doors import DOORS
from sandbox.official import media, menu
from sandbox.pay import notices
from sandbox.reading import json_body, seconds_of, since_of
from sandbox.refused import Refused
from sandbox.store import forget_everything
from sandbox.wecom.app import MENU as CORP_MENU
from sandbox.world import PULSE, WIRE, World, wait_for

PROBE_S = 0.3
"""How long the application may take to accept a connection and still count as online."""


async def state(request: Request) -> Response:
    world: World = request.app.state.world
    found = {
        "account": world.account.name,
        "app_online": await _is_online(world),
        "app_url": world.app.origin,
        "clock_at": clock.iso(world.now()),
        "clock_offset_s": clock.offset(world.clock_file),
        "corp": world.corp is not None,
        "faults": faults.waiting(world),
        "mode": world.account.mode,
    }
    return JSONResponse(found)


async def _is_online(world: World) -> bool:
    try:
        async with asyncio.timeout(PROBE_S):
            _reader, writer = await asyncio.open_connection(world.app.host, world.app.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def advance_clock(request: Request) -> Response:
    world, seconds = request.app.state.world, (await json_body(request)).get("advance_s")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise Refused("advance_s 要是秒数")
    offset = clock.advance(world.clock_file, seconds)
    world.changed(PULSE)
    return JSONResponse({"clock_at": clock.iso(world.now()), "clock_offset_s": offset})


async def order_fault(request: Request) -> Response:
    world = request.app.state.world
    faults.order(world, await json_body(request))
    return JSONResponse({"faults": faults.waiting(world)})


async def clear_faults(request: Request) -> Response:
    faults.clear(request.app.state.world)
    return JSONResponse({"faults": []})


async def read_wire(request: Request) -> Response:
    """Entries after `since`, at most 200, waiting up to `wait` seconds for the first one."""
    world, since = request.app.state.world, since_of(request)
    person = request.query_params.get("person")

    def look() -> list[dict[str, Any]]:
        return wire.entries(world, since, person)

    return JSONResponse({"entries": await wait_for(world, WIRE, look, seconds_of(request))})


async def show_menu(request: Request) -> Response:
    """The menu of the official account, or with `door=app` of the corp's app."""
    kept = CORP_MENU if request.query_params.get("door") == "app" else menu.KEPT
    return JSONResponse(menu.current(request.app.state.world, kept))


async def show_medium(request: Request) -> Response:
    medium = media.on_phone(request.app.state.world, request.path_params["id"])
    if medium is None:
        raise HTTPException(404, "没有这个文件")
    lasting = {"Cache-Control": "max-age=31536000, immutable"}
    return Response(medium.content, media_type=medium.mime, headers=lasting)


async def verify(request: Request) -> Response:
    """Verifies the address of the door {"door"?}; the official account's unless named."""
    world: World = request.app.state.world
    name = (await json_body(request)).get("door", "official")
    if name not in DOORS or (name != "official" and world.corp is None):
        raise Refused(f"door 要是 {'、'.join(DOORS)} 里开着的一扇")
    return JSONResponse(await verified(world, DOORS[name]))


async def reset(request: Request) -> Response:
    """Forgets everyone and everything except the clock, which never runs back."""
    world: World = request.app.state.world
    await callbacks.stop_all(world)
    await notices.stop(world)
    forget_everything(world.db)
    for topic in list(world.topics):
        world.changed(topic)
    return JSONResponse({"clock_at": clock.iso(world.now())})


ROUTES = [
    Route("/state", state, methods=["GET"]),
    Route("/clock", advance_clock, methods=["POST"]),
    Route("/faults", order_fault, methods=["POST"]),
    Route("/faults", clear_faults, methods=["DELETE"]),
    Route("/wire", read_wire, methods=["GET"]),
    Route("/menu", show_menu, methods=["GET"]),
    Route("/media/{id}", show_medium, methods=["GET"]),
    Route("/verify", verify, methods=["POST"]),
    Route("/reset", reset, methods=["POST"]),
]
