"""Levers on customer contact under /sandbox/v1/contacts."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.reading import json_body
from sandbox.refused import Refused
from sandbox.store import recall, remember
from sandbox.wecom import contacts, ways
from sandbox.wecom.reading import named, opened, staff_of, words_of

LONGEST_STATE = 64
"""Longer than an API's: an acquisition link carries as much."""


async def add(request: Request) -> Response:
    """{"person", "staff"?, "state"?, "add_way"?}: adds the colleague without a code of ours."""
    world, body = opened(request), await json_body(request)
    state, how = body.get("state", ""), body.get("add_way", contacts.BY_CHANNELS)
    if not isinstance(state, str) or len(state) > LONGEST_STATE or not isinstance(how, int):
        raise Refused(f"state 最多 {LONGEST_STATE} 个字，add_way 要是数字")
    staff = staff_of(world, body.get("staff"))
    contacts.add(world, named(world, words_of(body, "person")), staff, state, how)
    return JSONResponse({"staff": staff.name})


async def delete(request: Request) -> Response:
    """{"person", "staff"?, "by": "customer" | "staff"}: one deletes the other."""
    world, body = opened(request), await json_body(request)
    if body.get("by") not in ("customer", "staff"):
        raise Refused("by 要是 customer 或 staff")
    person, staff = named(world, words_of(body, "person")), staff_of(world, body.get("staff"))
    contacts.end(world, person, staff, body["by"] == "customer")
    return JSONResponse({"staff": staff.name})


async def settings(request: Request) -> Response:
    """{"native_welcome"?: the corp welcomes by hand, "most_ways"?: the cap}."""
    world, body = opened(request), await json_body(request)
    number = body.get("most_ways", ways.most(world))
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise Refused("most_ways 要是数字")
    if "native_welcome" in body:
        remember(world.db, contacts.NATIVE_WELCOME, body["native_welcome"] is True)
    ways.set_most(world, number)
    native = bool(recall(world.db, contacts.NATIVE_WELCOME))
    return JSONResponse({"native_welcome": native, "most_ways": number})


ROUTES = [
    Route("/contacts", add, methods=["POST"]),
    Route("/contacts/delete", delete, methods=["POST"]),
    Route("/contacts/settings", settings, methods=["POST"]),
]
