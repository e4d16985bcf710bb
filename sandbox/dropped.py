"""An answer that never comes: the connection is cut without a byte."""

import asyncio

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

CUT = "sandbox.cut"


def cuttable(app: ASGIApp) -> ASGIApp:
    """Lets answers of the app cut their connection.

    Must be outermost: only there `send` is uvicorn's own and knows its transport.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope[CUT] = transport.abort
        await app(scope, receive, send)

    return wrapped


class Dropped(Response):
    """Cuts the connection after so many seconds."""

    def __init__(self, after_s: float) -> None:
        super().__init__()
        self.after_s = after_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self.after_s)
        if CUT not in scope:
            raise RuntimeError("this server cannot cut a connection")
        scope[CUT]()
        while (await receive())["type"] != "http.disconnect":
            continue
