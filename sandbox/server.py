"""The ASGI application: every platform at its prefix, the levers, and the phone's page."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from sandbox import browser, callbacks, crowd, desk, levers
from sandbox import evening as evenings
from sandbox.dropped import cuttable
from sandbox.evening import Evening
from sandbox.http_client import hang_up
from sandbox.official import api
from sandbox.pay import api as pay_api
from sandbox.pay import levers as pay_levers
from sandbox.pay import notices, pulse
from sandbox.refused import Refused
from sandbox.wecom import aibot_server
from sandbox.wecom import api as corp_api
from sandbox.wecom import levers as corp_levers
from sandbox.world import World

PHONE = Path(__file__).parent / "phone"
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


async def _page(_request: Request) -> Response:
    return FileResponse(PHONE / "index.html", headers={"Cache-Control": "no-cache"})


async def _refused(_request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 422)


async def _not_there(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code)


async def _broken(_request: Request, error: Exception) -> Response:
    """A defect of the sandbox itself; both callers, application and phone, can read this answer."""
    logging.getLogger("sandbox").error("defect in the sandbox", exc_info=error)
    detail = f"沙盒自己出错了：{type(error).__name__}"
    return JSONResponse({"errcode": -1, "errmsg": "system error", "detail": detail}, 500)


def application(world: World, evening: tuple[str, ...] = ()) -> ASGIApp:
    """The sandbox over this world; undelivered acts are taken up when it starts. `evening` is the
    command behind the button of that name."""
    play = Evening(evening, world.base_url)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        callbacks.start_all(world)
        heart = asyncio.create_task(pulse.beat(world))
        yield
        await play.stop()
        heart.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await heart
        await callbacks.stop_all(world)
        await notices.stop(world)
        await hang_up(world.app)
        world.db.close()

    own = [*crowd.ROUTES, *evenings.ROUTES, *pay_levers.ROUTES, *corp_levers.ROUTES]
    app = Starlette(
        routes=[
            Route("/", _page),
            Route(f"{api.PREFIX}/{{path:path}}", api.handle, methods=METHODS),
            WebSocketRoute(aibot_server.PATH, aibot_server.serve),
            Route(f"{corp_api.PREFIX}/{{path:path}}", corp_api.handle, methods=METHODS),
            Route("/pages/{path:path}", browser.show, methods=["GET", "POST"]),
            Route("/api/{path:path}", browser.show, methods=["GET", "POST"]),
            Route(f"{pay_api.PREFIX}/v3/{{path:path}}", pay_api.handle, methods=METHODS),
            Mount("/sandbox/v1", routes=[*levers.ROUTES, *desk.ROUTES, *own]),
            Mount("/phone", StaticFiles(directory=PHONE, check_dir=False)),
        ],
        exception_handlers={
            Refused: _refused,
            HTTPException: _not_there,
            Exception: _broken,
        },
        lifespan=lifespan,
    )
    app.state.world, app.state.evening = world, play
    return cuttable(app)
