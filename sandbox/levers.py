"""Levers on people under /sandbox/v1: who there is, what they do, what their phones show."""

import asyncio
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import zxingcpp
from PIL import Image
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import acts, chats, clock, people, screen
from sandbox.acts import Done
from sandbox.official import customer, windows
from sandbox.official.oauth import COOKIE
from sandbox.people import Person
from sandbox.reading import is_form, json_body, seconds_of, since_of, upload_of
from sandbox.refused import Refused
from sandbox.store import together
from sandbox.wecom import acts as corp_acts
from sandbox.wecom.kf import sessions
from sandbox.world import World, wait_for


def described(world: World, person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "openid": person.openid,
        "unionid": person.unionid,
        "external_userid": person.external_userid,
        "userid": person.userid,
        "following": person.following,
        "unread": screen.unread(world, person),
        "color": person.colour,
    }


def _named(request: Request, create: bool = False) -> Person:
    """The person of the path. HTTPException 404; with `create` whoever is unknown comes to be."""
    world, name = request.app.state.world, request.path_params["name"]
    person = people.by_name(world, name)
    if person is None and create:
        person = people.create(world, people.check_name(name))
    if person is None:
        raise HTTPException(404, f"没有叫「{name}」的人")
    return person


async def list_people(request: Request) -> Response:
    world = request.app.state.world
    return JSONResponse({"people": [described(world, person) for person in people.everyone(world)]})


async def add_person(request: Request) -> Response:
    world, body = request.app.state.world, await json_body(request)
    name = people.check_name(body.get("name"))
    with together(world.db):
        person = people.create(world, name, corp_member=bool(body.get("corp_member")))
    return JSONResponse(described(world, person))


async def follow(request: Request) -> Response:
    scene = (await json_body(request)).get("scene") or ""
    if not isinstance(scene, str) or len(scene) > 64:
        raise Refused("scene 最多 64 个字")
    person = _named(request, create=True)
    return _done(acts.follow(request.app.state.world, person, scene), person)


async def unfollow(request: Request) -> Response:
    person = _named(request)
    return _done(acts.unfollow(request.app.state.world, person), person)


async def say(request: Request) -> Response:
    world, body = request.app.state.world, await json_body(request)
    kind, door = body.get("type", "text"), _door(world, body)
    person = _named(request, create=True)
    if door != "official":
        if kind == "text":
            return _done(corp_acts.say(world, person, door, body), person)
        media_id = str(body.get("media"))
        return _done(corp_acts.send(world, person, door, str(kind), media_id), person)
    if kind == "text":
        if not isinstance(body.get("text"), str):
            raise Refused("缺少 text")
        return _done(acts.say(world, person, body["text"]), person)
    return _done(acts.send_again(world, person, str(kind), str(body.get("media"))), person)


def _door(world: World, body: Mapping[str, Any]) -> str:
    """The door something is said at. HTTPException 404 for one that is not open."""
    door = body.get("door", "official")
    if door != "official" and (world.corp is None or door not in corp_acts.DOORS):
        raise HTTPException(404, "沙盒里这扇门还没有开")
    return str(door)


async def send(request: Request) -> Response:
    person = _named(request, create=True)
    upload = await upload_of(request, "media")
    if upload.content is None:
        raise Refused("缺少 media")
    kind, world = upload.fields.get("type", ""), request.app.state.world
    door = _door(world, upload.fields)
    if door != "official":
        media_id = acts.kept(world, kind, upload.content)
        return _done(corp_acts.send(world, person, door, kind, media_id), person)
    return _done(acts.send(world, person, kind, upload.content), person)


async def tap(request: Request) -> Response:
    world, body = request.app.state.world, await json_body(request)
    key = body.get("key")
    if not isinstance(key, str):
        raise Refused("缺少 key")
    person = _named(request)
    done = corp_acts.tap(world, person, key, body.get("door")) if world.corp else None
    return _done(done or acts.tap(world, person, key), person)


async def scan(request: Request) -> Response:
    if is_form(request):
        picture = (await upload_of(request, "image")).content
        found: object = await asyncio.to_thread(_decoded, picture)
    else:
        found = (await json_body(request)).get("content")
    if not isinstance(found, str):
        raise Refused("缺少 content 或 image")
    person, world = _named(request, create=True), request.app.state.world
    done = corp_acts.scan(world, person, found.strip()) if world.corp else None
    return _done(done or acts.scan(world, person, found), person)


def _decoded(picture: bytes | None) -> str:
    """What the QR code in the picture contains. Refused without one."""
    try:
        image = Image.open(io.BytesIO(picture or b"")).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused("这不是一张图片") from error
    codes = zxingcpp.read_barcodes(
        image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    if not codes:
        raise Refused("图片里没有二维码")
    return str(codes[0].text)


async def answer_popup(request: Request) -> Response:
    body = await json_body(request)
    template = body.get("template")
    if not isinstance(template, str) or not template:
        raise Refused("缺少 template")
    person = _named(request)
    accept = body.get("accept", True) is True
    return _done(acts.answer_popup(request.app.state.world, person, template, accept), person)


async def mark_read(request: Request) -> Response:
    """{"chat"?}: what stands in that chat, or on the whole phone."""
    world, body = request.app.state.world, await json_body(request)
    screen.mark_read(world, _named(request), str(body.get("chat") or ""))
    return JSONResponse({"unread": screen.unread(world, _named(request))})


async def list_chats(request: Request) -> Response:
    return JSONResponse({"chats": chats.every(request.app.state.world, _named(request))})


async def phone(request: Request) -> Response:
    """Messages after `since`, of one `chat` if it is named, waiting up to `wait` seconds for the
    first one."""
    world, person, since = request.app.state.world, _named(request), since_of(request)
    chat = request.query_params.get("chat", "")
    found = await wait_for(
        world,
        person.name,
        lambda: screen.messages(world, person.name, since, chat),
        seconds_of(request),
    )
    return JSONResponse({"messages": found, "typing": customer.is_typing(world, person.name)})


async def show_window(request: Request) -> Response:
    """How many customer-service messages may still be sent, and until when; null when none may.
    With `door=wecom` those of 微信客服."""
    world, person = request.app.state.world, _named(request)
    if request.query_params.get("door") == "wecom" and world.corp:
        window = sessions.window(world, person)
    else:
        window = windows.current(world, person.openid)
    if window is None:
        return JSONResponse({"window": None})
    left_s = round(window.until - world.now(), 3)
    found = {"left": window.remaining, "until": clock.iso(window.until), "seconds_left": left_s}
    return JSONResponse({"window": found})


def _done(done: Done, person: Person) -> Response:
    response = JSONResponse(done)
    if "open" in done:
        response.set_cookie(COOKIE, quote(person.name), samesite="lax")
    return response


ROUTES = [
    Route("/people", list_people, methods=["GET"]),
    Route("/people", add_person, methods=["POST"]),
    Route("/people/{name}/follow", follow, methods=["POST"]),
    Route("/people/{name}/unfollow", unfollow, methods=["POST"]),
    Route("/people/{name}/say", say, methods=["POST"]),
    Route("/people/{name}/send", send, methods=["POST"]),
    Route("/people/{name}/tap", tap, methods=["POST"]),
    Route("/people/{name}/scan", scan, methods=["POST"]),
    Route("/people/{name}/subscription", answer_popup, methods=["POST"]),
    Route("/people/{name}/read", mark_read, methods=["POST"]),
    Route("/people/{name}/phone", phone, methods=["GET"]),
    Route("/people/{name}/chats", list_chats, methods=["GET"]),
    Route("/people/{name}/windows", show_window, methods=["GET"]),
]
