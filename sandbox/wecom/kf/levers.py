"""Levers on customer service under /sandbox/v1/kf: what colleagues do there, and what fails."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.reading import json_body
from sandbox.refused import Refused
from sandbox.wecom.kf import accounts, links, sending, talk
from sandbox.wecom.reading import named, opened, staff_of, words_of

FAILURES = (0, 1, 2, 4, 5, 6, 7, 8, 9, 10)


async def answer(request: Request) -> Response:
    """{"person", "text", "staff"?}: a colleague answers by hand."""
    world, body = opened(request), await json_body(request)
    person, staff = named(world, body.get("person")), staff_of(world, body.get("staff"))
    talk.answer(world, person, staff, words_of(body, "text"))
    return JSONResponse({"staff": staff.name})


async def take(request: Request) -> Response:
    """{"person", "staff"?}: a colleague takes the session over."""
    world, body = opened(request), await json_body(request)
    staff = staff_of(world, body.get("staff"))
    talk.take(world, named(world, body.get("person")), staff)
    return JSONResponse({"staff": staff.name})


async def end(request: Request) -> Response:
    """{"person"}: a colleague ends the session."""
    world, body = opened(request), await json_body(request)
    talk.end(world, named(world, body.get("person")))
    return JSONResponse({})


async def fail(request: Request) -> Response:
    """{"person", "fail_type"}: the last message to that customer never arrived after all."""
    world, body = opened(request), await json_body(request)
    person, kind = named(world, body.get("person")), body.get("fail_type", 0)
    if kind not in FAILURES:
        raise Refused(f"fail_type 要是 {'、'.join(map(str, FAILURES))} 之一")
    row = world.db.execute(
        "SELECT * FROM kf_sent WHERE external_userid = ? ORDER BY at DESC, rowid DESC LIMIT 1",
        (person.external_userid,),
    ).fetchone()
    if row is None:
        raise Refused(f"还没有发给 {person.name} 的消息")
    sending.fail(world, person, row["open_kfid"], row["msgid"], str(kind))
    return JSONResponse({"msgid": row["msgid"]})


async def list_accounts(request: Request) -> Response:
    world = opened(request)
    accounts.ensure(world)
    rows = world.db.execute("SELECT open_kfid, name FROM kf_accounts ORDER BY rowid").fetchall()
    found = [{**dict(row), "url": links.address(row["open_kfid"])} for row in rows]
    return JSONResponse({"accounts": found})


ROUTES = [
    Route("/kf/accounts", list_accounts, methods=["GET"]),
    Route("/kf/answer", answer, methods=["POST"]),
    Route("/kf/take", take, methods=["POST"]),
    Route("/kf/end", end, methods=["POST"]),
    Route("/kf/fail", fail, methods=["POST"]),
]
