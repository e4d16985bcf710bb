"""
`POST /pay/{provider}/notify`: what a payment provider says, on the bytes it signed.

401 for what it did not sign, or not within five minutes; 413 above 64 KiB; 200 for what was kept,
and for what was kept before; 503 when the database is away, so that it says it again.
"""

import logging
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.platforms.pay import BadNotification, WeChatPay
from commerce.work import Office
from jobs.notifications import hear
from web import bodies

log = logging.getLogger(__name__)

PROVIDER = "wechat"


def routes(office: Office, pay: WeChatPay | None, hurry: Callable[[], None]) -> APIRouter:
    """`hurry` is called after a commit: what became due is queued now."""
    router = APIRouter()

    @router.post("/pay/{provider}/notify")
    def notify(
        provider: str, request: Request, raw: Annotated[bytes, Depends(bodies.read)]
    ) -> JSONResponse:
        if provider != PROVIDER:
            raise HTTPException(404)
        if pay is None:
            return _answer(401, "FAIL")
        try:
            heard = pay.verified(dict(request.headers), raw)
        except BadNotification as error:
            log.warning("a notification was refused: %s", error)
            return _answer(401, "FAIL")
        try:
            office.do(lambda work: hear(work, provider, heard))
        except SQLAlchemyError as error:
            log.warning("a notification was not kept: %s", type(error).__name__)
            return _answer(503, "FAIL")
        hurry()
        return _answer(200, "SUCCESS")

    return router


def _answer(status: int, code: str) -> JSONResponse:
    return JSONResponse({"code": code}, status)
