"""Levers on the AI bot under /sandbox/v1/aibot: its chat with one member, its long connection."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import screen
from sandbox.reading import json_body
from sandbox.wecom import aibot, aibot_line
from sandbox.wecom.aibot_told import NAME
from sandbox.wecom.reading import named, opened, words_of


async def show(request: Request) -> Response:
    """By which way the bot is told what happens."""
    is_long = aibot_line.current(opened(request)) is not None
    return JSONResponse({"name": NAME, "mode": "long" if is_long else "callback"})


async def say(request: Request) -> Response:
    """{"person", "text"}: a member speaks to the bot alone."""
    world, body = opened(request), await json_body(request)
    person, words = named(world, body.get("person")), words_of(body, "text")
    n = screen.last_number(world, person.name)
    aibot.say_alone(world, person, words)
    return JSONResponse({"n": n})


async def enter(request: Request) -> Response:
    """{"person"}: a member opens the chat with the bot."""
    world, body = opened(request), await json_body(request)
    person = named(world, body.get("person"))
    n = screen.last_number(world, person.name)
    aibot.enter(world, person)
    return JSONResponse({"n": n})


async def cut(request: Request) -> Response:
    """{"code"?}: the long connection ends, as when the platform restarts."""
    world, body = opened(request), await json_body(request)
    line = aibot_line.current(world)
    if line is not None:
        world.bot_line = None
        line.hang_up(int(body.get("code", 1012)))
    return JSONResponse({"cut": line is not None})


ROUTES = [
    Route("/aibot", show, methods=["GET"]),
    Route("/aibot/say", say, methods=["POST"]),
    Route("/aibot/enter", enter, methods=["POST"]),
    Route("/aibot/cut", cut, methods=["POST"]),
]
